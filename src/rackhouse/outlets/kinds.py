"""Kinds of outlets: how messages leave the house. A kind only sends; when, in which order and how
often is decided here, for every kind alike."""

import datetime
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec

from rackhouse.feeds import Filter
from rackhouse.platform.context import Context

__all__ = ["Gone", "Kind", "Message", "NotTaken", "Outlet", "Rejected", "Send", "State"]

State = Literal["running", "paused", "disabled"]

SIGNALS = frozenset({"live", "heartbeat"})


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of one event, or a page of a snapshot, or a signal (``type`` is then
    ``snapshot``, ``live`` or ``heartbeat``, without ``log``, ``stream`` and ``sequence``).

    ``id`` is the same at each attempt, for ever. ``body`` is the JSON object that followers of a
    stream get. ``superseded`` says how many older levels of this stock were left out because the
    outlet had fallen behind.
    """

    id: str
    type: str
    log: str | None
    stream: str | None
    sequence: int | None
    recorded_at: datetime.datetime
    cursor: str | None
    body: bytes
    superseded: int = 0

    @property
    def is_signal(self) -> bool:
        """Whether it says only how far the outlet is. It is never counted, and never a dead letter:
        the next one says more."""
        return self.log is None and self.type in SIGNALS

    def members(self) -> dict[str, Any]:
        """The members of the body."""
        members: dict[str, Any] = msgspec.json.decode(self.body)
        return members


class Outlet(msgspec.Struct, frozen=True, kw_only=True):
    """A durable follower. ``channel`` narrows it to what that channel may hear.

    ``snapshot`` lets it begin with the stock as it is, ``conflate_after`` leaves superseded levels
    out once so many messages wait. With ``signals`` it is told when it has caught up and, now and
    then, that nothing happened. ``failures`` is how many attempts have failed in a row;
    ``cursor`` is the place after which the messages come that are sent.
    """

    id: str
    kind: str
    name: str
    channel: str | None
    filter: Filter
    hears_orders: bool
    snapshot: bool
    conflate_after: int | None
    signals: bool
    state: State
    reason: str
    opened_at: datetime.datetime
    version: int
    failures: int = 0
    cursor: str | None = None


Send = Callable[[Context, Outlet, Sequence[Message]], Awaitable[int]]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of outlets, named in the manifest of its module (``outlet_kinds``).

    ``send`` is given messages in order, ``batch_limit`` at most, and says how many of them, from
    the front, were taken. It raises `NotTaken`, `Rejected` or `Gone` where it can not go on, and
    is cancelled after ``send_seconds``, when all of them are sent anew. Only one ``send`` of an
    outlet runs at a time, in all processes. It acts with ``permissions``.
    """

    name: str
    send: Send
    batch_limit: int
    send_seconds: float
    permissions: frozenset[str] = frozenset()


class NotTaken(Exception):
    """The target does not take the message at present; it is tried again.

    ``taken`` messages of the batch were taken before it.
    """

    def __init__(
        self, problem: str, *, taken: int = 0, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.taken = taken
        self.retry_after_seconds = retry_after_seconds


class Rejected(Exception):
    """The target can never take the message at the place ``taken`` of the batch: it becomes a dead
    letter, and those after it are sent."""

    def __init__(self, problem: str, *, taken: int = 0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.taken = taken


class Gone(Exception):
    """The target is gone for good: the outlet is disabled.

    ``taken`` messages of the batch were taken before that.
    """

    def __init__(self, problem: str, *, taken: int = 0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.taken = taken
