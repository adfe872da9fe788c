"""What curation decides, without a database."""

import datetime

import pytest

from rackhouse.curation import (
    BundleSlot,
    BundleTerms,
    CollectionRule,
    CollectionTerms,
    Picked,
    SumPrice,
)
from rackhouse.curation import FixedPrice as Fixed
from rackhouse.curation import PercentOffPrice as Off
from rackhouse.curation.rules.bundles import (
    Candidate,
    can_be_made,
    choose,
    problems_of_bundle,
    proposed,
)
from rackhouse.curation.rules.collections import in_order, place_after, problems_of_terms
from rackhouse.curation.rules.windows import Turn, next_moment, phase_at, turns_until

NOON = datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)
ONE = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)


def bottle(sku: str, price: int | None = 1000, *, free: int = 5, **more: object) -> Candidate:
    facts = {"product_id": sku.lower(), "name": sku, "currency": "EUR" if price else None, **more}
    return Candidate(sku=sku, price_minor=price, free=free, **facts)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "phase"),
    [
        (None, None, "open"),
        (NOON, None, "open"),
        (NOON + SECOND, None, "before"),
        (None, NOON, "closed"),
        (None, NOON + SECOND, "open"),
        (NOON - ONE, NOON, "closed"),
    ],
)
def test_a_window_opens_and_closes_at_its_moments(starts_at, ends_at, phase) -> None:
    assert phase_at(starts_at, ends_at, NOON) == phase


@pytest.mark.parametrize(
    ("told", "starts_at", "ends_at", "turns"),
    [
        ("before", NOON + ONE, None, ()),
        ("before", NOON - SECOND, None, (Turn(True, NOON - SECOND),)),
        ("before", None, None, (Turn(True, NOON),)),
        ("before", NOON - ONE, NOON, (Turn(True, NOON - ONE), Turn(False, NOON))),
        ("open", NOON - ONE, NOON - SECOND, (Turn(False, NOON - SECOND),)),
        ("open", NOON + ONE, None, (Turn(False, NOON),)),
        ("closed", None, NOON + ONE, (Turn(True, NOON),)),
        ("closed", NOON + ONE, None, ()),
        ("open", NOON - ONE, NOON + ONE, ()),
    ],
)
def test_what_opened_and_closed_is_told_with_its_moment(told, starts_at, ends_at, turns) -> None:
    assert turns_until(told, starts_at, ends_at, NOON) == turns


def test_the_next_moment_is_the_first_that_is_still_to_come() -> None:
    assert next_moment(NOON + ONE, NOON + 2 * ONE, NOON) == NOON + ONE
    assert next_moment(NOON - ONE, NOON + ONE, NOON) == NOON + ONE
    assert next_moment(NOON - ONE, NOON, NOON) is None


def test_members_come_first_and_the_rule_leaves_out_what_it_shall() -> None:
    terms = CollectionTerms(
        title="Few", members=("c", "a"), excluded=("x",), rule=CollectionRule(limit=2)
    )
    assert in_order(terms, ["a", "x", "b", "d", "e"]) == ("c", "a", "b", "d")


def test_a_list_goes_on_behind_its_last_product_wherever_that_is_now() -> None:
    assert place_after(["a", "b", "c"], 1, "b") == 2
    assert place_after(["new", "a", "b", "c"], 1, "b") == 3
    assert place_after(["a", "c"], 1, "b") == 1
    assert place_after([], 7, "b") == 0


def test_every_problem_of_a_collection_is_told_with_its_field() -> None:
    terms = CollectionTerms(
        title="Few",
        members=("a", "nothing", "a"),
        excluded=("a",),
        channels=("web", "gone"),
        starts_at=NOON,
        ends_at=NOON,
    )
    fields = {each.field for each in problems_of_terms(terms, {"a"}, {"web"})}
    wanted = {"members[1]", "members[2]", "excluded[0]", "excluded", "channels[1]", "ends_at"}
    assert fields == wanted


def test_a_bundle_is_chosen_in_one_way_only() -> None:
    by_hand = (Picked(sku="A"),)
    two = BundleTerms(name="Both", components=by_hand, slots=(BundleSlot(),))
    assert [each.field for each in problems_of_bundle(two)] == ["slots"]
    assert [each.field for each in problems_of_bundle(BundleTerms(name="None"))] == ["components"]
    twice = BundleTerms(name="Twice", components=(Picked(sku="A"), Picked(sku="A", quantity=2)))
    assert [each.field for each in problems_of_bundle(twice)] == ["components[1].sku"]
    assert problems_of_bundle(BundleTerms(name="One", components=by_hand)) == []


def test_each_slot_gets_another_product_though_the_first_is_wanted_by_both() -> None:
    islay, any_peated = [bottle("LAPHROAIG")], [bottle("LAPHROAIG"), bottle("TALISKER")]
    chosen, problems = choose([BundleSlot(), BundleSlot()], [any_peated, islay])
    assert ([each.sku for each in chosen], problems) == (["TALISKER", "LAPHROAIG"], [])


def test_a_slot_for_which_there_is_not_enough_is_named() -> None:
    few = [bottle("A", free=1)]
    chosen, problems = choose([BundleSlot(), BundleSlot(quantity=2)], [few, [bottle("B", free=1)]])
    assert [each.sku for each in chosen] == ["A"]
    assert [each.field for each in problems] == ["slots[1]"]
    _, problems = choose([BundleSlot(), BundleSlot()], [few, few])
    assert "other slots" in problems[0].problem


@pytest.mark.parametrize(
    ("price", "total"),
    [
        (SumPrice(), 2005),
        (Off(10), 1805),
        (Off(50), 1003),
        (Off(99), 20),
        (Fixed(1500, "EUR"), 1500),
    ],
)
def test_a_bundle_costs_the_sum_less_or_a_fixed_price_rounded_half_up(price, total) -> None:
    picks = [(bottle("A", 1000), 2), (bottle("B", 5), 1)]
    proposal, problems = proposed(picks, price, NOON)
    assert problems == []
    assert proposal is not None
    assert (proposal.price_minor, proposal.sum_minor, proposal.currency) == (total, 2005, "EUR")


def test_what_has_no_price_or_several_currencies_needs_a_fixed_one() -> None:
    unpriced = [(bottle("A"), 1), (bottle("B", None), 1)]
    mixed = [(bottle("A"), 1), (bottle("B", currency="USD"), 1)]
    for picks in (unpriced, mixed):
        proposal, problems = proposed(picks, SumPrice(), NOON)
        assert proposal is None
        assert [each.field for each in problems] == ["price"]
        proposal, _ = proposed(picks, Fixed(900, "EUR"), NOON)
        assert proposal is not None
        assert (proposal.price_minor, proposal.sum_minor) == (900, None)


def test_as_many_can_be_made_as_the_scarcest_component_allows() -> None:
    proposal, _ = proposed([(bottle("A"), 2), (bottle("B"), 1)], SumPrice(), NOON)
    assert proposal is not None
    assert can_be_made(proposal.components, {"A": 7, "B": 9}) == 3
    assert can_be_made(proposal.components, {"A": 7}) == 0
