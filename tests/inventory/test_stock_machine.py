"""Histories of stock in depth, whatever anybody does in whatever order.

``RACKHOUSE_MACHINE_HISTORIES`` says how many; some hundred are tried without it.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from machine.machine import InDepth, Told

HISTORIES = int(os.environ.get("RACKHOUSE_MACHINE_HISTORIES", "100"))
STEPS = 30

InDepth.TestCase.settings = settings(
    max_examples=HISTORIES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(0 if HISTORIES > 1000 else 300)
class TestInDepth(InDepth.TestCase):  # type: ignore[misc, name-defined]
    """Run by Hypothesis."""

    @classmethod
    def tearDownClass(cls) -> None:
        """Tell what was tried."""
        print(f"\n{Told.histories} histories, {Told.batches} batches, {Told.commands} commands")
        for outcome, count in sorted(Told.outcomes.items()):
            print(f"{count:>9} {outcome}")
