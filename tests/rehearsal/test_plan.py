"""Buyers' minds: made of the seed, and of nothing else."""

import random

from rackhouse.rehearsal import DropPlan
from rackhouse.rehearsal.plan import demand_of, intents_of
from rackhouse.rehearsal.shop import BACK_OFF_LIMIT_SECONDS, back_off_seconds


def test_the_same_seed_makes_the_same_buyers() -> None:
    assert intents_of(DropPlan(seed=7, buyers=50)) == intents_of(DropPlan(seed=7, buyers=50))


def test_another_seed_makes_other_buyers() -> None:
    assert intents_of(DropPlan(seed=7, buyers=50)) != intents_of(DropPlan(seed=8, buyers=50))


def test_more_buyers_leave_the_first_ones_as_they_were() -> None:
    assert intents_of(DropPlan(buyers=80))[:50] == intents_of(DropPlan(buyers=50))


def test_every_way_to_behave_occurs() -> None:
    intents = intents_of(DropPlan(buyers=500))
    assert {intent.ending for intent in intents} == {"pay", "abandon", "cancel"}
    assert {intent.repeats for intent in intents} == {
        "never",
        "at_once",
        "afterwards",
        "impatient",
    }
    assert {intent.by_hold for intent in intents} == {True, False}
    assert {intent.channel for intent in intents} == {0, 1, 2, 3}


def test_only_those_who_mean_to_pay_are_demand() -> None:
    intents = intents_of(DropPlan(buyers=300))
    assert demand_of(intents) == sum(intent.ending == "pay" for intent in intents) < 300


def test_back_off_grows_up_to_its_limit_and_never_beyond() -> None:
    chance = random.Random(1)
    first = max(back_off_seconds(chance, 0) for _ in range(100))
    late = [back_off_seconds(chance, rounds) for rounds in range(8, 200)]
    assert first < min(late)
    assert max(late) <= BACK_OFF_LIMIT_SECONDS
