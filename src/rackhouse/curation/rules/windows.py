"""Windows: from when until when something is open. Either end may be left out."""

import datetime
from typing import Literal, TypeAlias

import msgspec

__all__ = ["BEFORE", "CLOSED", "OPEN", "Phase", "Turn", "next_moment", "phase_at", "turns_until"]

Phase: TypeAlias = Literal["before", "open", "closed"]
BEFORE: Phase = "before"
OPEN: Phase = "open"
CLOSED: Phase = "closed"

Moment: TypeAlias = datetime.datetime | None


class Turn(msgspec.Struct, frozen=True):
    """That something opened or closed, and since when it is so."""

    opened: bool
    at: datetime.datetime


def phase_at(starts_at: Moment, ends_at: Moment, now: datetime.datetime) -> Phase:
    """Whether something with this window is open: from its first moment until just before its
    last one."""
    if starts_at is not None and now < starts_at:
        return BEFORE
    if ends_at is not None and now >= ends_at:
        return CLOSED
    return OPEN


def turns_until(
    told: Phase, starts_at: Moment, ends_at: Moment, now: datetime.datetime
) -> tuple[Turn, ...]:
    """What is to be told of a window now, after it was told to be ``told``. What opened and closed
    again in between is told as both, each with its moment; what only an edit opened or closed has
    the moment ``now``."""
    phase = phase_at(starts_at, ends_at, now)
    opened = Turn(opened=True, at=_no_later(starts_at, now))
    if told == phase:
        return ()
    if told == OPEN:
        return (Turn(opened=False, at=_no_later(ends_at, now)),)
    if phase == OPEN:
        return (opened,)
    if told == BEFORE and starts_at is not None:
        return (opened, Turn(opened=False, at=_no_later(ends_at, now)))
    return ()


def next_moment(
    starts_at: Moment, ends_at: Moment, now: datetime.datetime
) -> datetime.datetime | None:
    """When the window opens or closes next; None where it never will."""
    coming = [each for each in (starts_at, ends_at) if each is not None and each > now]
    return min(coming, default=None)


def _no_later(moment: Moment, now: datetime.datetime) -> datetime.datetime:
    return now if moment is None or moment > now else moment
