"""The verdict: every promise that is broken makes a drop fail, each on its own account."""

from collections.abc import Callable

import msgspec
import pytest

from rackhouse.rehearsal import DropPlan
from rackhouse.rehearsal.audit import Found, Ledger, Movement, read_ledger
from rackhouse.rehearsal.http_client import HttpAnswer
from rackhouse.rehearsal.report import Told, breaches_of, oversold_of, report_of
from rackhouse.rehearsal.tally import Tally

PLAN = DropPlan(units=3, buyers=5)
ORDERS = ["order-a", "order-b", "order-c"]

TOLD = Told(
    demand=4,
    order_ids=ORDERS,
    refused=1,
    abandoned=1,
    cancelled=0,
    gave_up=0,
    failed=0,
    duplicates=7,
    mismatches=[],
    unexpected=[],
    unexpected_count=0,
)
LEDGER = Ledger(events=9, on_hand=3, held=0, committed=3, worst_excess=0, faults=[])
FOUND = Found(
    on_hand=3, held=0, held_now=0, committed=3, confirmed_orders=ORDERS[::-1], ledger=LEDGER
)


def told(**other: object) -> Told:
    return msgspec.structs.replace(TOLD, **other)


def found(**other: object) -> Found:
    return msgspec.structs.replace(FOUND, **other)


def with_ledger(**other: object) -> Found:
    return found(ledger=msgspec.structs.replace(LEDGER, **other))


def test_a_drop_that_sold_what_there_was_passes() -> None:
    report = report_of(PLAN, TOLD, FOUND, Tally(), sku="DROP-X", seconds=2.0, workers=2)
    assert (report.verdict, report.breaches, report.oversold) == ("passed", [], 0)


@pytest.mark.parametrize(
    ("said", "seen", "sentence"),
    [
        (told(order_ids=[*ORDERS, "order-d"]), FOUND, "4 pieces were sold where 3"),
        (told(order_ids=ORDERS[:2]), FOUND, "2 pieces were sold where 3"),
        (told(mismatches=["one and then another"]), FOUND, "1 duplicates were answered otherwise"),
        (told(unexpected_count=1, unexpected=["500"]), FOUND, "1 answers were none that"),
        (TOLD, found(on_hand=4), "4 pieces are on hand where 3"),
        (TOLD, found(committed=2), "2 pieces are committed where buyers were told of 3"),
        (TOLD, found(held=2), "2 pieces are held, 0 of them by running holds"),
        (TOLD, found(held=0, held_now=1), "0 pieces are held, 1 of them by running holds"),
        (told(order_ids=["order-a"] * 3), FOUND, "one order was given to two buyers"),
        (TOLD, found(confirmed_orders=ORDERS[:2]), "1 orders that buyers were told of are not"),
        (TOLD, found(confirmed_orders=[*ORDERS, "order-d"]), "1 orders are confirmed that no"),
        (TOLD, with_ledger(committed=2), "the events add up to (3, 0, 2)"),
        (TOLD, with_ledger(worst_excess=1), "1 pieces were promised that did not exist"),
        (TOLD, with_ledger(faults=["event 3 follows event 1"]), "event 3 follows event 1"),
    ],
)
def test_each_broken_promise_fails_the_drop(said: Told, seen: Found, sentence: str) -> None:
    assert any(breach.startswith(sentence) for breach in breaches_of(PLAN, said, seen))
    report = report_of(PLAN, said, seen, Tally(), sku="DROP-X", seconds=2.0, workers=2)
    assert report.verdict == "failed"


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (told(order_ids=[*ORDERS, "order-d"]), FOUND),
        (TOLD, found(confirmed_orders=[*ORDERS, "order-d"])),
        (TOLD, found(committed=4)),
        (TOLD, found(held=1)),
        (TOLD, with_ledger(worst_excess=1)),
    ],
)
def test_oversold_is_what_the_worst_account_says(said: Told, seen: Found) -> None:
    assert oversold_of(PLAN, said, seen) == 1


def test_fewer_buyers_than_units_need_not_sell_out() -> None:
    few = told(demand=2, order_ids=ORDERS[:2])
    left = found(
        committed=2,
        held=1,
        confirmed_orders=ORDERS[:2],
        ledger=msgspec.structs.replace(LEDGER, committed=2, held=1),
    )
    assert breaches_of(PLAN, few, left) == []


def movement(version: int, change: tuple[int, int, int], after: tuple[int, int, int]) -> Movement:
    names = ("on_hand", "held", "committed")
    return Movement("hall", version, "Event", dict(zip(names, change, strict=True)), *after)


RECEIVED = movement(1, (2, 0, 0), (2, 0, 0))
HELD = movement(2, (0, 1, 0), (2, 1, 0))
SOLD = movement(3, (0, -1, 1), (2, 0, 1))


def test_a_sound_ledger_adds_up_in_whatever_order_it_is_read() -> None:
    ledger = read_ledger([SOLD, HELD, RECEIVED])
    assert (ledger.on_hand, ledger.held, ledger.committed) == (2, 0, 1)
    assert (ledger.events, ledger.worst_excess, ledger.faults) == (3, 0, [])


def test_a_ledger_with_a_gap_is_at_fault() -> None:
    assert read_ledger([RECEIVED, SOLD]).faults[0] == "event 3 follows event 1"


def test_a_ledger_whose_figures_are_not_the_sum_is_at_fault() -> None:
    wrong = movement(2, (0, 1, 0), (2, 2, 0))
    assert "records other figures" in read_ledger([RECEIVED, wrong]).faults[0]


def test_a_moment_of_overselling_is_found_although_it_passed() -> None:
    over = movement(2, (0, 3, 0), (2, 3, 0))
    back = movement(3, (0, -3, 0), (2, 0, 0))
    assert read_ledger([RECEIVED, over, back]).worst_excess == 1


def answered(status: int, body: bytes) -> HttpAnswer:
    return HttpAnswer(status, body, [], 0.001)


@pytest.mark.parametrize(
    ("second", "alike"),
    [
        (lambda: answered(201, b"{}"), True),
        (lambda: answered(200, b"{}"), False),
        (lambda: answered(201, b"{ }"), False),
    ],
)
def test_duplicates_are_alike_to_the_byte_or_not_at_all(
    second: Callable[[], HttpAnswer], alike: bool
) -> None:
    tally = Tally()
    tally.compare("/api/v1/holds", answered(201, b"{}"), second())
    assert (tally.duplicates, len(tally.mismatches)) == (1, 0 if alike else 1)
