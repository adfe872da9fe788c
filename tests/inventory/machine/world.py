"""What there is in the machine's world: SKUs, bundles, places, channels, customers, time."""

import datetime
from collections.abc import Iterable

from rackhouse.channels import ChannelSourcing
from rackhouse.inventory.rules import Line, Need
from rackhouse.inventory.sourcing import Place

__all__ = [
    "BEGINNING",
    "BUNDLES",
    "CHANNELS",
    "CUSTOMERS",
    "LOTS",
    "NUMBERED",
    "PLACES",
    "SKUS",
    "SOURCING",
    "components",
    "moment",
    "needs_of",
    "seconds",
]

BEGINNING = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

SKUS = ("A", "B", "C", "D")
"""A and B have no lots, C comes in lots, D in a numbered one."""

BUNDLES = {"AD": {"A": 2, "D": 1}, "AC": {"A": 1, "C": 1}}

LOTS = ("early", "late", "young")
"""The lots of C."""

NUMBERED = ("cask", 9)
"""The lot of D, and how many numbers it has."""

PLACES = {
    "north": Place(latitude=60, longitude=10),
    "middle": Place(latitude=50, longitude=10),
    "south": Place(latitude=40, longitude=10),
}

CHANNELS = {
    "web": ("north", "middle", "south"),
    "till": ("south", "middle"),
    "kiosk": ("middle",),
}
"""Each channel's places, in its order."""

CUSTOMERS = (None, "ann", "bob")

SOURCING = ChannelSourcing("channel_order", True)


def moment(after: float) -> datetime.datetime:
    """So many seconds after the beginning."""
    return BEGINNING + datetime.timedelta(seconds=after)


def seconds(at: datetime.datetime) -> float:
    """How many seconds after the beginning."""
    return (at - BEGINNING).total_seconds()


def components(sku: str) -> dict[str, int]:
    """What one piece is made of."""
    return BUNDLES.get(sku, {sku: 1})


def needs_of(lines: Iterable[Line]) -> list[Need]:
    """What lines come down to."""
    return [
        Need(
            index,
            sku,
            line.quantity * count,
            line.lot,
            line.units,
            line.picking or "first_expired",
        )
        for index, line in enumerate(lines)
        for sku, count in components(line.sku).items()
    ]
