"""Lag: how late an outlet or a channel is told, what is promised, and when a promise is broken."""

import datetime
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rackhouse.outlets.errors import InvalidOutlet

__all__ = [
    "WINDOW_HOURS_LIMIT",
    "Budget",
    "Lag",
    "LagRule",
    "budget_of",
    "is_breach",
    "is_recovery",
    "refuse_unfit_rule",
    "total_lag",
]

WINDOW_HOURS_LIMIT = 720

Measure = Literal["none", "buffer", "pause"]


class LagRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is promised of telling a channel, and what is done when it is told too late."""

    within_seconds: Annotated[
        float, Meta(gt=0, le=86_400, description="Seconds in which a change is to be acknowledged.")
    ] = 5.0
    share: Annotated[
        float,
        Meta(gt=0, lt=1, description="The share of the changes for which that is promised."),
    ] = 0.999
    window_hours: Annotated[
        int, Meta(ge=1, le=WINDOW_HOURS_LIMIT, description="Over how many hours it is counted.")
    ] = 24
    limit_seconds: Annotated[
        float, Meta(gt=0, le=604_800, description="A lag beyond this is a breach.")
    ] = 60.0
    measure: Annotated[
        Measure,
        Meta(
            description="What to do in a breach: nothing, raise the channel's `buffer` on all that "
            "it sells, or `pause` it, which disables it."
        ),
    ] = "none"
    buffer: Annotated[
        int,
        Meta(ge=0, le=1_000_000, description="Pieces that the channel leaves to others meanwhile."),
    ] = 0


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """How far behind something is. ``exact`` is false where the events of the logs were counted,
    whether they are for it or not."""

    events: int
    seconds: float
    exact: bool


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """How well a promise was kept. ``budget_left`` is the share of the late messages that the
    promise allows which is not used up; below 0 the promise is broken."""

    acknowledged: int
    in_time: int
    share_in_time: float
    budget_left: float


def budget_of(*, acknowledged: int, in_time: int, share: float) -> Budget:
    """The error budget of a promise: with a share of 0.999, one message in a thousand may be late.

    After "Site Reliability Engineering", chapter 4 (Beyer and others, 2016).
    """
    if acknowledged == 0:
        return Budget(acknowledged=0, in_time=0, share_in_time=1.0, budget_left=1.0)
    late = acknowledged - in_time
    return Budget(
        acknowledged=acknowledged,
        in_time=in_time,
        share_in_time=in_time / acknowledged,
        budget_left=1.0 - late / (acknowledged * (1.0 - share)),
    )


def total_lag(lags: Iterable[Lag]) -> Lag:
    """The lag of a channel with several outlets: of the one that is furthest behind."""
    found = list(lags)
    return Lag(
        events=max((lag.events for lag in found), default=0),
        seconds=max((lag.seconds for lag in found), default=0.0),
        exact=all(lag.exact for lag in found),
    )


def is_breach(lag: Lag, rule: LagRule, breached_at: datetime.datetime | None) -> bool:
    """Whether a lag that was within its limit is beyond it."""
    return breached_at is None and lag.seconds > rule.limit_seconds


def is_recovery(lag: Lag, rule: LagRule, breached_at: datetime.datetime | None) -> bool:
    """Whether a lag that was beyond its limit is where it is promised to be."""
    return breached_at is not None and lag.seconds <= min(rule.within_seconds, rule.limit_seconds)


def refuse_unfit_rule(rule: LagRule) -> None:
    """Refuse with `InvalidOutlet` a rule whose parts do not go together."""
    if rule.limit_seconds < rule.within_seconds:
        problem = "is less than within_seconds; allow at least what is promised"
        raise InvalidOutlet(field="limit_seconds", problem=problem)
    if rule.measure == "buffer" and rule.buffer == 0:
        raise InvalidOutlet(field="buffer", problem="say how many pieces to keep back")
