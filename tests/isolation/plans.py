"""What a round is like: how many clients do what how often, on what scene, through which faults."""

import random
from collections.abc import Mapping, Sequence

import msgspec

from isolation.clients import Manners
from isolation.faults import FAULTS, Blow

__all__ = ["COUNTERS", "STORM", "Plan", "blows_of"]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of round. ``faults`` says how often each comes; without ``weights`` clients do
    everything in the table; ``first_units`` of each SKU lie at each location in the beginning.
    Clients of one of several ``groups`` have ``skus`` of their own."""

    name: str
    processes: int = 3
    groups: int = 1
    clients: int = 16
    steps: int = 40
    skus: int = 4
    locations: int = 2
    channels: int = 3
    bundle: bool = True
    first_units: int = 8
    jobs: bool = True
    skewed: bool = True
    manners: Manners = Manners()
    weights: Mapping[str, int] | None = None
    faults: Mapping[str, int] = {}


STORM = Plan(
    name="storm",
    faults={
        "an API process is killed": 2,
        "the database server is killed": 1,
        "sessions are ended": 3,
        "an API process is paused": 2,
        "a session is paused": 3,
        "a stock is kept locked": 4,
    },
)
"""Everything at once."""

COUNTERS = Plan(
    name="counters",
    groups=24,
    clients=4,
    steps=5,
    skus=1,
    locations=1,
    channels=1,
    bundle=False,
    first_units=3,
    jobs=False,
    manners=Manners(hangs_up=0.1, asks_twice_at_once=0.1, gives_up=0.3, asks_again_in_the_end=0.0),
    weights={
        "receive": 2,
        "adjust": 1,
        "adjust at a version": 2,
        "count": 1,
        "count at a version": 2,
        "hold": 6,
        "confirm": 3,
        "release": 2,
        "look": 5,
    },
    faults={"sessions are ended": 1, "an API process is paused": 1, "a stock is kept locked": 1},
)
"""Many short histories of one SKU each, for the search for an order."""


def blows_of(plan: Plan, seed: str) -> Sequence[Blow]:
    """When the faults of a plan come, in the first four fifths of what clients do."""
    chance = random.Random(f"{seed}/blows")
    assert plan.faults.keys() <= FAULTS.keys()
    found = [fault for fault, count in plan.faults.items() for _ in range(count)]
    most = plan.groups * plan.clients * plan.steps
    return [Blow(int(most * chance.uniform(0.05, 0.8)), fault) for fault in found]
