"""What the machine draws: small numbers of everything, so that things meet."""

import datetime
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st

from machine.world import CHANNELS, CUSTOMERS, LOTS, NUMBERED
from rackhouse.inventory.commands import IN_ORDER
from rackhouse.inventory.sourcing import Place, Sourcing

__all__ = [
    "Portion",
    "Wish",
    "after",
    "allotments",
    "channels",
    "conditions",
    "customers",
    "dates",
    "few",
    "lasting",
    "lots",
    "lots_of_c",
    "maybe_lots",
    "numbers",
    "of_this_world",
    "picks",
    "places",
    "portions",
    "present",
    "seconds",
    "skus",
    "some",
    "sourcings",
    "wish",
    "wishes",
]


def of_this_world(kind: str) -> st.SearchStrategy[Any]:
    """One of what there is in the world of a history."""

    @st.composite
    def one(draw: st.DrawFn) -> Any:
        return draw(st.sampled_from(getattr(draw(st.runner()), kind)))

    return one()


few = st.integers(1, 3)
some = st.integers(2, 6)
picks = st.integers(0, 5)
skus = of_this_world("skus")
places = of_this_world("places")
channels = of_this_world("channels")
customers = st.sampled_from(CUSTOMERS)
present = st.sampled_from(("sellable", "sellable", "sellable", "damaged", "quality_control"))
conditions = st.sampled_from(("sellable", "damaged", "quality_control", "quarantine"))
lots_of_c = st.sampled_from(LOTS)
maybe_lots = st.none() | lots_of_c
allotments = st.sampled_from(("", "", *CHANNELS))
numbers = st.sets(st.integers(1, NUMBERED[1]), min_size=1, max_size=4)
seconds = st.integers(1, 12)
lasting = st.integers(2, 30)
dates = st.integers(-5, 30)
lots = of_this_world("known_lots")
sourcings = st.sampled_from(
    [
        IN_ORDER,
        IN_ORDER,
        IN_ORDER,
        Sourcing(strategy="nearest", destination=Place(latitude=42, longitude=10)),
        Sourcing(strategy="fewest_parcels"),
        Sourcing(strategy="spread"),
        Sourcing(split=False),
        Sourcing(split_lines=False),
    ]
)


class Wish(msgspec.Struct, frozen=True):
    """What a buyer might want: a SKU, about how many, and how choosy they are."""

    sku: str
    quantity: int
    how: str
    """any, of a lot, by number, first in, or exactly as many as said."""
    pick: int


@cache
def _wish(sku: str) -> st.SearchStrategy[Wish]:
    hows = {
        "C": ["any", "any", "of a lot", "first in", "exactly"],
        "D": ["any", "by number", "by number", "of a lot", "exactly"],
    }
    how = st.sampled_from(hows.get(sku, ["any", "any", "exactly"]))
    return st.builds(Wish, st.just(sku), few, how, picks)


wish = of_this_world("goods").flatmap(_wish)
wishes = st.lists(wish, min_size=1, max_size=3)


class Portion(msgspec.Struct, frozen=True):
    """Some of what a hold has: of which line, how many, how they are named."""

    line: int
    quantity: int
    how: str
    """any, of a lot, by number, or of any SKU at all."""


portions = st.none() | st.builds(
    Portion,
    st.integers(0, 2),
    few,
    st.sampled_from(["any", "any", "any", "of a lot", "by number", "by number", "wrong"]),
)


def after(count: float) -> datetime.timedelta:
    """So many seconds."""
    return datetime.timedelta(seconds=count)
