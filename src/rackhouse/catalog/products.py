"""Products: put into the catalog, described otherwise, taken out, and found again."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from rackhouse.catalog import store
from rackhouse.catalog.errors import InvalidProduct, ProductNotFound
from rackhouse.catalog.rules import (
    ListedType,
    Product,
    listing,
    suggestion,
    validate_product,
)
from rackhouse.catalog.rules.listing import ListedProduct, Listing
from rackhouse.catalog.types_in_force import types_in_force, types_now
from rackhouse.catalog.writing import Writing, read_listing
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import FieldProblem
from rackhouse.platform.house import House
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import new_id
from rackhouse.platform.store import server_time

__all__ = [
    "create_product",
    "listed_products",
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
    async with _change(context) as tx:
        types = await types_now(tx, [draft.get("type")])
        product = _validated(draft, types, known)
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
    async with _change(context) as tx:
        types = await types_now(tx, [draft.get("type")])
        product = _validated({**draft, "id": product_id}, types, known)
        found = await read_listing(tx, [product], (), types)
        before = _expected(found, product.id, only_type, expected_version)
        event = listing.change(found, product)
        if event is None:
            return before
        writing = Writing(context, found, await server_time(tx))
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
    _check_id(product_id)
    async with _change(context) as tx:
        found = await read_listing(tx, [], [product_id], {})
        before = _expected(found, product_id, only_type, expected_version)
        event = listing.remove(found, product_id)
        writing = Writing(context, found, await server_time(tx))
        writing.note(product_id, before.version + 1, event)
        await store.delete_product(tx, product_id)
        await writing.write(tx)
    writing.forget()


@operation("catalog:read")
async def product_of(*, context: Context, product_id: str, only_type: str | None) -> ListedProduct:
    """A product as it is listed now. Refuses with `ProductNotFound`, also where ``only_type`` is
    given and it is of another type."""
    _check_id(product_id)
    async with context.house.database("catalog").transaction() as tx:
        found = await store.product(tx, product_id)
    if found is None or only_type not in (None, found.type):
        raise ProductNotFound(product_id=product_id)
    return found


@operation("catalog:read")
async def listed_products(
    *, context: Context, product_ids: Sequence[str]
) -> dict[str, ListedProduct]:
    """The products of these ids as they are listed now, by id; unknown ids are left out."""
    ids = [each for each in product_ids if each.isprintable()]
    async with context.house.database("catalog").reading() as tx:
        return {each.id: each for each in await store.products_of_ids(tx, ids)}


@operation("catalog:read")
async def products_with_skus(*, context: Context, skus: Sequence[str]) -> dict[str, ListedProduct]:
    """The product that each of these SKUs belongs to, by SKU; unknown SKUs are left out."""
    named = [each for each in skus if each.isprintable()]
    async with context.house.database("catalog").reading() as tx:
        of_sku = dict(await store.products_of_skus(tx, named))
        found = {each.id: each for each in await store.products_of_ids(tx, set(of_sku.values()))}
    return {sku: found[id_] for sku, id_ in of_sku.items() if id_ in found}


async def products_naming(*, house: House, address: str, limit: int) -> list[str]:
    """The ids of at most ``limit`` products one of whose media has an address with this in it. It
    reads all products: for what is seldom asked, such as whether a file may go."""
    async with house.database("catalog").reading() as tx:
        return await store.products_naming(tx, address=address, limit=limit)


@asynccontextmanager
async def _change(context: Context) -> AsyncIterator[Transaction]:
    async with context.house.database("catalog").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.lock_catalog(tx)
        yield tx


def _check_id(product_id: str) -> None:
    """Refuse what no product is called, and the database may not be able to read."""
    if not product_id.isprintable():
        raise ProductNotFound(product_id=product_id)


def _expected(
    found: Listing, product_id: str, only_type: str | None, expected_version: int | None
) -> ListedProduct:
    before = found.products.get(product_id)
    if before is None or only_type not in (None, before.type):
        raise ProductNotFound(product_id=product_id)
    if expected_version not in (None, before.version):
        raise VersionIsStale(current=before.version)
    return before


def _validated(
    draft: Mapping[str, Any], types: Mapping[str, ListedType], known: Iterable[str]
) -> Product:
    """The product as its type wants it under the lock; ``known`` names are for a remedy."""
    product_type = types.get(str(draft.get("type")))
    if product_type is None:
        remedy = suggestion(draft.get("type"), known)
        raise InvalidProduct((FieldProblem(field="type", problem=f"is not known; {remedy}"),))
    return validate_product(draft, product_type)
