"""How far an outlet is, as it is kept."""

import datetime

import msgspec

from rackhouse.outlets.rules import Breaker, Trouble

__all__ = ["Progress", "Told"]


class Progress(msgspec.Struct, frozen=True):
    """How far an outlet is, and as of when. ``epoch`` grows with each worker that takes it, and
    whenever it is moved: who has an old one may no longer write. ``live``, ``waiting`` and
    ``oldest_at`` are what its worker told of it at ``told_at``."""

    outlet_id: str
    epoch: int
    cursor: str | None
    sent_cursor: str | None
    sent_at: datetime.datetime | None
    acknowledged_at: datetime.datetime | None
    failures: int
    failing_since: datetime.datetime | None
    retry_at: datetime.datetime | None
    breaker: Breaker
    problem: str
    live: bool
    waiting: int
    oldest_at: datetime.datetime | None
    told_at: datetime.datetime | None
    as_of: datetime.datetime

    def trouble(self) -> Trouble:
        """What troubles it."""
        return Trouble(
            failures=self.failures,
            failing_since=self.failing_since,
            retry_at=self.retry_at,
            breaker=self.breaker,
            problem=self.problem,
        )


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker tells of an outlet that it has: whether it has caught up, how many messages
    wait to be acknowledged, and when the oldest of them was recorded."""

    outlet_id: str
    epoch: int
    live: bool
    waiting: int
    oldest_at: datetime.datetime | None
