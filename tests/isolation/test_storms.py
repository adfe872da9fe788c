"""Rounds on the real service: concurrent clients, faults, wrong clocks; and nothing is found.

``RACKHOUSE_ISOLATION_ROUNDS`` says how many rounds of each kind, each with another seed;
``RACKHOUSE_ISOLATION_SEED`` makes the first seed one that you have seen before.
"""

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from isolation.checker import check, explained
from isolation.counter import judged
from isolation.history import UNKNOWN, History
from isolation.linearizability import LINEARIZABLE
from isolation.plans import COUNTERS, STORM
from isolation.rounds import play
from isolation.site import Site

ROUNDS = int(os.environ.get("RACKHOUSE_ISOLATION_ROUNDS", "1"))
SEED = os.environ.get("RACKHOUSE_ISOLATION_SEED")


@pytest.fixture(params=range(ROUNDS))
def seed(request: pytest.FixtureRequest) -> str:
    """Another seed for each round."""
    turn: int = request.param
    seed = random.randrange(1_000_000) if SEED is None else int(SEED) + turn
    print(f"\nseed {seed}")
    return str(seed)


def found_in(history: History) -> list[str]:
    """What the checker finds, with all that is part of it."""
    return [explained(history, finding) for finding in check(history)]


async def test_nothing_is_found_in_a_storm(site: Site, seed: str, history_path: Path) -> None:
    history = await play(site, STORM, seed=seed, path=history_path)
    assert found_in(history) == []
    assert found_in(History.read(history_path)) == []
    faults = Counter(each.fault for each in history.broken)
    assert STORM.faults.items() <= {**faults, "a session is paused": 3}.items()
    outcomes = Counter(request.outcome for request in history.requests)
    unsure = sum(attempt.outcome == UNKNOWN for attempt in history.attempts)
    assert min(outcomes["ok"], outcomes["refused"], unsure) > 0
    print(f"{len(history.requests)} requests {dict(outcomes)}, {unsure} attempts without an answer")


async def test_short_histories_of_one_stock_are_linearizable(
    site: Site, seed: str, history_path: Path
) -> None:
    history = await play(site, COUNTERS, seed=seed, path=history_path)
    assert found_in(history) == []
    scene = history.began.scene
    streams = [f"{sku}@{place}" for sku in scene.skus for place in scene.locations]
    verdicts = {stream: judged(history, stream) for stream in streams}
    assert {each.verdict for each in verdicts.values()} == {LINEARIZABLE}, verdicts
    assert sum(len(each.order) for each in verdicts.values()) > len(streams)
