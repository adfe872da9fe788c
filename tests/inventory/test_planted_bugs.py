"""The machine finds what it is there to find: bugs that are planted on purpose, one at a time."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from machine.machine import InDepth
from machine.planted import BUGS, planted

HISTORIES_LIMIT = 300

TRIES = settings(
    max_examples=HISTORIES_LIMIT,
    stateful_step_count=30,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str) -> None:
    with planted(bug), pytest.raises((AssertionError, LookupError)):
        run_state_machine_as_test(InDepth, settings=TRIES)
