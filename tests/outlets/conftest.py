"""What every test of outlets sends to, and how soon they try again."""

import uuid

import pytest
from memory_targets import Target

from rackhouse.outlets.rules import trying


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(trying, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(trying, "OPEN_AT_LEAST_SECONDS", 0.001)


@pytest.fixture
def target() -> Target:
    """A target of a kind of its own, so that no other test's worker sends to it."""
    return Target(f"memory-{uuid.uuid4().hex[:8]}")
