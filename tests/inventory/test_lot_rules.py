"""The rules of lots: which form they have, when they may be sold, which numbers may come."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.inventory import LotChanges, LotFacts
from rackhouse.inventory.errors import UnitNotFree, UnitsMustBeNamed
from rackhouse.inventory.events import SELLABLE, Slot
from rackhouse.inventory.lot_errors import InvalidLot, LotNotNumbered
from rackhouse.inventory.rules import (
    Bucket,
    Depth,
    Lot,
    Need,
    Shelf,
    Stock,
    must_be_new,
    must_fit_numbering,
    status_of_lot,
)
from rackhouse.inventory.rules.lots import (
    NUMBERED_LIMIT,
    RecordedLot,
    as_decided,
    changed_facts,
    is_lot_id,
    sound_lot,
    status_at,
    turns_at,
)

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
KEY = ("A", "here")


def problems_of(lot: str = "a", *, at: datetime.datetime | None = None, **said: Any) -> list[str]:
    """The fields that are to be mended."""
    try:
        sound_lot(lot, LotFacts(**said), not_expired_at=at)
    except InvalidLot as refusal:
        return [each.field for each in refusal.problems]
    return []


@pytest.mark.parametrize("lot", ["a", "L24.0312", "2026-1", "0", "x" * 64])
def test_a_batch_number_is_a_lot_s_id(lot: str) -> None:
    assert is_lot_id(lot) and problems_of(lot) == []


@pytest.mark.parametrize("lot", ["", "x" * 65, "a/b", "a b", "-a", ".", "ä", "a\n", "a@b"])
def test_what_would_break_addresses_and_streams_is_no_lot_s_id(lot: str) -> None:
    assert not is_lot_id(lot) and problems_of(lot) == ["lot"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"release_at": NOW, "expires_at": NOW}, "expires_at"),
        ({"release_at": NOW + HOUR, "expires_at": NOW}, "expires_at"),
        ({"made_on": datetime.date(2027, 1, 1), "expires_at": NOW}, "made_on"),
        ({"made_on": datetime.date(1, 1, 1)}, "made_on"),
        ({"release_at": datetime.datetime(2026, 1, 1)}, "release_at"),
        ({"expires_at": datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC)}, "expires_at"),
        ({"numbered": 0}, "numbered"),
        ({"numbered": -1}, "numbered"),
        ({"numbered": NUMBERED_LIMIT + 1}, "numbered"),
        ({"flavor_profile": {"smoke": 101}}, "flavor_profile.smoke"),
        ({"flavor_profile": {"smoke": -1}}, "flavor_profile.smoke"),
        ({"flavor_profile": {"smoke": True}}, "flavor_profile.smoke"),
        ({"flavor_profile": {"smoke": 5.5}}, "flavor_profile.smoke"),
        ({"flavor_profile": [""]}, "flavor_profile"),
        ({"flavor_profile": ["x" * 41]}, "flavor_profile"),
        ({"flavor_profile": "smoke"}, "flavor_profile"),
        ({"flavor_profile": [str(each) for each in range(51)]}, "flavor_profile"),
        ({"attributes": []}, "attributes"),
        ({"attributes": {f"a{each}": {} for each in range(51)}}, "attributes"),
        ({"attributes": {"Cask": {"kind": "text", "value": "x"}}}, "attributes.Cask"),
        ({"attributes": {"cask": "sherry"}}, "attributes.cask.kind"),
        ({"attributes": {"cask": {"kind": "colour", "value": 1}}}, "attributes.cask.kind"),
        ({"attributes": {"cask": {"kind": ["text"], "value": 1}}}, "attributes.cask.kind"),
        ({"attributes": {"cask": {"kind": "text", "value": 1}}}, "attributes.cask.value"),
        ({"attributes": {"cask": {"kind": "text", "value": "x\x00"}}}, "attributes.cask.value"),
        ({"attributes": {"cask": {"kind": "text"}}}, "attributes.cask"),
        ({"attributes": {"abv": {"kind": "number", "value": "5"}}}, "attributes.abv.value"),
        ({"attributes": {"abv": {"kind": "number", "value": 10**30}}}, "attributes.abv.value"),
        ({"attributes": {"day": {"kind": "date", "value": "31 May"}}}, "attributes.day.value"),
        ({"attributes": {"dry": {"kind": "boolean", "value": "yes"}}}, "attributes.dry.value"),
        ({"attributes": {"won": {"kind": "list", "value": ["a", 2]}}}, "attributes.won.value[1]"),
    ],
)
def test_what_is_wrong_with_a_lot_is_named(said: dict[str, Any], field: str) -> None:
    assert problems_of(**said) == [field]


def test_every_problem_is_named_at_once() -> None:
    said = {"numbered": 0, "flavor_profile": {"a": 200}, "attributes": {"B": 1, "c": 2}}
    assert problems_of("a b", **said) == [
        "lot",
        "numbered",
        "flavor_profile.a",
        "attributes.B",
        "attributes.c.kind",
    ]


def test_a_lot_must_not_have_expired_when_it_is_made_known() -> None:
    assert problems_of(at=NOW, expires_at=NOW) == ["expires_at"]
    assert problems_of(at=NOW, expires_at=NOW + HOUR) == []
    assert problems_of(expires_at=NOW - HOUR) == []


def test_what_is_left_out_of_a_change_stays_and_none_takes_away() -> None:
    facts = LotFacts(numbered=5, release_at=NOW, flavor_profile=["smoke"])
    changed = changed_facts(facts, LotChanges(release_at=None))
    assert changed == LotFacts(numbered=5, flavor_profile=["smoke"])


moments = st.none() | st.integers(-5, 5).map(lambda hours: NOW + hours * HOUR)


@given(moments, moments, st.booleans(), st.integers(0, 12))
def test_a_lot_s_status_turns_exactly_when_it_is_said_to(
    release_at: datetime.datetime | None,
    expires_at: datetime.datetime | None,
    recalled: bool,
    hours: int,
) -> None:
    lot = RecordedLot(
        sku="A",
        lot="a",
        release_at=release_at,
        expires_at=expires_at,
        recalled=recalled,
        registered_at=NOW,
    )
    turn, then = turns_at(lot, NOW), NOW + hours * HOUR
    assert turn is None or turn > NOW
    if turn is None or then < turn:
        assert status_at(lot, then) == status_at(lot, NOW)
    assert status_of_lot(as_decided(lot), then) == status_at(lot, then)
    if recalled:
        assert status_at(lot, then) == "recalled"
    elif expires_at is not None and expires_at <= then:
        assert status_at(lot, then) == "expired"


def depth_of(numbered: int | None, states: dict[int, str] | None = None) -> Depth:
    depth = Depth()
    depth.lots["A", "a"] = Lot(sku="A", lot="a", numbered=numbered, registered_at=NOW)
    depth.unit_states = {("A", "a", number): state for number, state in (states or {}).items()}
    return depth


def test_numbered_pieces_are_named_and_others_are_not() -> None:
    assert must_fit_numbering(depth_of(5), "A", "a", 2, (1, 2))
    assert not must_fit_numbering(depth_of(None), "A", "a", 2, ())
    with pytest.raises(LotNotNumbered):
        must_fit_numbering(depth_of(None), "A", "a", 1, (1,))
    with pytest.raises(LotNotNumbered):
        must_fit_numbering(Depth(), "A", "", 1, (1,))
    for units in ((), (1,), (1, 1), (1, 2, 3), (1, 1, 2)):
        with pytest.raises(UnitsMustBeNamed):
            must_fit_numbering(depth_of(5), "A", "a", 2, units)


@pytest.mark.parametrize(
    ("number", "state"),
    [(1, "held"), (2, "shipped"), (0, "not one of"), (6, "not one of"), (4, "named twice")],
)
def test_a_number_comes_in_once(number: int, state: str) -> None:
    depth = depth_of(5, {1: "held", 2: "shipped", 3: "gone"})
    must_be_new(depth, "A", "a", (3, 5))
    with pytest.raises(UnitNotFree) as refused:
        must_be_new(depth, "A", "a", (number,), {("A", "a", 4)})
    assert state in refused.value.unit_state


def shelf_of(free: dict[Slot, set[int]], safety: int = 0) -> Shelf:
    """A shelf with numbered bottles of one lot in some slots."""
    depth, pieces = depth_of(9), sum(len(numbers) for numbers in free.values())
    depth.buckets[KEY] = {
        slot: Bucket(*KEY, *slot, on_hand=len(numbers)) for slot, numbers in free.items()
    }
    depth.free_units = {(KEY, slot): numbers for slot, numbers in free.items()}
    allotted = sum(len(numbers) for slot, numbers in free.items() if slot[1])
    stock = Stock(*KEY, on_hand=pieces, allotted=allotted, safety=safety)
    return Shelf({KEY: stock}, depth, channel="web", now=NOW)


OWN, POOL = ("a", "web", SELLABLE), ("a", "", SELLABLE)


def wanting(*units: int) -> Need:
    return Need(0, "A", len(units), "a", units)


def test_named_numbers_are_taken_from_where_they_stand() -> None:
    shelf = shelf_of({OWN: {1, 2, 3}, POOL: {4, 5}})
    taken = shelf.take(wanting(2, 5), "here", 2)
    assert [(each.slot, each.units) for each in taken] == [(OWN, (2,)), (POOL, (5,))]
    assert shelf.free(wanting(2, 5), "here") == 0
    assert shelf.free(wanting(1, 4), "here") == 2


def test_a_named_number_that_is_kept_back_is_not_free() -> None:
    shelf = shelf_of({OWN: {1, 2, 3}, POOL: {4, 5}}, safety=2)
    assert shelf.free(wanting(4), "here") == 0
    assert shelf.free(wanting(3), "here") == 1
    assert shelf.free(wanting(3, 4), "here") == 1
