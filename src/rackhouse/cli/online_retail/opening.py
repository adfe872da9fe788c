"""Opening the shop of the file: its locations, channels, and less stock than will be asked for."""

import hashlib
from collections import Counter

import msgspec

from rackhouse.channels import (
    ChannelAlreadyOpen,
    ChannelNotFound,
    Terms,
    change_channel,
    open_channel,
    read_channel,
)
from rackhouse.cli.online_retail.story import CHANNELS, OTHER_CHANNEL
from rackhouse.inventory import Line, open_location, receive_stock, recorded_stock
from rackhouse.platform.context import Context

__all__ = ["LOCATIONS", "close_shop", "open_shop", "was_closed"]

PLACES = {
    "retail-london": (51.5074, -0.1278),
    "retail-leeds": (53.8008, -1.5491),
    "retail-rotterdam": (51.9244, 4.4777),
}
LOCATIONS = tuple(PLACES)
# Of each SKU's stock, how much lies where; which place has the most depends on the SKU.
SHARES = (0.5, 0.3, 0.2)
LINES_LIMIT = 500
SHOP_CHANNELS = (*CHANNELS.values(), OTHER_CHANNEL)


async def open_shop(context: Context, demand: Counter[str], *, stocked_share: float) -> int:
    """Make what is missing of the shop, and say how many pieces were received for it.

    Stock is opened where there never was any: a shop that is open already gets none.
    """
    await _open_locations(context)
    for channel in SHOP_CHANNELS:
        await _open_channel(context, channel)
    known = await recorded_stock(context=context, skus=None, locations=LOCATIONS)
    stocked = {(row.sku, row.location) for row in known if row.version}
    received = 0
    for index, location in enumerate(LOCATIONS):
        lines = [
            Line(sku, pieces)
            for sku, asked in sorted(demand.items())
            if (sku, location) not in stocked
            and (pieces := _pieces_at(index, sku, int(asked * stocked_share)))
        ]
        for start in range(0, len(lines), LINES_LIMIT):
            await receive_stock(
                context=context,
                location=location,
                lines=lines[start : start + LINES_LIMIT],
                reference="online retail: opening stock",
            )
        received += sum(line.quantity for line in lines)
    return received


async def close_shop(context: Context) -> None:
    """The story is told: its channels sell no more, which is how a later replay knows."""
    for channel in SHOP_CHANNELS:
        found = await read_channel(context=context, channel_id=channel)
        terms = msgspec.structs.replace(found.terms(), enabled=False)
        await change_channel(
            context=context, channel_id=channel, terms=terms, expected_version=None
        )


async def was_closed(context: Context) -> bool:
    """Whether the story was told in this house before."""
    try:
        last = await read_channel(context=context, channel_id=SHOP_CHANNELS[-1])
    except ChannelNotFound:
        return False
    return not last.enabled


async def _open_locations(context: Context) -> None:
    for location, (latitude, longitude) in PLACES.items():
        await open_location(
            context=context,
            location=location,
            name=location.removeprefix("retail-").title(),
            kind="warehouse",
            latitude=latitude,
            longitude=longitude,
        )


async def _open_channel(context: Context, channel: str) -> None:
    near = LOCATIONS if channel == CHANNELS["United Kingdom"] else LOCATIONS[::-1]
    terms = Terms(name=f"Online Retail, {channel}", kind="web_shop", locations=near, enabled=True)
    try:
        await open_channel(context=context, channel_id=channel, terms=terms)
    except ChannelAlreadyOpen:
        return


def _pieces_at(index: int, sku: str, pieces: int) -> int:
    """The part of some pieces that lies at a location; the parts add up to all of them."""
    first = hashlib.blake2b(sku.encode(), digest_size=1).digest()[0] % len(SHARES)
    place = (index - first) % len(SHARES)
    before, through = sum(SHARES[:place]), sum(SHARES[: place + 1])
    return round(pieces * through) - round(pieces * before)
