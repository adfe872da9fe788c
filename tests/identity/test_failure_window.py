"""How many wrong secrets a client may show, and for how long it has to wait then."""

import pytest

from rackhouse.identity.client_secrets import (
    FAILING_CLIENTS_LIMIT,
    FAILURE_WINDOW_SECONDS,
    FAILURES_LIMIT,
    FailureWindow,
)
from rackhouse.identity.errors import TooManyFailures


def exhausted(client_id: str) -> FailureWindow:
    window = FailureWindow()
    for second in range(FAILURES_LIMIT):
        window.refuse_exceeded(client_id, now=second)
        window.note(client_id, now=second)
    return window


def test_too_many_failures_are_refused_until_the_window_ends() -> None:
    window = exhausted("mallory")
    with pytest.raises(TooManyFailures) as refused:
        window.refuse_exceeded("mallory", now=FAILURE_WINDOW_SECONDS - 10)
    assert refused.value.retry_after_seconds == 10
    window.refuse_exceeded("mallory", now=FAILURE_WINDOW_SECONDS)


def test_a_new_window_counts_from_the_start() -> None:
    window = exhausted("mallory")
    window.note("mallory", now=FAILURE_WINDOW_SECONDS + 1)
    window.refuse_exceeded("mallory", now=FAILURE_WINDOW_SECONDS + 1)


def test_one_clients_failures_are_not_anothers() -> None:
    exhausted("mallory").refuse_exceeded("alice", now=1)


def test_success_clears_the_count() -> None:
    window = exhausted("alice")
    window.clear("alice")
    window.refuse_exceeded("alice", now=1)


def test_no_more_clients_are_counted_than_the_limit() -> None:
    window = FailureWindow()
    for number in range(FAILING_CLIENTS_LIMIT + 10):
        window.note(f"client {number}", now=1)
    assert len(window._failures) == FAILING_CLIENTS_LIMIT
