"""The rules of outlets: waiting, giving up, leaving out, and counting promises."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.outlets import InvalidOutlet
from rackhouse.outlets.rules import (
    Lag,
    LagRule,
    Trouble,
    Waiting,
    after_failure,
    after_success,
    backoff_seconds,
    batch_size,
    budget_of,
    given_up,
    is_breach,
    is_recovery,
    refuse_unfit_rule,
    total_lag,
)

NOW = datetime.datetime(2026, 11, 20, 10, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def failed(before: Trouble, *, now: datetime.datetime = NOW, **more: object) -> Trouble:
    usual = {"problem": "down", "progressed": False, "chance": 1.0, "retry_after_seconds": None}
    return after_failure(before, now=now, **{**usual, **more})


def wait_of(trouble: Trouble, now: datetime.datetime = NOW) -> float:
    assert trouble.retry_at is not None
    return (trouble.retry_at - now).total_seconds()


def test_the_wait_doubles_up_to_an_hour_and_jitter_takes_anything_below() -> None:
    assert [backoff_seconds(failures, 1.0) for failures in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert backoff_seconds(500, 1.0) == 3600
    assert backoff_seconds(4, 0.25) == 2
    assert backoff_seconds(4, 0.0) == 0


def test_a_target_may_ask_for_more_time_but_not_for_ever() -> None:
    assert wait_of(failed(Trouble(), retry_after_seconds=120)) == 120
    assert wait_of(failed(Trouble(), retry_after_seconds=0)) == 1
    assert wait_of(failed(Trouble(), retry_after_seconds=10**9)) == DAY.total_seconds()


def test_the_breaker_opens_at_the_fifth_failure_and_closes_with_a_success() -> None:
    trouble = Trouble()
    states = []
    for _ in range(6):
        trouble = failed(trouble, chance=0.0)
        states.append(trouble.breaker)
    assert states == ["closed"] * 4 + ["open"] * 2
    assert wait_of(trouble) == 15
    assert after_success() == Trouble()


def test_after_a_failure_one_message_goes_ahead() -> None:
    assert batch_size(Trouble(), 100) == 100
    assert batch_size(failed(Trouble()), 100) == 1


def test_progress_begins_the_count_of_failures_anew() -> None:
    long = failed(failed(Trouble()), now=NOW - DAY)
    again = failed(long, progressed=True)
    assert (again.failures, again.failing_since) == (1, NOW)


def test_a_failure_keeps_since_when_it_fails() -> None:
    first = failed(Trouble())
    later = failed(first, now=NOW + DAY)
    assert (later.failures, later.failing_since) == (2, NOW)


@pytest.mark.parametrize(
    ("failing_days", "ages_in_days", "count"),
    [
        (4, [5, 4, 1, 5], 2),
        (2, [9, 9], 0),
        (3, [3], 1),
        (4, [1], 0),
        (0, [9], 0),
    ],
)
def test_what_is_three_days_old_is_given_up_once_it_failed_for_three_days(
    failing_days: int, ages_in_days: list[int], count: int
) -> None:
    trouble = Trouble(failures=9, failing_since=NOW - failing_days * DAY)
    assert given_up([NOW - age * DAY for age in ages_in_days], trouble, NOW) == count
    assert given_up([NOW - 9 * DAY], Trouble(), NOW) == 0


class Item:
    """Something in line."""

    def __init__(self, number: int, level_of: str | None) -> None:
        self.number = number
        self.level_of = level_of
        self.superseded = 0


def taken(waiting: Waiting) -> list[Item]:
    return [waiting.take() for _ in range(len(waiting))]


def test_nothing_is_left_out_unless_asked_for() -> None:
    waiting = Waiting(None)
    for number in range(100):
        waiting.add(Item(number, "A@here"))
    assert [each.number for each in taken(waiting)] == list(range(100))


@given(
    st.lists(st.sampled_from(["A", "B", "C", None]), max_size=200),
    st.integers(min_value=1, max_value=20),
)
def test_the_newest_level_of_each_stock_and_everything_else_stays_in_order(
    streams: list[str | None], conflate_after: int
) -> None:
    waiting = Waiting(conflate_after)
    for number, stream in enumerate(streams):
        waiting.add(Item(number, stream))
    found = taken(waiting)
    numbers = [each.number for each in found]
    assert numbers == sorted(numbers)
    assert {number for number, stream in enumerate(streams) if stream is None} <= {*numbers}
    for stream in {each for each in streams if each}:
        newest = max(number for number, each in enumerate(streams) if each == stream)
        assert newest in numbers
        told = [each for each in found if each.level_of == stream]
        assert sum(1 + each.superseded for each in told) == streams.count(stream)
    if len(streams) <= conflate_after:
        assert numbers == list(range(len(streams)))


def test_a_budget_is_used_up_by_what_is_late() -> None:
    assert budget_of(acknowledged=0, in_time=0, share=0.999).budget_left == 1
    assert budget_of(acknowledged=1000, in_time=1000, share=0.99).budget_left == 1
    assert budget_of(acknowledged=1000, in_time=995, share=0.99).budget_left == pytest.approx(0.5)
    assert budget_of(acknowledged=1000, in_time=980, share=0.99).budget_left == pytest.approx(-1)


def lag(seconds: float) -> Lag:
    return Lag(events=int(seconds), seconds=seconds, exact=True)


def test_a_breach_lasts_until_the_promise_is_kept_again() -> None:
    rule = LagRule(within_seconds=5, limit_seconds=60)
    assert not is_breach(lag(60), rule, None)
    assert is_breach(lag(61), rule, None)
    assert not is_breach(lag(99), rule, NOW)
    assert not is_recovery(lag(6), rule, NOW)
    assert is_recovery(lag(5), rule, NOW)
    assert not is_recovery(lag(0), rule, None)


def test_the_lag_of_a_channel_is_that_of_its_slowest_outlet() -> None:
    assert total_lag([lag(3), lag(9), lag(1)]) == lag(9)
    assert total_lag([]) == lag(0)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (LagRule(within_seconds=10, limit_seconds=5), "limit_seconds"),
        (LagRule(measure="buffer"), "buffer"),
    ],
)
def test_a_rule_whose_parts_do_not_fit_is_refused(rule: LagRule, field: str) -> None:
    with pytest.raises(InvalidOutlet) as refused:
        refuse_unfit_rule(rule)
    assert refused.value.field == field
