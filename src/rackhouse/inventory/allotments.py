"""Allotments: pieces set apart for one channel, which it may sell without asking, even offline."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.channels import locations_assigned_to, locations_sold_by
from rackhouse.inventory import store
from rackhouse.inventory.commands import AllotStock, GiveBack, MovedPieces
from rackhouse.inventory.cursors import Storable
from rackhouse.inventory.errors import (
    ChannelMustAgree,
    SellsElsewhere,
)
from rackhouse.inventory.keeping_back import must_be_own_channel
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.locations import must_exist
from rackhouse.inventory.receiving import must_be_stocked
from rackhouse.inventory.rules import Lot, Portion, status_of_lot
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House

__all__ = [
    "UNITS_LIMIT",
    "Allotment",
    "AllotmentPlace",
    "allot",
    "allotments",
    "give_back",
    "must_sell_from",
]

UNITS_LIMIT = 10_000


class Allotment(msgspec.Struct, frozen=True):
    """What a channel has of a SKU at a location, of one lot or of none.

    ``free`` pieces may be sold. ``units`` are their numbers, the lowest `UNITS_LIMIT` of them;
    ``lot_status`` says whether the lot may be sold now, and ``expires_at`` until when.
    """

    channel: str
    sku: str
    location: str
    lot: str | None
    free: int
    held: int
    committed: int
    lot_status: str
    release_at: datetime.datetime | None
    expires_at: datetime.datetime | None
    numbered: bool
    units: list[int]


class AllotmentPlace(msgspec.Struct, frozen=True):
    """Where a page of allotments ended."""

    channel: Storable
    sku: Storable
    location: Storable
    lot: Storable


@operation("inventory:write")
async def allot(
    *, context: Context, channel: str, portions: Sequence[Portion]
) -> list[MovedPieces]:
    """Set free pieces of the pool apart for a channel, all portions or none; answers which pieces.

    What is kept back, from everybody or from this channel, stays where it is. Pieces of a lot that
    is named may also wait for its release. Refuses with `NotEnoughFree`, `SellsElsewhere`,
    `LotNotFound`, `LotNotSellable`, `UnitsMustBeNamed`, `UnitNotFree`, `StockVersionStale`,
    `LocationNotFound`, `BundleHasNoStock`, `OtherChannel`, and what `catalog` and `channels`
    refuse.
    """
    must_be_own_channel(context, channel)
    await must_sell_from(context.house, channel, [each.location for each in portions])
    await must_be_stocked(context.house, [each.sku for each in portions])
    command = AllotStock(context=context, channel=channel, portions=portions)
    moved: list[MovedPieces] = await context.house.the(StockLane).submit(command)
    return moved


@operation("allotments:return")
async def give_back(
    *,
    context: Context,
    channel: str,
    portions: Sequence[Portion],
    channel_agrees: bool,
) -> list[MovedPieces]:
    """Return free pieces of a channel's allotment to the pool, all portions or none; answers which
    pieces.

    The channel's own client may do so at any time. Anybody else says with ``channel_agrees`` that
    the channel knows and sells them no more: it may be offline. Refuses with `ChannelMustAgree`,
    `NotEnoughFree`, `LotNotFound`, `UnitsMustBeNamed`, `UnitNotFree`, `StockVersionStale`,
    `LocationNotFound`, `OtherChannel`.
    """
    must_be_own_channel(context, channel)
    if context.caller.channel != channel and not channel_agrees:
        raise ChannelMustAgree(channel=channel)
    await must_exist(context.house, [each.location for each in portions])
    command = GiveBack(context=context, channel=channel, portions=portions)
    moved: list[MovedPieces] = await context.house.the(StockLane).submit(command)
    return moved


@operation("inventory:read")
async def allotments(
    *,
    context: Context,
    channel: str | None,
    sku: str | None,
    location: str | None,
    after: AllotmentPlace | None,
    limit: int,
) -> list[Allotment]:
    """What channels have in their allotments as of now: of one channel or of all, in order of
    channel, SKU, location and lot. A channel's own client is shown its own.

    Refuses with `OtherChannel`, and with `ChannelNotFound` a channel that has nothing.
    """
    if channel is not None:
        must_be_own_channel(context, channel)
    async with context.house.database("inventory").transaction() as tx:
        rows = await store.allotment_page(
            tx,
            channel=context.caller.channel or channel,
            sku=sku,
            location=location,
            after=(after.channel, after.sku, after.location, after.lot) if after else None,
            limit=limit,
            units_limit=UNITS_LIMIT,
        )
    if not rows and after is None and channel is not None:
        await locations_assigned_to(house=context.house, channel=channel)
    return [_allotment(*row) for row in rows]


async def must_sell_from(house: House, channel: str, locations: Sequence[str]) -> None:
    """Refuse with `SellsElsewhere` unless a channel sells from these locations, with
    `LocationNotFound` where there are none, and with what `channels` refuses."""
    await must_exist(house, locations)
    sold_from = await locations_sold_by(house=house, channel=channel)
    for location in locations:
        if location not in sold_from:
            raise SellsElsewhere(channel=channel, location=location)


def _allotment(
    channel: str,
    sku: str,
    location: str,
    lot: str,
    on_hand: int,
    held: int,
    committed: int,
    release_at: datetime.datetime | None,
    expires_at: datetime.datetime | None,
    recalled: bool,
    numbered: bool,
    units: list[int],
    now: datetime.datetime,
) -> Allotment:
    status = "sellable"
    if lot:
        facts: dict[str, Any] = {"release_at": release_at, "expires_at": expires_at}
        status = status_of_lot(
            Lot(sku=sku, lot=lot, recalled=recalled, registered_at=now, **facts), now
        )
    free = on_hand - held - committed
    return Allotment(
        channel,
        sku,
        location,
        lot or None,
        free,
        held,
        committed,
        status,
        release_at,
        expires_at,
        numbered,
        units,
    )
