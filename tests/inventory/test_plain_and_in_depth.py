"""There are two ways through a placement: plain stock goes the short one, and stock in depth the
other. On plain stock both must say the same."""

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from rackhouse.inventory import rules
from rackhouse.inventory.errors import NotEnoughStock, Shortage
from rackhouse.inventory.events import HoldPlaced
from rackhouse.inventory.rules import Depth, Key, Line, Need, Shelf, Stock
from rackhouse.inventory.sourcing import Candidate, Sourcing

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(minutes=10)
PLACES = ("cellar", "shop", "yard")
PARTS = {"A": {"A": 1}, "B": {"B": 1}, "BUNDLE": {"A": 2, "B": 1}, "PAIR": {"B": 2}}

Outcome = list[tuple[Key, HoldPlaced]] | list[Shortage]


def rows_of(figures: list[tuple[int, int, int, int]]) -> dict[Key, Stock]:
    """Stock rows, of which some may be missing."""
    keys = [(sku, place) for sku in "AB" for place in PLACES]
    return {
        key: Stock(*key, held + committed + free, held, committed, safety=kept)
        for key, (free, held, committed, kept) in zip(keys, figures, strict=False)
        if (free, held) != (0, 0)
    }


figures = st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))
some_rows = st.lists(figures, max_size=6).map(rows_of)
wishes = st.lists(
    st.builds(Line, st.sampled_from(sorted(PARTS)), st.integers(1, 4)), min_size=1, max_size=4
)
orders = st.permutations(PLACES).flatmap(
    lambda places: st.integers(1, 3).map(lambda count: tuple(places[:count]))
)


def needs_of(lines: list[Line]) -> list[Need]:
    """What lines come down to."""
    return [
        Need(index, sku, line.quantity * count)
        for index, line in enumerate(lines)
        for sku, count in PARTS[line.sku].items()
    ]


def plainly(rows: dict[Key, Stock], lines: list[Line], locations: tuple[str, ...]) -> Outcome:
    """What the short way says."""
    try:
        return rules.place(
            rows,
            hold_id="h",
            lines=lines,
            needs=needs_of(lines),
            locations=locations,
            expires_at=LATER,
        )
    except NotEnoughStock as refused:
        return refused.lines


def in_depth(rows: dict[Key, Stock], lines: list[Line], locations: tuple[str, ...]) -> Outcome:
    """What the other way says."""
    depth = Depth()
    try:
        moves, _ = rules.place_in_depth(
            Shelf(rows, depth, channel="web", now=NOW),
            depth,
            hold_id="h",
            lines=lines,
            needs=needs_of(lines),
            candidates=[Candidate(location=each) for each in locations],
            sourcing=Sourcing(),
            promise=False,
            expires_at=LATER,
            now=NOW,
        )
    except NotEnoughStock as refused:
        return refused.lines
    return moves


@settings(max_examples=500, deadline=None)
@given(some_rows, wishes, orders)
def test_both_ways_take_the_same_or_refuse_with_the_same(
    rows: dict[Key, Stock], lines: list[Line], locations: tuple[str, ...]
) -> None:
    assert plainly(rows, lines, locations) == in_depth(rows, lines, locations)


def test_the_two_ways_are_told_apart_when_one_forgets_what_is_kept_back() -> None:
    rows = {("A", "cellar"): Stock("A", "cellar", on_hand=2, safety=1)}
    careless = {key: Stock(row.sku, row.location, row.on_hand) for key, row in rows.items()}
    lines = [Line("A", 2)]
    assert plainly(rows, lines, PLACES) == [Shortage("A", 2, 1)]
    assert plainly(rows, lines, PLACES) != in_depth(careless, lines, PLACES)
