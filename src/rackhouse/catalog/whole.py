"""The whole catalog as of one moment, and what files of it are compared with."""

import datetime
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from rackhouse.catalog import store
from rackhouse.catalog.rules import ListedType, Product
from rackhouse.catalog.rules.listing import ListedProduct, SkuPlace, changed_fields
from rackhouse.catalog.types_in_force import types_now
from rackhouse.catalog.writing import fingerprint_of
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Database, Transaction

__all__ = [
    "Known",
    "WholeCatalog",
    "known_names",
    "product_ids",
    "unlike_products",
    "whole_catalog",
]

PAGE_PRODUCTS = 500


class Known(msgspec.Struct, frozen=True):
    """Which of some ids are those of products, and where some SKUs belong."""

    ids: frozenset[str]
    skus: dict[str, SkuPlace]


class WholeCatalog:
    """The catalog as it was when the block was entered, read page by page. To be read soon: as
    long as the block lasts, no dead version of any row can be cleaned up."""

    def __init__(
        self, database: Database, only_type: str | None, changed_since: datetime.datetime | None
    ) -> None:
        self._database = database
        self._only_type = only_type
        self._changed_since = changed_since
        self._open = AsyncExitStack()
        self._tx: Transaction | None = None
        self.product_types: tuple[ListedType, ...] = ()

    async def __aenter__(self) -> "WholeCatalog":
        self._tx = await self._open.enter_async_context(self._database.snapshot())
        names = await store.types_with_products(self._tx)
        own = {each.name for each in await store.own_types(self._tx)}
        wanted = {*names, *own} if self._only_type is None else {self._only_type}
        types = await types_now(self._tx, wanted)
        self.product_types = tuple(each for name, each in types.items() if name in wanted)
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._open.__aexit__(*error)

    async def pages(self) -> AsyncIterator[list[ListedProduct]]:
        """Every product in the order of their ids, ``PAGE_PRODUCTS`` at a time."""
        assert self._tx is not None, "read it within its block"
        after_id = ""
        while page := await store.page_by_id(
            self._tx, self._only_type, self._changed_since, after_id, PAGE_PRODUCTS
        ):
            yield page
            after_id = page[-1].id


@operation("catalog:read")
async def whole_catalog(
    *, context: Context, only_type: str | None, changed_since: datetime.datetime | None
) -> WholeCatalog:
    """All products (or those of one type, or those that were changed since a time) with the types
    that they follow, all as of the moment in which its block is entered. Own types come along
    where all products do."""
    return WholeCatalog(context.house.database("catalog"), only_type, changed_since)


@operation("catalog:read")
async def unlike_products(
    *, context: Context, products: Sequence[Product]
) -> dict[str, ListedProduct | None]:
    """Those of some products that are not listed as they are, by id: what is listed instead, or
    None for those that are not listed."""
    async with context.house.database("catalog").reading() as tx:
        known = await store.fingerprints(tx, [each.id for each in products])
        unlike = [each for each in products if known.get(each.id) != fingerprint_of(each)]
        ids = [each.id for each in unlike if each.id in known]
        listed = {each.id: each for each in await store.products_of_ids(tx, ids)} if ids else {}
    found: dict[str, ListedProduct | None] = {}
    for product in unlike:
        before = listed.get(product.id)
        if before is None or changed_fields(before, product):
            found[product.id] = before
    return found


@operation("catalog:read")
async def known_names(*, context: Context, ids: Iterable[str], skus: Iterable[str]) -> Known:
    """Which of some ids are those of products, and which product each of some SKUs belongs to."""
    async with context.house.database("catalog").reading() as tx:
        known = await store.known_ids(tx, filter(str.isprintable, ids))
        async with tx.pipeline():
            places = await store.send_sku_places(tx, list(filter(str.isprintable, skus)))
        return Known(frozenset(known), dict(await places.all(store.read_sku_place)))


@operation("catalog:read")
async def product_ids(
    *, context: Context, only_types: Iterable[str] | None, after_id: str, limit: int
) -> list[str]:
    """The ids of products (of some types, or of all) in their order, after an id."""
    types = None if only_types is None else sorted(only_types)
    async with context.house.database("catalog").reading() as tx:
        return await store.ids_after(tx, types, after_id, limit)
