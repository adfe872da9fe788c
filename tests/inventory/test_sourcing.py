"""Sourcing: given some shelves, when an order asks for something, then a plan and its reason."""

import msgspec
import pytest
from shelves import Figures, FiguresShelf, LotsShelf, NeedOfLot, plain

from rackhouse.inventory.rules import Need
from rackhouse.inventory.sourcing import (
    Candidate,
    Part,
    Place,
    Plan,
    Sourcing,
    SourcingReason,
    WhyNot,
    candidates,
    distance_km,
    plan,
    why_not,
)

BERLIN = Place(52.5200, 13.4050)
PARIS = Place(48.8566, 2.3522)
TOKYO = Place(35.6764, 139.6500)


def planned(needs: list[Need], figures: Figures, *locations: str, **asked: object) -> Plan | None:
    return plan(needs, FiguresShelf(figures), plain(*locations), Sourcing(**asked))


def parts(found: Plan | None) -> list[tuple[int, str, int]] | None:
    return (
        None
        if found is None
        else [(each.need_index, each.location, each.quantity) for each in found.parts]
    )


# Distances.


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        (BERLIN, PARIS, 877),
        (Place(0, 10), Place(0, 100), 10007.6),
        (Place(60, 0), Place(60, 180), 6671.7),
        (Place(0, 0), Place(0, 180), 20015),
        (Place(90, 0), Place(-90, 77), 20015),
        (Place(0, 179.5), Place(0, -179.5), 111),
        (Place(45, 7), Place(45, 7), 0),
    ],
)
def test_distances_are_those_of_the_great_circle(
    one: Place, other: Place, kilometres: float
) -> None:
    assert distance_km(one, other) == pytest.approx(kilometres, abs=1)
    assert distance_km(other, one) == distance_km(one, other)


def test_the_nearest_comes_first_and_what_has_no_coordinates_last_in_the_channels_order() -> None:
    places = {"tokyo": TOKYO, "berlin": BERLIN, "also-berlin": BERLIN}
    sourcing = Sourcing(strategy="nearest", destination=PARIS)
    order = ("attic", "tokyo", "also-berlin", "cellar", "berlin")
    found = candidates(order, places, sourcing)
    assert [each.location for each in found] == [
        "also-berlin",
        "berlin",
        "tokyo",
        "attic",
        "cellar",
    ]
    assert found[0].distance_km == pytest.approx(877, abs=1)
    assert found[-1] == Candidate("cellar", None)


@pytest.mark.parametrize("strategy", ["channel_order", "fewest_parcels", "spread"])
def test_other_strategies_keep_the_channels_order_and_know_the_distance(strategy: str) -> None:
    sourcing = Sourcing(strategy=strategy, destination=PARIS)
    found = candidates(["tokyo", "berlin"], {"tokyo": TOKYO, "berlin": BERLIN}, sourcing)
    assert [each.location for each in found] == ["tokyo", "berlin"]
    assert all(each.distance_km is not None for each in found)


def test_without_a_destination_the_nearest_is_the_first_of_the_channel() -> None:
    found = candidates(["tokyo", "berlin"], {"berlin": BERLIN}, Sourcing(strategy="nearest"))
    assert found == [Candidate("tokyo"), Candidate("berlin")]
    reason = planned([Need(0, "A", 1)], {("A", "x"): 1}, "x", strategy="nearest").reason
    assert reason.chosen[0].why == "first in the channel's order that has it"


# The channel's order, and what may be split.


def test_the_first_location_that_has_enough_serves() -> None:
    figures = {("A", "cellar"): 2, ("A", "shop"): 5}
    assert parts(planned([Need(0, "A", 3)], figures, "cellar", "shop")) == [(0, "shop", 3)]


def test_several_serve_in_order_where_none_has_enough() -> None:
    figures = {("A", "cellar"): 2, ("A", "shop"): 2}
    assert parts(planned([Need(0, "A", 3)], figures, "cellar", "shop")) == [
        (0, "cellar", 2),
        (0, "shop", 1),
    ]


def test_all_or_nothing() -> None:
    figures = {("A", "cellar"): 9, ("B", "cellar"): 1}
    assert planned([Need(0, "A", 1), Need(1, "B", 2)], figures, "cellar") is None


def test_two_needs_of_one_sku_do_not_take_the_same_piece() -> None:
    needs = [Need(0, "A", 2), Need(1, "A", 2)]
    assert planned(needs, {("A", "cellar"): 3}, "cellar") is None
    assert planned(needs, {("A", "cellar"): 4}, "cellar") is not None


def test_without_split_one_location_serves_everything_or_nobody_does() -> None:
    needs = [Need(0, "A", 1), Need(1, "B", 1)]
    apart = {("A", "cellar"): 1, ("B", "shop"): 1}
    assert planned(needs, apart, "cellar", "shop", split=False) is None
    together = apart | {("A", "shop"): 1}
    assert parts(planned(needs, together, "cellar", "shop", split=False)) == [
        (0, "shop", 1),
        (1, "shop", 1),
    ]


def test_without_split_lines_each_line_comes_from_one_location() -> None:
    figures = {("A", "cellar"): 1, ("A", "shop"): 1, ("B", "shop"): 1}
    one_each = [Need(0, "A", 1), Need(1, "B", 1)]
    assert parts(planned(one_each, figures, "cellar", "shop", split_lines=False)) == [
        (0, "cellar", 1),
        (1, "shop", 1),
    ]
    two = [Need(0, "A", 2)]
    assert planned(two, figures, "cellar", "shop", split_lines=False) is None
    assert planned(two, figures, "cellar", "shop") is not None


def test_a_bundle_is_packed_at_one_location_where_lines_may_not_be_split() -> None:
    needs = [Need(0, "GIN", 2), Need(0, "TONIC", 8)]
    figures = {("GIN", "cellar"): 5, ("TONIC", "shop"): 9}
    assert planned(needs, figures, "cellar", "shop", split_lines=False) is None
    assert parts(planned(needs, figures, "cellar", "shop")) == [(0, "cellar", 2), (1, "shop", 8)]


def test_lines_that_compete_for_a_sku_make_room_for_each_other() -> None:
    figures = {("A", "cellar"): 3, ("A", "shop"): 2}
    needs = [Need(0, "A", 2), Need(1, "A", 3)]
    assert parts(planned(needs, figures, "cellar", "shop", split_lines=False)) == [
        (0, "shop", 2),
        (1, "cellar", 3),
    ]


def test_needs_of_a_certain_lot_choose_before_those_that_take_any() -> None:
    needs = [NeedOfLot(0, "A", 2), NeedOfLot(1, "A", 2, "X")]
    lots = {("X", "cellar"): 2, ("Y", "shop"): 2}
    for freedom in ({}, {"split_lines": False}, {"strategy": "fewest_parcels"}):
        found = plan(needs, LotsShelf(lots), plain("cellar", "shop"), Sourcing(**freedom))
        assert parts(found) == [(0, "shop", 2), (1, "cellar", 2)]
    both_there = LotsShelf({("X", "cellar"): 2, ("Y", "cellar"): 2})
    assert plan(needs, both_there, plain("cellar"), Sourcing(split=False)) is not None


def test_needs_of_different_lots_do_not_count_the_same_pieces() -> None:
    needs = [NeedOfLot(0, "A", 2), NeedOfLot(1, "A", 2, "X")]
    for strategy in ("channel_order", "fewest_parcels", "spread"):
        shelf = LotsShelf({("X", "cellar"): 2, ("X", "shop"): 1})
        assert plan(needs, shelf, plain("cellar", "shop"), Sourcing(strategy=strategy)) is None


# The other strategies.


def test_the_nearest_that_has_enough_serves() -> None:
    sourcing = Sourcing(strategy="nearest", destination=PARIS)
    near = candidates(["tokyo", "berlin"], {"tokyo": TOKYO, "berlin": BERLIN}, sourcing)
    shelf = FiguresShelf({("A", "tokyo"): 9, ("A", "berlin"): 2})
    assert parts(plan([Need(0, "A", 2)], shelf, near, sourcing)) == [(0, "berlin", 2)]
    assert parts(plan([Need(0, "A", 3)], shelf, near, sourcing)) == [(0, "tokyo", 3)]


def test_fewest_parcels_passes_over_the_first_location_for_one_that_has_more() -> None:
    needs = [Need(0, "A", 1), Need(1, "B", 1), Need(2, "C", 1)]
    figures = {
        ("A", "x"): 1,
        ("B", "y"): 1,
        ("C", "y"): 1,
        ("C", "z"): 1,
        ("A", "z"): 1,
    }
    found = planned(needs, figures, "x", "y", "z", strategy="fewest_parcels")
    assert parts(found) == [(0, "x", 1), (1, "y", 1), (2, "y", 1)]
    assert found.reason.parcels == 2


def test_where_many_locations_have_something_the_fewest_are_found_greedily() -> None:
    needs = [Need(line, f"S{line}", 1) for line in range(20)]
    figures = {(f"S{line}", f"small-{line}"): 1 for line in range(20)}
    figures |= {(f"S{line}", "big"): 1 for line in range(18)}
    order = (*(f"small-{line}" for line in range(20)), "big")
    for freedom in ({}, {"split_lines": False}):
        found = planned(needs, figures, *order, strategy="fewest_parcels", **freedom)
        assert {part.location for part in found.parts} == {"big", "small-18", "small-19"}
    needs[0] = Need(0, "S0", 2)
    found = planned(needs, figures, *order, strategy="fewest_parcels")
    assert found.reason.parcels == 4
    assert planned(needs, figures, *order, strategy="fewest_parcels", split_lines=False) is None


def test_a_location_that_the_others_make_dispensable_is_left_out() -> None:
    needs = [Need(line, f"S{line}", 1) for line in range(6)]
    having = {"most": (0, 1, 2, 3), "left": (0, 1, 4), "right": (2, 3, 5)}
    having |= {f"small-{number}": (0,) for number in range(12)}
    figures = {(f"S{line}", at): 1 for at, lines in having.items() for line in lines}
    for freedom in ({}, {"split_lines": False}):
        found = planned(needs, figures, *having, strategy="fewest_parcels", **freedom)
        assert {part.location for part in found.parts} == {"left", "right"}


def test_spread_takes_where_the_smallest_share_is_taken() -> None:
    figures = {("A", "cellar"): 10, ("A", "shop"): 40, ("B", "cellar"): 9, ("B", "shop"): 1}
    assert parts(planned([Need(0, "A", 2)], figures, "cellar", "shop", strategy="spread")) == [
        (0, "shop", 2)
    ]
    for skus in ("AB", "BA"):
        both = [Need(line, sku, 1) for line, sku in enumerate(skus)]
        whole = planned(both, figures, "cellar", "shop", strategy="spread", split=False)
        assert parts(whole) == [(0, "cellar", 1), (1, "cellar", 1)]


def test_spread_takes_the_same_share_of_the_fullest_where_none_has_a_line_whole() -> None:
    figures = {("A", "x"): 90, ("A", "y"): 5, ("A", "z"): 100}
    found = planned([Need(0, "A", 120)], figures, "x", "y", "z", strategy="spread")
    assert sorted(parts(found)) == [(0, "x", 57), (0, "z", 63)]
    huge = {("A", place): 10**9 for place in "xyz"}
    found = planned([Need(0, "A", 3 * 10**9 - 1)], huge, "x", "y", "z", strategy="spread")
    assert sorted(part.quantity for part in found.parts) == [10**9 - 1, 10**9, 10**9]


def test_order_by_order_spread_runs_locations_down_evenly() -> None:
    shelf = FiguresShelf({("A", "x"): 30, ("A", "y"): 20, ("A", "z"): 25})
    for _ in range(60):
        found = plan([Need(0, "A", 1)], shelf, plain("x", "y", "z"), Sourcing(strategy="spread"))
        shelf.take(Need(0, "A", 1), found.parts[0].location, 1)
    assert set(shelf.figures.values()) == {5}


# What a plan says and leaves alone.


def test_a_plan_leaves_the_shelf_as_it_was_and_copies_it_only_for_shared_skus() -> None:
    figures = {("A", "x"): 5, ("B", "x"): 5}
    apart, shared = FiguresShelf(figures), FiguresShelf(figures)
    plan([Need(0, "A", 2), Need(1, "B", 2)], apart, plain("x"), Sourcing())
    assert (apart.copies, apart.taken, apart.figures) == (0, 0, figures)
    plan([Need(0, "A", 2), Need(1, "A", 2)], shared, plain("x"), Sourcing())
    assert (shared.copies, shared.taken, shared.figures) == (1, 0, figures)


def test_the_reason_tells_what_was_chosen_why_and_what_the_others_had() -> None:
    sourcing = Sourcing(strategy="nearest", destination=PARIS)
    near = candidates(["attic", "tokyo", "berlin"], {"tokyo": TOKYO, "berlin": BERLIN}, sourcing)
    shelf = FiguresShelf({("A", "berlin"): 2, ("A", "tokyo"): 9, ("B", "attic"): 7})
    reason = plan([Need(0, "A", 3), Need(1, "B", 1)], shelf, near, sourcing).reason
    assert msgspec.to_builtins(reason) == {
        "strategy": "nearest",
        "split": True,
        "split_lines": True,
        "parcels": 2,
        "chosen": [
            {
                "location": "tokyo",
                "pieces": 3,
                "why": "nearest that has it",
                "distance_km": pytest.approx(9710, abs=10),
            },
            {
                "location": "attic",
                "pieces": 1,
                "why": "nearest that has it; it has no coordinates, so it comes last",
                "distance_km": None,
            },
        ],
        "passed_over": [
            {
                "location": "berlin",
                "pieces": 2,
                "lines": 0,
                "distance_km": pytest.approx(877, abs=1),
            }
        ],
        "not_named": 0,
    }
    assert msgspec.json.decode(msgspec.json.encode(reason), type=SourcingReason) == reason


def test_the_reason_names_a_few_of_those_passed_over_and_counts_the_rest() -> None:
    places = [f"p{number}" for number in range(9)]
    reason = planned([Need(0, "A", 1)], {("A", place): 1 for place in places}, *places).reason
    assert [each.location for each in reason.passed_over] == ["p1", "p2", "p3"]
    assert reason.not_named == 5


@pytest.mark.parametrize(
    ("strategy", "whole", "in_parts"),
    [
        ("channel_order", "first in the channel's order that has it", "the first in the channel's"),
        ("fewest_parcels", "has everything", "one of the fewest that have everything together"),
        ("spread", "gives the smallest share of what it has", "the same share each"),
    ],
)
def test_each_strategy_gives_its_own_reason(strategy: str, whole: str, in_parts: str) -> None:
    figures = {("A", "x"): 3, ("A", "y"): 3}
    one = planned([Need(0, "A", 2)], figures, "x", "y", strategy=strategy).reason
    assert [each.why for each in one.chosen] == [whole]
    two = planned([Need(0, "A", 6)], figures, "x", "y", strategy=strategy).reason
    assert all(in_parts in each.why for each in two.chosen) and two.parcels == 2


def test_what_stands_in_the_way_is_told() -> None:
    order = plain("x", "y", "z")
    shelf = FiguresShelf({("A", "x"): 1, ("A", "y"): 1, ("B", "z"): 1})

    def told(needs: list[Need], **asked: object) -> WhyNot:
        sourcing = Sourcing(**asked)
        assert plan(needs, shelf, order, sourcing) is None
        return why_not(needs, shelf, order, sourcing)

    apart = [Need(0, "A", 1), Need(1, "B", 1)]
    assert told(apart, split=False) == WhyNot("needs_split", 2)
    assert told([Need(0, "A", 2)], split=False) == WhyNot("needs_split_lines", 2)
    assert told([Need(0, "A", 2)], split_lines=False) == WhyNot("needs_split_lines", 2)
    assert told([Need(0, "A", 3)], split=False) == WhyNot("not_enough")
    assert told([Need(0, "A", 3)]) == WhyNot("not_enough")
    assert plan(apart, shelf, order, Sourcing(split_lines=False)).parts == [
        Part(0, "x", 1),
        Part(1, "z", 1),
    ]
