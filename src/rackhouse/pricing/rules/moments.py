"""Spans of time: from a moment on, up to another without it; None is no bound."""

import datetime
from typing import Protocol

__all__ = ["Dated", "OnRecord", "in_force", "known", "overlapping"]

Moment = datetime.datetime | None


class Dated(Protocol):
    """What counts within a span of time."""

    @property
    def starts_at(self) -> Moment: ...

    @property
    def ends_at(self) -> Moment: ...


class OnRecord(Protocol):
    """What was on record within a span of time."""

    @property
    def recorded_at(self) -> datetime.datetime: ...

    @property
    def closed_at(self) -> Moment: ...


def in_force(each: Dated, at: datetime.datetime) -> bool:
    """Whether something counts at a moment."""
    begun = each.starts_at is None or each.starts_at <= at
    return begun and (each.ends_at is None or at < each.ends_at)


def known(each: OnRecord, at: datetime.datetime) -> bool:
    """Whether something was on record at a moment."""
    return each.recorded_at <= at and (each.closed_at is None or at < each.closed_at)


def overlapping(one: Dated, other: Dated) -> bool:
    """Whether two things count at any moment together."""
    return _before(one.starts_at, other.ends_at) and _before(other.starts_at, one.ends_at)


def _before(starts_at: Moment, ends_at: Moment) -> bool:
    return starts_at is None or ends_at is None or starts_at < ends_at
