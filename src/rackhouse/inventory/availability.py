"""What there is at this moment, by product or SKU, at every location."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from rackhouse.catalog import Component, components_of, skus_of_many
from rackhouse.channels import locations_sold_by
from rackhouse.inventory import store
from rackhouse.inventory.errors import OtherChannel, StockNotFound
from rackhouse.inventory.rules import Key, Stock
from rackhouse.platform.context import Context, operation
from rackhouse.platform.group_read import GroupRead
from rackhouse.platform.house import House

__all__ = [
    "Availability",
    "AvailabilityAtLocation",
    "AvailabilityOfMany",
    "AvailabilityOfOne",
    "AvailabilityOfSku",
    "Places",
    "availability",
    "availability_of_many",
    "availability_text",
    "figures_of_sku",
    "places_of",
    "recorded_stock",
    "stock_page",
]

READ_BATCH_LIMIT = 200


class AvailabilityAtLocation(msgspec.Struct, frozen=True):
    """The figures of a SKU at a location. ``version`` is the sequence number of its events.

    ``unavailable`` counts damaged pieces, those in quality control or quarantine, and those of
    lots that may not be sold; ``allotted`` what is set apart for channels and not sold yet.
    """

    location: str
    on_hand: int
    held: int
    committed: int
    available: int
    version: int
    unavailable: int = 0
    allotted: int = 0
    safety: int = 0


class AvailabilityOfSku(msgspec.Struct, frozen=True):
    """The figures of a SKU, in sum and by location."""

    sku: str
    on_hand: int
    reserved: int
    available: int
    locations: list[AvailabilityAtLocation]


class Availability(msgspec.Struct, frozen=True):
    """The figures of a product's SKUs."""

    product_id: str
    skus: list[AvailabilityOfSku]


class AvailabilityOfOne(Availability, frozen=True):
    """The figures of one of many, with the id under which it was asked for."""

    id: str


class AvailabilityOfMany(msgspec.Struct, frozen=True):
    """The figures of many products and SKUs, and the ids that are neither."""

    items: list[AvailabilityOfOne]
    unknown: list[str]


Places: TypeAlias = tuple[str, ...] | None
"""The locations that count; None counts all."""

Asked: TypeAlias = tuple[str, Places]
"""A product or SKU, where."""


class _AvailabilityReads:
    """This process's one reader of availability: equal questions share a query and its answer."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.texts: GroupRead[Asked, str] = GroupRead(self._texts, batch_limit=READ_BATCH_LIMIT)

    async def _texts(self, asked: Sequence[Asked]) -> Mapping[Asked, str]:
        found = await _availability_of(self._house, asked)
        return {key: msgspec.json.encode(each).decode() for key, each in found.items()}


@operation("inventory:read")
async def availability_text(
    *,
    context: Context,
    id: str,  # noqa: A002
    channel: str | None = None,
) -> str:
    """What ``availability`` answers, as JSON text; refuses as it does."""
    places = await places_of(context, channel)
    found = await context.house.the(_AvailabilityReads).texts.get((id, places))
    if found is None:
        raise StockNotFound(id=id)
    return found


@operation("inventory:read")
async def availability(
    *,
    context: Context,
    id: str,  # noqa: A002
    channel: str | None = None,
) -> Availability:
    """What there is of a product or SKU as of now, everywhere or where a channel sells from.

    A bundle's figures are those of its scarcest component: at each location, and in all, where
    pieces of different components may come from different locations. Refuses with
    `StockNotFound`, `OtherChannel`, and what `channels` refuses of channels.
    """
    asked = (id, await places_of(context, channel))
    found = await _availability_of(context.house, [asked])
    if asked not in found:
        raise StockNotFound(id=id)
    return found[asked]


@operation("inventory:read")
async def availability_of_many(
    *, context: Context, ids: Sequence[str], channel: str | None
) -> AvailabilityOfMany:
    """What there is of some products and SKUs as of now, everywhere or where a channel sells from;
    in the order asked, with the ids that are neither set apart. One question to the stock, however
    many are asked for. Refuses with `OtherChannel`, and what `channels` refuses of channels.
    """
    places = await places_of(context, channel)
    ids = list(dict.fromkeys(ids))
    found = await _availability_of(context.house, [(id_, places) for id_ in ids])
    known = [(id_, found[id_, places]) for id_ in ids if (id_, places) in found]
    return AvailabilityOfMany(
        [AvailabilityOfOne(each.product_id, each.skus, id_) for id_, each in known],
        [id_ for id_ in ids if (id_, places) not in found],
    )


@operation("inventory:read")
async def recorded_stock(
    *, context: Context, skus: Sequence[str] | None, locations: Sequence[str] | None
) -> list[Stock]:
    """The figures as the newest events left them: what a stream's events continue."""
    async with context.house.database("inventory").transaction() as tx:
        return await store.recorded_stock(tx, skus=skus, locations=locations)


@operation("inventory:read")
async def stock_page(
    *, context: Context, after: Key | None, location: str | None, limit: int
) -> list[Stock]:
    """Stock rows in order of SKU and location."""
    async with context.house.database("inventory").transaction() as tx:
        return await store.stock_page(tx, after=after, location=location, limit=limit)


async def places_of(context: Context, channel: str | None) -> Places:
    """Where a channel sells from; everywhere without one.

    Refuses with `OtherChannel`, and what `channels` refuses of channels.
    """
    own = context.caller.channel
    if channel is None:
        return None
    if own not in (None, channel):
        raise OtherChannel(channel=channel, own=own)
    return await locations_sold_by(house=context.house, channel=channel)


async def _availability_of(house: House, asked: Sequence[Asked]) -> dict[Asked, Availability]:
    products = await skus_of_many(house=house, ids=list({id_: None for id_, _ in asked}))
    skus = [sku for product in products.values() for sku in product.skus]
    components = await components_of(house=house, skus=skus)
    stocked = {each.sku for sku in skus for each in components[sku]}
    async with house.database("inventory").reading() as tx:
        rows = await store.stock_of_skus(tx, stocked)
    by_sku: dict[str, list[Stock]] = {}
    for row in rows:
        *figures, frozen = row
        stock = Stock(*figures)
        stock = msgspec.structs.replace(stock, unavailable=stock.unavailable + frozen)
        by_sku.setdefault(stock.sku, []).append(stock)
    return {
        (id_, places): Availability(
            products[id_].product_id,
            [figures_of_sku(sku, components[sku], by_sku, places) for sku in products[id_].skus],
        )
        for id_, places in asked
        if id_ in products
    }


def figures_of_sku(
    sku: str, components: Sequence[Component], by_sku: Mapping[str, list[Stock]], at: Places
) -> AvailabilityOfSku:
    """The figures of a SKU from those of what it takes from stock, at some places or all."""
    rows = {
        each.sku: [row for row in by_sku.get(each.sku, ()) if at is None or row.location in at]
        for each in components
    }
    if len(components) > 1 or components[0].sku != sku:
        return _of_bundle(sku, components, rows)
    places = [_at_location(row) for row in rows[sku]]
    return AvailabilityOfSku(
        sku,
        sum(place.on_hand for place in places),
        sum(place.held + place.committed for place in places),
        sum(place.available for place in places),
        places,
    )


def _at_location(row: Stock) -> AvailabilityAtLocation:
    return AvailabilityAtLocation(
        row.location,
        row.on_hand,
        row.held,
        row.committed,
        row.available,
        row.version,
        row.unavailable,
        row.allotted,
        row.safety,
    )


def _of_bundle(
    sku: str, components: Sequence[Component], rows: Mapping[str, Sequence[Stock]]
) -> AvailabilityOfSku:
    locations = sorted({row.location for of_one in rows.values() for row in of_one})
    places = []
    for location in locations:
        at = {of: [row for row in rows[of] if row.location == location] for of in rows}
        on_hand, available = _bundles(components, at)
        version = sum(row.version for of_one in at.values() for row in of_one)
        places.append(
            AvailabilityAtLocation(location, on_hand, on_hand - available, 0, available, version)
        )
    on_hand, available = _bundles(components, rows)
    return AvailabilityOfSku(sku, on_hand, on_hand - available, available, places)


def _bundles(
    components: Sequence[Component], rows: Mapping[str, Sequence[Stock]]
) -> tuple[int, int]:
    """How many bundles there are (on hand, available): as many as the scarcest component allows."""
    on_hand = min(
        sum(row.on_hand for row in rows[each.sku]) // each.quantity for each in components
    )
    available = min(
        max(0, sum(row.available for row in rows[each.sku])) // each.quantity for each in components
    )
    return on_hand, available
