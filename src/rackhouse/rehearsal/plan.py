"""The plan of a drop: how many of what, and what each buyer has in mind, all from one seed."""

import random
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["DropPlan", "Intent", "demand_of", "intents_of"]

Ending = Literal["pay", "abandon", "cancel"]
Repeats = Literal["never", "at_once", "afterwards", "impatient"]
Share = Annotated[float, Meta(ge=0, le=1)]


class DropPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A drop to rehearse. Shares are parts of all buyers.

    What is reserved to be paid lasts longer than the drop may: a reservation that nobody knows of
    then shows as a piece that could not be sold, instead of running out unnoticed.
    """

    units: Annotated[int, Meta(ge=1, le=1_000_000)] = 200
    buyers: Annotated[int, Meta(ge=1, le=100_000)] = 2000
    channels: Annotated[int, Meta(ge=1, le=50)] = 4
    seed: int = 1
    prefix: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9-]{0,30}$")] = "DROP"
    name: str = "Rehearsed drop"
    connections: Annotated[int, Meta(ge=1, le=1000)] = 96
    rush_seconds: Annotated[float, Meta(ge=0, le=60)] = 0.5
    thinking_seconds: Annotated[float, Meta(ge=0, le=60)] = 0.2
    abandoned_after_seconds: Annotated[float, Meta(gt=0, le=600)] = 1.5
    reserved_for_seconds: Annotated[float, Meta(gt=0, le=3600)] = 300.0
    limit_seconds: Annotated[float, Meta(gt=0, le=3600)] = 90.0
    by_hold: Share = 0.6
    abandon: Share = 0.15
    cancel: Share = 0.1
    repeat: Share = 0.4


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What one buyer has in mind before the doors open.

    ``repeats`` says how requests are sent twice: two at once, a second after the answer, or
    again after hanging up before the answer.
    """

    buyer: int
    channel: int
    arrives_after_seconds: float
    thinks_for_seconds: float
    hangs_up_after_seconds: float
    by_hold: bool
    ending: Ending
    repeats: Repeats


def intents_of(plan: DropPlan) -> list[Intent]:
    """What every buyer has in mind; the same for the same plan."""
    return [_intent(plan, buyer) for buyer in range(plan.buyers)]


def demand_of(intents: list[Intent]) -> int:
    """How many buyers mean to pay for one piece."""
    return sum(intent.ending == "pay" for intent in intents)


def _intent(plan: DropPlan, buyer: int) -> Intent:
    chance = random.Random(f"{plan.seed}/{buyer}")  # noqa: S311 - a rehearsal, not a secret
    return Intent(
        buyer=buyer,
        channel=chance.randrange(plan.channels),
        arrives_after_seconds=chance.uniform(0, plan.rush_seconds),
        thinks_for_seconds=chance.uniform(0, plan.thinking_seconds),
        hangs_up_after_seconds=chance.uniform(0.001, 0.02),
        by_hold=chance.random() < plan.by_hold,
        ending=_ending(plan, chance.random()),
        repeats=_repeats(plan, chance),
    )


def _ending(plan: DropPlan, drawn: float) -> Ending:
    if drawn < plan.abandon:
        return "abandon"
    return "cancel" if drawn < plan.abandon + plan.cancel else "pay"


def _repeats(plan: DropPlan, chance: random.Random) -> Repeats:
    if chance.random() >= plan.repeat:
        return "never"
    return chance.choice(("at_once", "afterwards", "impatient"))
