"""What there is in the machine's world: SKUs, bundles, places, channels, customers, time."""

import datetime
from collections.abc import Iterable

import msgspec

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
    "PARTS",
    "PLACES",
    "SKUS",
    "SOURCING",
    "WHOLE",
    "World",
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


PARTS = ("apart", "corrections", "holds", "limits", "lots", "promises", "shipments")
"""What may happen beside receiving, buying and releasing."""


class World(msgspec.Struct, frozen=True):
    """As much of it as there is in one history. Where there is less, more happens to it."""

    skus: tuple[str, ...] = SKUS
    places: tuple[str, ...] = tuple(sorted(PLACES))
    channels: tuple[str, ...] = tuple(sorted(CHANNELS))
    parts: tuple[str, ...] = PARTS
    parcels: tuple[int, int] = (4, 9)
    """How many parcels come in the beginning, at least and at most."""

    @property
    def goods(self) -> list[str]:
        """What may be bought, bundles among it."""
        every = ("A", "A", "AD", "AC", *SKUS)
        return [each for each in every if {*components(each)}.issubset(self.skus)]

    def of_these(self, *loads: str) -> list[str]:
        """Those loads whose SKU there is; they begin with it."""
        return [each for each in loads if each[0] in self.skus]


WHOLE = World()


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
