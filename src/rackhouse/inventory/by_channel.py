"""Channels side by side: what each can sell, what is set apart for it, and what it sold lately."""

import datetime
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.keeping_back import must_be_own_channel
from rackhouse.platform.context import Context, operation
from rackhouse.platform.events import Position

__all__ = [
    "STRETCH_LIMIT",
    "SellableByChannel",
    "SetApart",
    "SoldByChannel",
    "SoldStretch",
    "sellable_of_channels",
    "set_apart_of_channels",
    "sold_before",
]

STRETCH_LIMIT = 20_000


class SellableByChannel(msgspec.Struct, frozen=True):
    """What a channel could sell now of a SKU at a location: free pieces of its own allotment, and
    pieces of the pool. Several channels may reach the same pieces of the pool."""

    channel: str
    sku: str
    location: str
    own: int
    pool: int


class SetApart(msgspec.Struct, frozen=True):
    """What a channel's allotments hold at a location, of all SKUs together. Of the ``free`` pieces
    ``sellable`` may be sold now; ``committed`` are sold and not shipped yet. ``left_to_others`` are
    pieces of the pool that its buffers keep from it."""

    channel: str
    location: str
    free: int
    sellable: int
    held: int
    committed: int
    left_to_others: int


class SoldByChannel(msgspec.Struct, frozen=True):
    """Pieces of a SKU that a channel sold at a location, within a step of time that began ``at``;
    of all SKUs everywhere where none is named. What is promised before it comes is sold at
    ``~promised``."""

    channel: str
    sku: str
    location: str
    at: datetime.datetime
    pieces: int


class SoldStretch(msgspec.Struct, frozen=True):
    """What was sold in a stretch of the log. ``first`` is where it begins, and ``reaches_to`` when
    that was recorded; None where the log begins."""

    sold: list[SoldByChannel]
    first: Position | None
    reaches_to: datetime.datetime | None


@operation("inventory:read")
async def sellable_of_channels(
    *, context: Context, channels: Mapping[str, Sequence[str]], skus: Sequence[str]
) -> list[SellableByChannel]:
    """What some channels could sell now of some stocked SKUs at the locations that are named for
    each; in one question, however many they are. Where a SKU never was, nothing is answered.

    Refuses with `OtherChannel`.
    """
    for channel in channels:
        must_be_own_channel(context, channel)
    sellers = [(channel, place) for channel, places in channels.items() for place in places]
    async with context.house.database("inventory").reading() as tx:
        found = await store.sellable_by(tx, sellers=sellers, skus=skus)
    return [SellableByChannel(*row) for row in found]


@operation("inventory:read")
async def set_apart_of_channels(*, context: Context) -> list[SetApart]:
    """What is set apart for channels, and what their buffers leave to others, by channel and
    location, as recorded. A channel's own client is shown its own."""
    async with context.house.database("inventory").reading() as tx:
        found = await store.set_apart_by_channel(tx, channel=context.caller.channel)
    return [SetApart(*row) for row in found]


@operation("inventory:read")
async def sold_before(
    *,
    context: Context,
    before: Position,
    since: datetime.datetime,
    by_sku_since: datetime.datetime,
    step_seconds: int,
) -> SoldStretch:
    """The pieces that channels sold, in the `STRETCH_LIMIT` events before a position of the log
    that were recorded since a time, in steps of time; since another time by SKU and location. To
    be asked again from ``first`` on, until it ``reaches_to`` the time. Sold is what was confirmed,
    also if it was cancelled later.

    A channel's own client is shown its own.
    """
    async with context.house.database("inventory").reading() as tx:
        oldest = await store.oldest_of_stretch(tx, before=before, limit=STRETCH_LIMIT)
        if oldest is None:
            return SoldStretch([], None, None)
        found = await store.sold_in_stretch(
            tx,
            first=oldest[0],
            before=before,
            since=since,
            by_sku_since=by_sku_since,
            step_seconds=step_seconds,
            channel=context.caller.channel,
        )
    sold = [
        SoldByChannel(channel, *_place(stream), at, pieces) for channel, stream, at, pieces in found
    ]
    return SoldStretch(sold, *oldest)


def _place(stream: str) -> tuple[str, str]:
    sku, _, location = stream.rpartition("@")
    return sku, location
