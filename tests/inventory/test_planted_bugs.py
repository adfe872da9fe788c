"""The machine finds what it is there to find: bugs that are planted on purpose, one at a time.

Each is looked for in histories of the parts in which it shows. ``RACKHOUSE_MACHINE_HISTORIES`` says
in how many at most; with it, the machine as it is looks for them, too.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from machine.machine import InDepth, aimed_at
from machine.planted import AIMS, BUGS, planted

ASKED = os.environ.get("RACKHOUSE_MACHINE_HISTORIES")
HISTORIES_LIMIT = int(ASKED or "300")


def look(machine: type[InDepth]) -> None:
    """Try the same histories each time, up to the first that fails."""
    tries = settings(
        max_examples=HISTORIES_LIMIT,
        stateful_step_count=30,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=tries)


@pytest.mark.timeout(0 if ASKED else 300)
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str) -> None:
    with planted(bug), pytest.raises((AssertionError, LookupError)):
        look(aimed_at(*AIMS[bug]))


@pytest.mark.skipif(
    ASKED is None, reason="takes minutes; RACKHOUSE_MACHINE_HISTORIES says how many"
)
@pytest.mark.timeout(0)
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found_whatever_else_happens(bug: str) -> None:
    with planted(bug), pytest.raises((AssertionError, LookupError)):
        look(InDepth)
