"""Products: put into the catalog, described otherwise, taken out, and found again."""

from collections.abc import Mapping, Sequence
from typing import Any

from rackhouse.catalog import store
from rackhouse.catalog.editing import changing_products, check_id, expected, patched, validated
from rackhouse.catalog.errors import InvalidProduct, ProductNotFound
from rackhouse.catalog.rules import listing
from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.catalog.seeing import is_seen, must_be_seen
from rackhouse.catalog.types_in_force import types_in_force, types_now
from rackhouse.catalog.writing import Writing, read_listing
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import FieldProblem
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import remember_answer
from rackhouse.platform.ids import new_id
from rackhouse.platform.store import server_time

__all__ = [
    "create_product",
    "listed_products",
    "patch_product",
    "product_of",
    "products_naming",
    "products_with_skus",
    "remove_product",
    "replace_product",
]


@operation("catalog:write")
async def create_product(*, context: Context, draft: Mapping[str, Any]) -> ListedProduct:
    """Put a product into the catalog, as ``draft`` (as read from JSON) describes it; without an id
    it is given one. Prices are in minor units of the draft's currency.

    Refuses with `InvalidProduct`, `ProductExists` and `SkuTaken`.
    """
    draft = {**draft, "id": new_id()} if draft.get("id") is None else draft
    known = await types_in_force(house=context.house)
    async with changing_products(context) as tx:
        types = await types_now(tx, [draft.get("type")])
        product = validated(draft, types, known)
        found = await read_listing(tx, [product], (), types)
        event = listing.create(found, product)
        writing = Writing(context, found, await server_time(tx))
        listed = writing.put(product, event)
        await writing.write(tx)
        await remember_answer(tx, context.idempotency, listed, answered_at=listed.updated_at)
    writing.forget()
    return listed


@operation("catalog:write")
async def replace_product(
    *,
    context: Context,
    product_id: str,
    only_type: str | None,
    draft: Mapping[str, Any],
    expected_version: int | None,
) -> ListedProduct:
    """Describe a product anew, wholly; the same description changes nothing. With ``only_type``,
    products of other types are as if they were not there.

    Refuses with `ProductNotFound`, `VersionIsStale` (None expects any version), `InvalidProduct`,
    `SkuTaken` and `SkuInBundle`.
    """
    if draft.get("id") not in (None, product_id):
        remedy = f"is not {product_id!r}, which is to be changed; leave it out"
        raise InvalidProduct((FieldProblem(field="id", problem=remedy),))
    known = await types_in_force(house=context.house)
    async with changing_products(context) as tx:
        types = await types_now(tx, [draft.get("type")])
        product = validated({**draft, "id": product_id}, types, known)
        found = await read_listing(tx, [product], (), types)
        before = expected(found.products.get(product.id), product.id, only_type, expected_version)
        event = listing.change(found, product)
        if event is None:
            return before
        writing = Writing(context, found, await server_time(tx))
        listed = writing.put(product, event)
        await writing.write(tx)
    writing.forget()
    return listed


@operation("catalog:write")
async def patch_product(
    *,
    context: Context,
    product_id: str,
    only_type: str | None,
    patch: Mapping[str, Any],
    expected_version: int | None,
) -> ListedProduct:
    """Change what a merge patch (RFC 7396) names, and leave all else; what changes nothing makes
    no version. With ``only_type``, products of other types are as if they were not there.

    Refuses as `replace_product` does.
    """
    check_id(product_id)
    known = await types_in_force(house=context.house)
    async with changing_products(context) as tx:
        found = await store.product(tx, product_id)
        before = expected(found, product_id, only_type, expected_version)
        draft = patched(before, patch)
        types = await types_now(tx, [draft.get("type")])
        product = validated(draft, types, known)
        read = await read_listing(tx, [product], (), types)
        event = listing.change(read, product)
        if event is None:
            return before
        writing = Writing(context, read, await server_time(tx))
        listed = writing.put(product, event)
        await writing.write(tx)
    writing.forget()
    return listed


@operation("catalog:write")
async def remove_product(
    *, context: Context, product_id: str, only_type: str | None, expected_version: int | None
) -> None:
    """Take a product out of the catalog with all its variants. With ``only_type``, products of
    other types are as if they were not there. What stock there is of it is not asked: that belongs
    to a module that lives on this one.

    Refuses with `ProductNotFound`, `VersionIsStale` (None expects any version), `SkuInBundle` and
    `ProductReferenced`.
    """
    check_id(product_id)
    async with changing_products(context) as tx:
        found = await read_listing(tx, [], [product_id], {})
        before = expected(found.products.get(product_id), product_id, only_type, expected_version)
        event = listing.remove(found, product_id)
        writing = Writing(context, found, await server_time(tx))
        writing.note(product_id, before.version + 1, event)
        await store.delete_product(tx, product_id)
        await writing.write(tx)
    writing.forget()


@operation("catalog:read")
async def product_of(*, context: Context, product_id: str, only_type: str | None) -> ListedProduct:
    """A product as it is listed now. Refuses with `ProductNotFound`, also where ``only_type`` is
    given and it is of another type, and where it is not live and the caller sees no drafts."""
    check_id(product_id)
    async with context.house.database("catalog").transaction() as tx:
        found = await store.product(tx, product_id)
    if found is None or only_type not in (None, found.type):
        raise ProductNotFound(product_id=product_id)
    return must_be_seen(context.caller, found)


@operation("catalog:read")
async def listed_products(
    *, context: Context, product_ids: Sequence[str]
) -> dict[str, ListedProduct]:
    """The products of these ids as they are listed now, by id; unknown ids are left out, and what
    the caller does not see."""
    ids = [each for each in product_ids if each.isprintable()]
    async with context.house.database("catalog").reading() as tx:
        found = await store.products_of_ids(tx, ids)
    return {each.id: each for each in found if is_seen(context.caller, each)}


@operation("catalog:read")
async def products_with_skus(*, context: Context, skus: Sequence[str]) -> dict[str, ListedProduct]:
    """The product that each of these SKUs belongs to, by SKU; unknown SKUs are left out,
    and what the caller does not see."""
    named = [each for each in skus if each.isprintable()]
    async with context.house.database("catalog").reading() as tx:
        of_sku = dict(await store.products_of_skus(tx, named))
        products = await store.products_of_ids(tx, set(of_sku.values()))
    found = {each.id: each for each in products if is_seen(context.caller, each)}
    return {sku: found[id_] for sku, id_ in of_sku.items() if id_ in found}


async def products_naming(*, house: House, address: str, limit: int) -> list[str]:
    """The ids of at most ``limit`` products one of whose media has an address with this in it. It
    reads all products: for what is seldom asked, such as whether a file may go."""
    async with house.database("catalog").reading() as tx:
        return await store.products_naming(tx, address=address, limit=limit)
