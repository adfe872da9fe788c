"""What there is at this moment, by product or SKU, at every location."""

import datetime
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from rackhouse.catalog import Component, components_of, skus_of_many
from rackhouse.channels import locations_sold_by
from rackhouse.inventory import store
from rackhouse.inventory.coming import NONE_INCOMING, NOTHING_COMING, Coming, PromisedNow
from rackhouse.inventory.errors import OtherChannel, StockNotFound
from rackhouse.inventory.rules import Key, Stock
from rackhouse.inventory.seeing import Free, View, available_to_all, stock_seen
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
    "available_to_all",
    "figures_of_sku",
    "places_of",
    "recorded_stock",
    "stock_page",
]

READ_BATCH_LIMIT = 200


class AvailabilityAtLocation(msgspec.Struct, frozen=True):
    """The figures of a SKU at a location. ``version`` is the sequence number of its events.

    ``unavailable`` counts damaged pieces, those in quality control or quarantine, and those of
    lots that may not be sold; ``allotted`` what is set apart for channels and not sold yet;
    ``incoming`` what is on its way there, the first of it expected at ``incoming_at``.
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
    incoming: int = 0
    incoming_at: datetime.datetime | None = None


class AvailabilityOfSku(msgspec.Struct, frozen=True):
    """The figures of a SKU, in sum and by location. ``promised`` is what may be sold before it
    comes, where there is an open promise."""

    sku: str
    on_hand: int
    reserved: int
    available: int
    locations: list[AvailabilityAtLocation]
    promised: PromisedNow | None = None


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

Asked: TypeAlias = tuple[str, View | None]
"""A product or SKU, as whom."""


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
    view = await _view_of(context, channel)
    found = await context.house.the(_AvailabilityReads).texts.get((id, view))
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
    """What there is of a product or SKU as of now, everywhere or as a channel sees it: where it
    sells from, with what is in its own allotment and without what it leaves to others.

    A bundle's figures are those of its scarcest component: at each location, and in all, where
    pieces of different components may come from different locations. Refuses with
    `StockNotFound`, `OtherChannel`, and what `channels` refuses of channels.
    """
    asked = (id, await _view_of(context, channel))
    found = await _availability_of(context.house, [asked])
    if asked not in found:
        raise StockNotFound(id=id)
    return found[asked]


@operation("inventory:read")
async def availability_of_many(
    *, context: Context, ids: Sequence[str], channel: str | None
) -> AvailabilityOfMany:
    """What there is of some products and SKUs as of now, everywhere or as a channel sees it; in the
    order asked, with the ids that are neither set apart. One question to the stock, however
    many are asked for. Refuses with `OtherChannel`, and what `channels` refuses of channels.
    """
    view = await _view_of(context, channel)
    ids = list(dict.fromkeys(ids))
    found = await _availability_of(context.house, [(id_, view) for id_ in ids])
    known = [(id_, found[id_, view]) for id_ in ids if (id_, view) in found]
    return AvailabilityOfMany(
        [AvailabilityOfOne(each.product_id, each.skus, id_) for id_, each in known],
        [id_ for id_ in ids if (id_, view) not in found],
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


async def _view_of(context: Context, channel: str | None) -> View | None:
    places = await places_of(context, channel)
    return None if channel is None or places is None else View(channel, places)


async def _availability_of(house: House, asked: Sequence[Asked]) -> dict[Asked, Availability]:
    products = await skus_of_many(house=house, ids=list({id_: None for id_, _ in asked}))
    skus = [sku for product in products.values() for sku in product.skus]
    components = await components_of(house=house, skus=skus)
    stocked = {each.sku for sku in skus for each in components[sku]}
    found: dict[Asked, Availability] = {}
    for view in {view: None for _, view in asked}:
        async with house.database("inventory").reading() as tx:
            seen = await stock_seen(tx, stocked, view)
        for id_ in (id_ for id_, of in asked if of == view and id_ in products):
            found[id_, view] = Availability(
                products[id_].product_id,
                [
                    figures_of_sku(sku, components[sku], seen.rows, seen.free, seen.coming)
                    for sku in products[id_].skus
                ],
            )
    return found


def figures_of_sku(
    sku: str,
    components: Sequence[Component],
    by_sku: Mapping[str, list[Stock]],
    free: Free,
    coming: Coming = NOTHING_COMING,
) -> AvailabilityOfSku:
    """The figures of a SKU from those of what it takes from stock."""
    rows = {each.sku: by_sku.get(each.sku, ()) for each in components}
    if len(components) > 1 or components[0].sku != sku:
        return _of_bundle(sku, components, rows, free)
    places = [_at_location(row, free, coming) for row in rows[sku]]
    return AvailabilityOfSku(
        sku,
        sum(place.on_hand for place in places),
        sum(place.held + place.committed for place in places),
        sum(place.available for place in places),
        places,
        coming.promised.get(sku),
    )


def _at_location(row: Stock, free: Free, coming: Coming) -> AvailabilityAtLocation:
    incoming = coming.incoming.get((row.sku, row.location), NONE_INCOMING)
    return AvailabilityAtLocation(
        row.location,
        row.on_hand,
        row.held,
        row.committed,
        free(row),
        row.version,
        row.unavailable,
        row.allotted,
        row.safety,
        incoming.quantity,
        incoming.expected_at,
    )


def _of_bundle(
    sku: str, components: Sequence[Component], rows: Mapping[str, Sequence[Stock]], free: Free
) -> AvailabilityOfSku:
    locations = sorted({row.location for of_one in rows.values() for row in of_one})
    places = []
    for location in locations:
        at = {of: [row for row in rows[of] if row.location == location] for of in rows}
        on_hand, available = _bundles(components, at, free)
        version = sum(row.version for of_one in at.values() for row in of_one)
        places.append(
            AvailabilityAtLocation(location, on_hand, on_hand - available, 0, available, version)
        )
    on_hand, available = _bundles(components, rows, free)
    return AvailabilityOfSku(sku, on_hand, on_hand - available, available, places)


def _bundles(
    components: Sequence[Component], rows: Mapping[str, Sequence[Stock]], free: Free
) -> tuple[int, int]:
    """How many bundles there are (on hand, available): as many as the scarcest component allows."""
    on_hand = min(
        sum(row.on_hand for row in rows[each.sku]) // each.quantity for each in components
    )
    available = min(
        max(0, sum(free(row) for row in rows[each.sku])) // each.quantity for each in components
    )
    return on_hand, available
