"""The search for an order, on histories whose answer is known, and the model of one stock."""

from collections.abc import Iterable

import msgspec
import pytest

from isolation.counter import judged
from isolation.history import REFUSED, UNKNOWN
from isolation.linearizability import (
    LINEARIZABLE,
    NOT_LINEARIZABLE,
    UNDECIDED,
    Call,
    Verdict,
    search,
)
from isolation.made_up import STREAM, MadeUp


class Step(msgspec.Struct, frozen=True):
    """A write or a read of a register."""

    writes: int | None = None
    reads: int | None = None


def register(*spans: tuple[float, float, Step, bool], visits_limit: int = 1000) -> Verdict:
    """Whether writes and reads of one number can be put in order."""
    steps = [step for *_, step, _ in spans]
    calls = [Call(str(step), begin, end, out) for begin, end, step, out in spans]

    def after(state: int, at: int) -> Iterable[int]:
        step = steps[at]
        if step.writes is not None:
            return [step.writes]
        return [state] if step.reads == state else []

    return search(calls, after, 0, visits_limit=visits_limit)


def w(value: int) -> Step:
    return Step(writes=value)


def r(value: int) -> Step:
    return Step(reads=value)


@pytest.mark.parametrize(
    ("spans", "verdict"),
    [
        ([(0, 1, w(1), False), (2, 3, r(1), False)], LINEARIZABLE),
        ([(0, 1, w(1), False), (2, 3, r(0), False)], NOT_LINEARIZABLE),
        # While a write is under way both its old and its new value may be read ...
        ([(0, 9, w(1), False), (1, 2, r(0), False), (3, 4, r(1), False)], LINEARIZABLE),
        # ... but not the old one after the new one.
        ([(0, 9, w(1), False), (1, 2, r(1), False), (3, 4, r(0), False)], NOT_LINEARIZABLE),
        # Nobody knows of a write without an answer: it may be left out, or come late.
        ([(0, float("inf"), w(1), True), (1, 2, r(0), False)], LINEARIZABLE),
        ([(0, float("inf"), w(1), True), (1, 2, r(1), False)], LINEARIZABLE),
        (
            [(0, float("inf"), w(1), True), (1, 2, r(1), False), (3, 4, r(0), False)],
            NOT_LINEARIZABLE,
        ),
    ],
)
def test_a_register_is_judged_as_it_should_be(
    spans: list[tuple[float, float, Step, bool]], verdict: str
) -> None:
    assert register(*spans).verdict == verdict


def test_the_order_that_is_found_is_one() -> None:
    spans = [(0, 9, w(1), False), (0, 9, w(2), False), (0, 9, r(1), False), (8, 9, r(2), False)]
    found = register(*spans)
    assert found.verdict == LINEARIZABLE
    assert sorted(found.order) == [0, 1, 2, 3]
    assert found.order.index(0) < found.order.index(2)


def test_a_search_that_takes_too_long_says_so_and_does_not_pass() -> None:
    spans = [(0, 9, w(number), False) for number in range(12)] + [(10, 11, r(99), False)]
    assert register(*spans, visits_limit=50).verdict == UNDECIDED


@pytest.fixture
def made() -> MadeUp:
    """Three pieces, of which one is held, one sold and let go again; a refusal; reads."""
    made = MadeUp()
    made.look()
    made.receive(3)
    made.hold(1)
    made.confirm(made.hold(1))
    made.release(made.hold(1))
    made.refused_hold(2)
    made.adjust(1, expected_version=len(made.events))
    made.look()
    return made


def request_of(made: MadeUp, operation: str, at: int = 0) -> str:
    """One of the requests."""
    return [each.request for each in made.asked if each.operation == operation][at]


def test_a_stock_without_faults_is_linearizable(made: MadeUp) -> None:
    assert judged(made.history(), STREAM).verdict == LINEARIZABLE


def test_requests_of_unknown_outcome_are_tried_both_ways(made: MadeUp) -> None:
    made.hold(1, outcome=UNKNOWN)
    assert judged(made.history(), STREAM).verdict == LINEARIZABLE
    made.events.pop()
    on_hand, held, committed = made.figures
    made.figures = (on_hand, held - 1, committed)
    assert judged(made.history(), STREAM).verdict == LINEARIZABLE


def test_a_hold_beyond_what_there_is_has_no_place_in_any_order(made: MadeUp) -> None:
    made.hold(2)
    made.hold(2)
    assert judged(made.history(), STREAM).verdict == NOT_LINEARIZABLE


def test_figures_that_never_were_have_no_place_in_any_order(made: MadeUp) -> None:
    request = request_of(made, "look", 1)
    answer = made.answer_to(request)
    answer["skus"][0]["locations"][0]["held"] += 1
    made.change_answer(request, answer=answer)
    assert judged(made.history(), STREAM).verdict == NOT_LINEARIZABLE


def test_a_refusal_for_want_of_what_was_there_has_no_place_in_any_order(made: MadeUp) -> None:
    request = request_of(made, "hold", 0)
    made.change_answer(
        request, outcome=REFUSED, status=409, answer={"lines": [{"available": 3}], "type": "x"}
    )
    assert judged(made.history(), STREAM).verdict == NOT_LINEARIZABLE


def test_a_refusal_with_other_figures_than_there_were_has_no_place_in_any_order(
    made: MadeUp,
) -> None:
    request = request_of(made, "hold", 3)
    answer = made.answer_to(request)
    answer["lines"][0]["available"] += 1
    made.change_answer(request, answer=answer)
    assert judged(made.history(), STREAM).verdict == NOT_LINEARIZABLE


def test_a_correction_of_a_version_that_was_over_has_no_place_in_any_order(made: MadeUp) -> None:
    made.adjust(1, expected_version=len(made.events) - 1)
    assert judged(made.history(), STREAM).verdict == NOT_LINEARIZABLE
