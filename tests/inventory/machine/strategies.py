"""What the machine draws: small numbers of everything, so that things meet."""

import datetime

from hypothesis import strategies as st

from machine.world import BUNDLES, CHANNELS, CUSTOMERS, LOTS, NUMBERED, PLACES, SKUS
from rackhouse.inventory.commands import IN_ORDER
from rackhouse.inventory.rules import Line
from rackhouse.inventory.sourcing import Place, Sourcing

__all__ = [
    "after",
    "allotments",
    "channels",
    "conditions",
    "customers",
    "dates",
    "few",
    "lots",
    "lots_of_c",
    "maybe_lots",
    "numbers",
    "picks",
    "places",
    "portions",
    "present",
    "seconds",
    "skus",
    "some",
    "sourcings",
    "wanted",
    "wishes",
]

few = st.integers(1, 3)
some = st.integers(1, 6)
picks = st.integers(0, 5)
skus = st.sampled_from(SKUS)
places = st.sampled_from(sorted(PLACES))
channels = st.sampled_from(sorted(CHANNELS))
customers = st.sampled_from(CUSTOMERS)
present = st.sampled_from(("sellable", "sellable", "sellable", "damaged", "quality_control"))
conditions = st.sampled_from(("sellable", "damaged", "quality_control", "quarantine"))
lots_of_c = st.sampled_from(LOTS)
maybe_lots = st.none() | lots_of_c
allotments = st.sampled_from(("", "", *CHANNELS))
numbers = st.sets(st.integers(1, NUMBERED[1]), min_size=1, max_size=4)
seconds = st.integers(1, 12)
dates = st.integers(-5, 30)
lots = st.sampled_from([*(("C", lot) for lot in LOTS), ("D", NUMBERED[0])])
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


def _lines_of(sku: str) -> st.SearchStrategy[Line]:
    """Lines as a buyer may write them."""
    if sku == "C":
        lot = st.none() | st.none() | lots_of_c
        picking = st.sampled_from([None, None, "first_in"])
        return st.builds(Line, st.just(sku), few, lot, st.just(()), picking)
    if sku == "D":
        return st.one_of(
            st.builds(Line, st.just(sku), st.integers(1, 3)),
            numbers.map(lambda units: Line("D", len(units), NUMBERED[0], tuple(sorted(units)))),
        )
    return st.builds(Line, st.just(sku), few)


wanted = st.sampled_from([*SKUS, *BUNDLES]).flatmap(_lines_of)
wishes = st.lists(wanted, min_size=1, max_size=2) | st.lists(wanted, min_size=1, max_size=3)
portions = st.none() | wishes.map(lambda lines: lines[:1])


def after(count: float) -> datetime.timedelta:
    """So many seconds."""
    return datetime.timedelta(seconds=count)
