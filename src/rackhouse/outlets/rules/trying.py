"""Trying again: how long to wait, when to stop trying, and when a message is given up."""

import datetime
from collections.abc import Sequence
from typing import Literal

import msgspec

__all__ = [
    "Attempted",
    "Breaker",
    "Trouble",
    "after_failure",
    "after_success",
    "backoff_seconds",
    "batch_size",
    "given_up",
]

FIRST_WAIT_SECONDS = 1.0
WAIT_LIMIT_SECONDS = 3600.0
RETRY_AFTER_LIMIT_SECONDS = 86_400.0
FAILURES_TO_OPEN = 5
OPEN_AT_LEAST_SECONDS = 15.0
GIVE_UP_AFTER_SECONDS = 3 * 86_400.0

Breaker = Literal["closed", "open", "half_open"]


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What troubles an outlet. With a ``closed`` breaker it sends in batches; an ``open`` one
    sends nothing until ``retry_at``; then it is ``half_open`` and sends one message to see."""

    failures: int = 0
    failing_since: datetime.datetime | None = None
    retry_at: datetime.datetime | None = None
    breaker: Breaker = "closed"
    problem: str = ""


class Attempted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attempt: how many messages were acknowledged in all and in time, and whether
    it failed."""

    acknowledged: int
    in_time: int
    failed: bool


def after_success() -> Trouble:
    """No trouble any more."""
    return Trouble()


def after_failure(
    before: Trouble,
    *,
    problem: str,
    progressed: bool,
    now: datetime.datetime,
    chance: float,
    retry_after_seconds: float | None,
) -> Trouble:
    """The trouble after a failed attempt. One that took some messages before it failed counts as
    the first failure. ``chance`` is from 0 to 1."""
    failures = 1 if progressed else before.failures + 1
    since = None if progressed else before.failing_since
    opens = failures >= FAILURES_TO_OPEN
    wait = backoff_seconds(failures, chance)
    if opens:
        wait = max(wait, OPEN_AT_LEAST_SECONDS)
    if retry_after_seconds is not None:
        wait = max(wait, min(retry_after_seconds, RETRY_AFTER_LIMIT_SECONDS))
    return Trouble(
        failures=failures,
        failing_since=since or now,
        retry_at=now + datetime.timedelta(seconds=wait),
        breaker="open" if opens else "closed",
        problem=problem,
    )


def backoff_seconds(failures: int, chance: float) -> float:
    """Exponential back-off with full jitter: anything up to a bound that doubles each time.

    After "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    doubled = min(failures - 1, 32)
    return chance * min(WAIT_LIMIT_SECONDS, FIRST_WAIT_SECONDS * 2.0**doubled)


def batch_size(trouble: Trouble, batch_limit: int) -> int:
    """How many messages the next attempt sends: one to see, if the last one failed."""
    return 1 if trouble.failures else batch_limit


def given_up(
    recorded: Sequence[datetime.datetime], trouble: Trouble, now: datetime.datetime
) -> int:
    """How many of some messages, from the front, are given up: those that were recorded longer
    ago than `GIVE_UP_AFTER_SECONDS`, of an outlet that has failed for that long."""
    patience = datetime.timedelta(seconds=GIVE_UP_AFTER_SECONDS)
    if trouble.failing_since is None or now - trouble.failing_since < patience:
        return 0
    count = 0
    for recorded_at in recorded:
        if now - recorded_at < patience:
            break
        count += 1
    return count
