"""Keeping pieces back: a safety stock that nobody is sold, a buffer that one channel leaves to the
others."""

from collections.abc import Sequence

import msgspec

from rackhouse.channels import locations_assigned_to
from rackhouse.inventory import store
from rackhouse.inventory.commands import KeepBack
from rackhouse.inventory.commands import KeptBack as Level
from rackhouse.inventory.cursors import Storable
from rackhouse.inventory.errors import (
    OtherChannel,
    TooManyAtOnce,
)
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.locations import must_exist
from rackhouse.inventory.receiving import must_be_stocked
from rackhouse.inventory.rules import Stock
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House

__all__ = [
    "KeptBack",
    "KeptBackPlace",
    "ToKeepBack",
    "keep_back",
    "kept_back",
    "must_be_own_channel",
    "set_channel_buffer",
    "set_safety_stock",
]

ROWS_LIMIT = 1000


class ToKeepBack(msgspec.Struct, frozen=True, kw_only=True):
    """How many pieces of a SKU to keep back at a location: from everybody, or from one channel,
    and then perhaps everywhere where it sells from (no location)."""

    sku: str
    quantity: int
    location: str | None = None
    channel: str | None = None
    expected_version: int | None = None


class KeptBack(msgspec.Struct, frozen=True):
    """Pieces that are kept back at a location: from everybody, or from one channel. ``version`` is
    that of the stock."""

    sku: str
    location: str
    channel: str | None
    quantity: int
    version: int


class KeptBackPlace(msgspec.Struct, frozen=True):
    """Where a page of what is kept back ended."""

    sku: Storable
    location: Storable
    channel: Storable


@operation("inventory:write")
async def set_safety_stock(
    *,
    context: Context,
    sku: str,
    location: str,
    quantity: int,
    expected_version: int | None = None,
) -> Stock:
    """Sell nobody the last ``quantity`` pieces of a SKU at a location.

    Refuses as `keep_back` does.
    """
    level = ToKeepBack(
        sku=sku, location=location, quantity=quantity, expected_version=expected_version
    )
    (stock,) = await keep_back(context=context, levels=[level])
    return stock


@operation("inventory:write")
async def set_channel_buffer(
    *, context: Context, channel: str, sku: str, location: str | None, quantity: int
) -> list[Stock]:
    """Let a channel leave the last ``quantity`` pieces of the pool to others, at one location or
    wherever it sells from.

    Refuses as `keep_back` does.
    """
    level = ToKeepBack(sku=sku, channel=channel, location=location, quantity=quantity)
    return await keep_back(context=context, levels=[level])


@operation("inventory:write")
async def keep_back(*, context: Context, levels: Sequence[ToKeepBack]) -> list[Stock]:
    """Keep pieces back from now on, all as asked or none; answers the stock of each row.

    A level without a location means every location that its channel sells from. Of two that mean
    the same row the later one counts. Refuses with `StockVersionStale`, `LocationNotFound`,
    `BundleHasNoStock`, `OtherChannel`, `TooManyAtOnce`, and what `catalog` and `channels` refuse
    of SKUs and channels.
    """
    house = context.house
    for each in levels:
        if each.channel is not None:
            must_be_own_channel(context, each.channel)
            await locations_assigned_to(house=house, channel=each.channel)
    await must_exist(house, [each.location for each in levels if each.location is not None])
    await must_be_stocked(house, [each.sku for each in levels])
    rows = {
        (row.sku, row.location, row.channel): row
        for each in levels
        for row in await _rows(house, each)
    }
    if len(rows) > ROWS_LIMIT:
        raise TooManyAtOnce(field="levels", asked=len(rows), limit=ROWS_LIMIT)
    command = KeepBack(context=context, levels=list(rows.values()))
    found: list[Stock] = await house.the(StockLane).submit(command)
    return found


@operation("inventory:read")
async def kept_back(
    *,
    context: Context,
    skus: Sequence[str] | None,
    channel: str | None,
    after: KeptBackPlace | None,
    limit: int,
) -> list[KeptBack]:
    """What is kept back of some SKUs or of all: from everybody and each channel, or as one channel
    has to do without. A channel's own client is shown what concerns it.

    Refuses with `OtherChannel`, and where nothing is kept back with what `catalog` and `channels`
    refuse, and `BundleHasNoStock`.
    """
    if channel is not None:
        must_be_own_channel(context, channel)
    async with context.house.database("inventory").transaction() as tx:
        rows = await store.kept_back_page(
            tx,
            skus=skus,
            channel=channel or context.caller.channel,
            after=(after.sku, after.location, after.channel) if after else None,
            limit=limit,
        )
    if not rows and after is None:
        await _must_be_known(context.house, skus or (), channel)
    return [KeptBack(sku, at, by or None, count, version) for sku, at, by, count, version in rows]


def must_be_own_channel(context: Context, channel: str) -> None:
    """Refuse with `OtherChannel` a caller who acts for another channel."""
    own = context.caller.channel
    if own not in (None, channel):
        raise OtherChannel(channel=channel, own=own)


async def _must_be_known(house: House, skus: Sequence[str], channel: str | None) -> None:
    await must_be_stocked(house, skus)
    if channel is not None:
        await locations_assigned_to(house=house, channel=channel)


async def _rows(house: House, level: ToKeepBack) -> list[Level]:
    locations: Sequence[str] = [level.location] if level.location is not None else ()
    if level.location is None:
        assert level.channel is not None, "a level without a location has a channel"
        locations = await locations_assigned_to(house=house, channel=level.channel)
    return [
        Level(
            sku=level.sku,
            location=location,
            quantity=level.quantity,
            channel=level.channel or "",
            expected_version=level.expected_version,
        )
        for location in locations
    ]
