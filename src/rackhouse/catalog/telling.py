"""Telling what becomes of products without an edit: their moments come, their stock goes and comes.

What a product is, is decided by the clock whenever somebody asks. This lets those hear of it who do
not ask.
"""

import asyncio
import datetime
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.catalog import store
from rackhouse.catalog.events import (
    LifeEvent,
    ProductInStock,
    ProductSoldOut,
    ProductWentLive,
    ProductWithdrawn,
)
from rackhouse.catalog.log import LOG
from rackhouse.catalog.rules.life import Availability
from rackhouse.catalog.rules.listing import ListedProduct, skus_of_product
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.house import House
from rackhouse.platform.store import server_time

__all__ = ["Taker", "note_availability", "takers_of", "tell_states"]

TELL_LIMIT = 1000
AHEAD_SECONDS = 1.0
"""As often as it is looked for what has to be told: what comes within it is waited for."""


class Taker(msgspec.Struct, frozen=True):
    """A product of which a variant takes a SKU from stock: ``quantity`` of it at most, and the
    product's availability as it was told last."""

    sku: str
    product_id: str
    quantity: int
    availability: Availability


async def tell_states(*, context: Context) -> int:
    """Tell of products that have gone live or are not live any more, by the clock or by an edit,
    `TELL_LIMIT` at most; says of how many. Waits for a moment that is about to come."""
    database = context.house.database("catalog")
    async with database.reading() as tx:
        seconds = await store.seconds_until_due(tx)
    if seconds is None or seconds > AHEAD_SECONDS:
        return 0
    await asyncio.sleep(max(0.0, seconds))
    async with database.transaction() as tx:
        await store.lock_catalog(tx)
        due = {id_: (told, at) for id_, told, at in await store.due_products(tx, limit=TELL_LIMIT)}
        if not due:
            return 0
        now = await server_time(tx)
        products = await store.products_of_ids(tx, due)
        events = {}
        for each in products:
            told, since = due[each.id]
            event = _turned(each, told, since, now)
            if event is not None:
                events[each.id] = event
        turns = {
            each.id: (each.life.state_at(now), each.life.turns_after(now)) for each in products
        }
        await store.note_told(tx, turns)
        await _record(tx, context, events, now)
    return len(events)


@operation("catalog:write")
async def note_availability(*, context: Context, found: Mapping[str, Availability]) -> int:
    """Note whether some products (by their ids) can be had, and tell of those for which that has
    changed; says of how many. Products that there are not are left out."""
    database = context.house.database("catalog")
    async with database.reading() as tx:
        if not await store.told_otherwise(tx, found):
            return 0
    async with database.transaction() as tx:
        await store.lock_catalog(tx)
        before = await store.told_otherwise(tx, found)
        changed = {id_: found[id_] for id_ in before}
        now = await server_time(tx)
        await store.set_availability(tx, changed)
        events = {
            each.id: event
            for each in await store.products_of_ids(tx, changed)
            if (event := _stock_turned(each, before[each.id], now)) is not None
        }
        await _record(tx, context, events, now)
    return len(changed)


async def takers_of(*, house: House, skus: Sequence[str]) -> list[Taker]:
    """The products that take some SKUs from stock, for themselves or in a bundle."""
    named = [each for each in skus if each.isprintable()]
    async with house.database("catalog").reading() as tx:
        return [Taker(*each) for each in await store.takers(tx, named)]


def _turned(
    product: ListedProduct, told: str, since: datetime.datetime, now: datetime.datetime
) -> LifeEvent | None:
    state = product.life.state_at(now)
    if state == "live" and told != "live":
        return ProductWentLive(
            product_id=product.id,
            type=product.type,
            name=product.name,
            skus=skus_of_product(product),
            since=since,
        )
    if state != "live" and told == "live":
        return ProductWithdrawn(
            product_id=product.id,
            type=product.type,
            name=product.name,
            skus=skus_of_product(product),
            state=state,
            since=since,
        )
    return None


def _stock_turned(product: ListedProduct, before: str, now: datetime.datetime) -> LifeEvent | None:
    hidden = product.life.state_at(now) != "live"
    if product.availability == "in_stock":
        return ProductInStock(
            product_id=product.id,
            type=product.type,
            name=product.name,
            skus=skus_of_product(product),
            again=before == "sold_out",
            hidden=hidden,
        )
    if product.availability == "sold_out":
        return ProductSoldOut(
            product_id=product.id,
            type=product.type,
            name=product.name,
            skus=skus_of_product(product),
            hidden=hidden,
        )
    return None


async def _record(
    tx: Transaction, context: Context, events: Mapping[str, LifeEvent], now: datetime.datetime
) -> None:
    """Record events, each in the stream of its product's life, under the lock of the catalog."""
    versions = await store.life_versions(tx, events)
    recorded = [
        NewEvent(f"product-life:{id_}", versions.get(id_, 0) + 1, event, context)
        for id_, event in events.items()
    ]
    await LOG.append(tx, recorded, now)
