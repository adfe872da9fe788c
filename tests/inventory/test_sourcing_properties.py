"""What every plan keeps to, against an oracle that tries everything."""

from collections.abc import Iterator
from itertools import chain, combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st
from shelves import Figures, FiguresShelf, plain

from rackhouse.inventory.rules import Need
from rackhouse.inventory.sourcing import (
    Candidate,
    Place,
    Plan,
    Sourcing,
    candidates,
    distance_km,
    plan,
    why_not,
)
from rackhouse.inventory.sourcing.fewest import EXACT_LOCATIONS_LIMIT
from rackhouse.inventory.sourcing.serving import SEARCH_STEPS_LIMIT

LOCATIONS = ("v", "w", "x", "y")
SKUS = ("A", "B", "C")

needs_of_an_order = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(SKUS), st.integers(1, 4)), min_size=1, max_size=4
).map(lambda rows: [Need(line, sku, quantity) for line, sku, quantity in sorted(rows)])
shelves = st.dictionaries(
    st.tuples(st.sampled_from(SKUS), st.sampled_from(LOCATIONS)), st.integers(0, 6)
)
sourcings = st.builds(
    Sourcing,
    strategy=st.sampled_from(["channel_order", "nearest", "fewest_parcels", "spread"]),
    split=st.booleans(),
    split_lines=st.booleans(),
)
places = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))


def units_of(needs: list[Need], sourcing: Sourcing) -> list[list[int]]:
    """Which needs must come from one location, as the oracle sees it."""
    if not sourcing.split:
        return [list(range(len(needs)))]
    lines = sorted({need.line for need in needs})
    return [[at for at, need in enumerate(needs) if need.line == line] for line in lines]


def possible_parcels(needs: list[Need], figures: Figures, sourcing: Sourcing) -> Iterator[int]:
    """The number of locations of everything that can be done at all."""
    asked = {need.sku: 0 for need in needs}
    for need in needs:
        asked[need.sku] += need.quantity
    if sourcing.split and sourcing.split_lines:
        for chosen in chain.from_iterable(combinations(LOCATIONS, size) for size in range(1, 5)):
            if all(sum(figures.get((sku, at), 0) for at in chosen) >= asked[sku] for sku in asked):
                yield len(chosen)
        return
    units = units_of(needs, sourcing)
    for choice in product(LOCATIONS, repeat=len(units)):
        left = dict(figures)
        for unit, location in zip(units, choice, strict=True):
            for index in unit:
                key = (needs[index].sku, location)
                left[key] = left.get(key, 0) - needs[index].quantity
        if min(left.values()) >= 0:
            yield len(set(choice))


def taken_by(found: Plan, needs: list[Need]) -> Figures:
    taken: Figures = {}
    for part in found.parts:
        key = (needs[part.need_index].sku, part.location)
        taken[key] = taken.get(key, 0) + part.quantity
    return taken


@given(needs_of_an_order, shelves, sourcings)
@settings(max_examples=600, deadline=None)
def test_a_plan_is_found_if_there_is_one_and_keeps_to_what_was_asked(
    needs: list[Need], figures: Figures, sourcing: Sourcing
) -> None:
    shelf = FiguresShelf(figures)
    found = plan(needs, shelf, plain(*LOCATIONS), sourcing)
    possible = sorted(possible_parcels(needs, figures, sourcing))
    assert shelf.figures == figures
    assert (found is not None) == bool(possible)
    if found is None:
        assert_the_remedy_would_do(needs, figures, sourcing)
        return
    for index, need in enumerate(needs):
        mine = [part for part in found.parts if part.need_index == index]
        assert sum(part.quantity for part in mine) == need.quantity
        assert all(part.quantity > 0 for part in mine)
        assert len({part.location for part in mine}) == len(mine)
    assert all(count <= figures.get(key, 0) for key, count in taken_by(found, needs).items())
    if not (sourcing.split and sourcing.split_lines):
        for unit in units_of(needs, sourcing):
            assert len({part.location for part in found.parts if part.need_index in unit}) == 1
    assert found.reason.parcels == len({part.location for part in found.parts})
    assert sum(each.pieces for each in found.reason.chosen) == sum(n.quantity for n in needs)
    if sourcing.strategy == "fewest_parcels":
        assert found.reason.parcels == possible[0]


def assert_the_remedy_would_do(needs: list[Need], figures: Figures, sourcing: Sourcing) -> None:
    told = why_not(needs, FiguresShelf(figures), plain(*LOCATIONS), sourcing)
    lines_whole = list(possible_parcels(needs, figures, Sourcing(split_lines=False)))
    divided = list(possible_parcels(needs, figures, Sourcing()))
    if not sourcing.split and lines_whole:
        assert (told.reason, told.parcels) == ("needs_split", min(lines_whole))
    elif divided:
        assert (told.reason, told.parcels) == ("needs_split_lines", min(divided))
    else:
        assert (told.reason, told.parcels) == ("not_enough", None)


def test_the_oracle_stays_within_what_is_searched_exactly() -> None:
    assert len(LOCATIONS) <= EXACT_LOCATIONS_LIMIT
    assert sum(len(LOCATIONS) ** lines for lines in (1, 2, 3)) <= SEARCH_STEPS_LIMIT


@given(needs_of_an_order, shelves, st.permutations(LOCATIONS))
@settings(max_examples=300, deadline=None)
def test_the_channels_order_serves_as_holds_always_have(
    needs: list[Need], figures: Figures, order: list[str]
) -> None:
    found = plan(needs, FiguresShelf(figures), plain(*order), Sourcing())
    expected = first_with_enough_or_else_several(needs, figures, order)
    assert (
        found and [(part.need_index, part.location, part.quantity) for part in found.parts]
    ) == (expected)


def first_with_enough_or_else_several(
    needs: list[Need], figures: Figures, order: list[str]
) -> list[tuple[int, str, int]] | None:
    """How holds were placed before there were strategies."""
    left, parts = dict(figures), []
    for index, need in enumerate(needs):
        free = {at: left.get((need.sku, at), 0) for at in order}
        enough = [at for at in order if free[at] >= need.quantity]
        missing = need.quantity
        for location in enough[:1] or order:
            count = min(missing, free[location])
            if count > 0:
                parts.append((index, location, count))
                left[need.sku, location] -= count
                missing -= count
        if missing > 0:
            return None
    return parts


@given(st.dictionaries(st.sampled_from(LOCATIONS), places), places, st.data())
def test_the_nearest_that_has_it_is_really_the_nearest(
    where: dict[str, Place], destination: Place, data: st.DataObject
) -> None:
    figures = {("A", at): data.draw(st.integers(0, 2)) for at in LOCATIONS}
    sourcing = Sourcing(strategy="nearest", destination=destination)
    order = data.draw(st.permutations(LOCATIONS))
    found = plan(
        [Need(0, "A", 1)], FiguresShelf(figures), candidates(order, where, sourcing), sourcing
    )
    having = [at for at in LOCATIONS if figures["A", at] > 0]
    if not having:
        assert found is None
        return
    (part,) = found.parts
    known = [at for at in having if at in where]
    if known:
        least = min(distance_km(where[at], destination) for at in known)
        assert distance_km(where[part.location], destination) == least
    else:
        assert part.location == next(at for at in order if at in having)


@given(needs_of_an_order, shelves, sourcings, st.permutations(LOCATIONS))
@settings(max_examples=300, deadline=None)
def test_the_order_of_locations_decides_neither_whether_nor_in_how_few_parcels(
    needs: list[Need], figures: Figures, sourcing: Sourcing, order: list[str]
) -> None:
    one = plan(needs, FiguresShelf(figures), plain(*LOCATIONS), sourcing)
    other = plan(needs, FiguresShelf(figures), plain(*order), sourcing)
    assert (one is None) == (other is None)
    if one is not None and sourcing.strategy == "fewest_parcels":
        assert one.reason.parcels == other.reason.parcels


@given(st.permutations(LOCATIONS), st.integers(1, 40), st.sets(st.integers(1, 30), min_size=4))
@settings(max_examples=300, deadline=None)
def test_where_no_two_locations_have_the_same_spread_does_not_depend_on_their_order(
    order: list[str], quantity: int, counts: set[int]
) -> None:
    figures = {("A", at): count for at, count in zip(LOCATIONS, sorted(counts), strict=False)}
    needs, sourcing = [Need(0, "A", quantity)], Sourcing(strategy="spread")
    one = plan(needs, FiguresShelf(figures), plain(*LOCATIONS), sourcing)
    other = plan(needs, FiguresShelf(figures), plain(*order), sourcing)
    assert (one and taken_by(one, needs)) == (other and taken_by(other, needs))


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=8),
    st.integers(1, 200),
)
@settings(max_examples=300, deadline=None)
def test_spread_takes_the_same_share_of_as_few_of_the_fullest_as_can_be(
    counts: list[int], quantity: int
) -> None:
    order = [Candidate(f"p{at}") for at in range(len(counts))]
    figures = {("A", f"p{at}"): count for at, count in enumerate(counts)}
    sourcing = Sourcing(strategy="spread")
    found = plan([Need(0, "A", quantity)], FiguresShelf(figures), order, sourcing)
    assert (found is None) == (sum(counts) < quantity)
    if found is None:
        return
    fullest = sorted(counts, reverse=True)
    fewest = next(n for n in range(1, 9) if sum(fullest[:n]) >= quantity)
    used = {part.location: part.quantity for part in found.parts}
    total = sum(figures["A", at] for at in used)
    assert len(used) == fewest and total == sum(fullest[:fewest])
    assert all(abs(used[at] - quantity * figures["A", at] / total) < 1 for at in used)
