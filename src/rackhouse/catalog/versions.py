"""Versions of products: each as it was written, compared, and written again."""

from typing import Literal

import msgspec

from rackhouse.catalog import store
from rackhouse.catalog.editing import changing_products, check_id, validated
from rackhouse.catalog.errors import (
    ProductNotFound,
    ProductVersionNotFound,
    VersionSaysNothing,
)
from rackhouse.catalog.rules import listing
from rackhouse.catalog.rules.comparing import Difference, differences
from rackhouse.catalog.rules.life import LIFE_FIELDS
from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.catalog.store import ProductVersion
from rackhouse.catalog.types_in_force import types_in_force, types_now
from rackhouse.catalog.writing import Writing, read_listing
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.idempotency import remember_answer
from rackhouse.platform.store import server_time

__all__ = [
    "ComparedVersions",
    "compare_product_versions",
    "product_version_of",
    "product_versions",
    "restore_product",
]

VERSION_MAX = 2**63 - 1


class ComparedVersions(msgspec.Struct, frozen=True, kw_only=True):
    """What two versions of a product say otherwise."""

    product_id: str
    from_version: int
    to_version: int
    differences: tuple[Difference, ...]


@operation("drafts:read")
async def product_versions(
    *, context: Context, product_id: str, before: int | None, limit: int
) -> list[ProductVersion]:
    """The versions of a product before one, the newest in front; also of one that was removed.
    Refuses with `ProductNotFound`."""
    check_id(product_id)
    async with context.house.database("catalog").reading() as tx:
        found = await store.product_versions(tx, product_id, before=before, limit=limit)
    if not found and before is None:
        raise ProductNotFound(product_id=product_id)
    return found


@operation("drafts:read")
async def product_version_of(*, context: Context, product_id: str, version: int) -> ProductVersion:
    """A version of a product. Refuses with `ProductVersionNotFound`."""
    async with context.house.database("catalog").reading() as tx:
        return await _version(tx, product_id, version)


@operation("drafts:read")
async def compare_product_versions(
    *, context: Context, product_id: str, from_version: int, to_version: int
) -> ComparedVersions:
    """What a version of a product says otherwise than another one, field by field; a version that
    removed it says nothing. Refuses with `ProductVersionNotFound`."""
    async with context.house.database("catalog").reading() as tx:
        before = await _version(tx, product_id, from_version)
        after = await _version(tx, product_id, to_version)
    return ComparedVersions(
        product_id=product_id,
        from_version=from_version,
        to_version=to_version,
        differences=differences(before.document or {}, after.document or {}),
    )


@operation("catalog:write")
async def restore_product(
    *,
    context: Context,
    product_id: str,
    version: int,
    life: Literal["keep", "restore"],
    expected_version: int | None,
) -> ListedProduct:
    """Describe a product again as a version of it did, by its type as it is now; one that was
    removed comes back. To ``keep`` its life is to leave its stage and moments as they are; one that
    comes back has those of the version.

    Refuses with `ProductVersionNotFound`, `VersionSaysNothing`, `VersionIsStale` (None expects any
    version; of a removed product it is that of its removal), and as `create_product` and
    `replace_product` do.
    """
    known = await types_in_force(house=context.house)
    async with changing_products(context) as tx:
        kept = await _version(tx, product_id, version)
        if kept.document is None:
            raise VersionSaysNothing(product_id=product_id, version=version)
        draft = dict(kept.document)
        if life == "keep" and await store.product(tx, product_id) is not None:
            draft = {field: said for field, said in draft.items() if field not in LIFE_FIELDS}
        types = await types_now(tx, [draft.get("type")])
        product = validated(draft, types, known)
        found = await read_listing(tx, [product], (), types)
        before = found.products.get(product_id)
        current = before.version if before else found.last_versions.get(product_id, 0)
        if expected_version not in (None, current):
            raise VersionIsStale(current=current)
        now = await server_time(tx)
        event = (
            listing.create(found, product, version)
            if before is None
            else listing.change(found, product, version)
        )
        if event is None:
            assert before is not None
            await remember_answer(tx, context.idempotency, before, answered_at=now)
            return before
        writing = Writing(context, found, now)
        listed = writing.put(product, event)
        await writing.write(tx)
        await remember_answer(tx, context.idempotency, listed, answered_at=now)
    writing.forget()
    return listed


async def _version(tx: Transaction, product_id: str, version: int) -> ProductVersion:
    in_bounds = product_id.isprintable() and 0 < version <= VERSION_MAX
    found = await store.product_version(tx, product_id, version) if in_bounds else None
    if found is None:
        raise ProductVersionNotFound(product_id=product_id, version=version)
    return found
