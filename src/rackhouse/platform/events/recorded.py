"""Events: what is recorded, what was, and where in its log."""

import datetime
from typing import Any, NamedTuple, TypeAlias

import msgspec

from rackhouse.platform.context import Context
from rackhouse.platform.events.chain import chained, recorded_text

__all__ = [
    "START",
    "Event",
    "EventPage",
    "Growth",
    "Link",
    "LinkRow",
    "NewEvent",
    "Position",
    "hashed_time",
]


class Position(msgspec.Struct, frozen=True, order=True):
    """A place in one log. Compares as the log is read."""

    transaction_id: int
    position: int

    def __str__(self) -> str:
        return f"{self.transaction_id}-{self.position}"

    @staticmethod
    def parse(text: str) -> "Position":
        """Read what ``str`` wrote; raises ValueError for anything else."""
        transaction_id, _, position = text.partition("-")
        return Position(_natural(transaction_id), _natural(position))


START = Position(0, 0)


class NewEvent(msgspec.Struct, frozen=True):
    """A fact about to be recorded. ``data`` is a struct whose class name is the event's type;
    ``after``, if given, is the state that it leads to, recorded beside the facts."""

    stream: str
    version: int
    data: msgspec.Struct
    context: Context
    channel: str | None = None
    after: msgspec.Struct | None = None


class Event(msgspec.Struct, frozen=True):
    """A recorded fact. ``data`` is the JSON text of its particulars."""

    position: Position
    stream: str
    version: int
    type: str
    data: str
    actor: str
    channel: str | None
    correlation_id: str
    recorded_at: datetime.datetime
    hash: bytes

    def facts(self) -> dict[str, Any]:
        """The particulars."""
        facts: dict[str, Any] = msgspec.json.decode(self.data)
        return facts


class EventPage(msgspec.Struct, frozen=True):
    """Some events in order, and whether committed ones may follow at once."""

    events: list[Event]
    unsettled: bool


class Link(NamedTuple):
    """An event as its chain sees it: where it is, its hash, and what the hash covers beside the
    hash before it; the time as PostgreSQL writes it, because that is quickest to read."""

    transaction_id: int
    position: int
    hash: bytes
    recorded_at: str
    stream: str
    version: int
    type: str
    data: str
    actor: str
    channel: str | None
    correlation_id: str

    @property
    def place(self) -> Position:
        """Where it is in its log."""
        return Position(self.transaction_id, self.position)

    def after(self, previous: bytes) -> bytes:
        """The hash that it should have when the event before it has the hash ``previous``."""
        return chained(previous, (*self[4:], hashed_time(self.recorded_at)))


LinkRow: TypeAlias = tuple[int, int, bytes, str, str, int, str, str, str, str | None, str]
"""A `Link` without its names."""


def hashed_time(recorded_at: str) -> str:
    """A time as PostgreSQL writes it as it is hashed."""
    return recorded_text(datetime.datetime.fromisoformat(recorded_at))


class Growth(NamedTuple):
    """What an event added to the chain of its stream, and where."""

    transaction_id: int
    position: int
    stream: str
    version: int
    hash: bytes

    @property
    def place(self) -> Position:
        """Where it is in its log."""
        return Position(self.transaction_id, self.position)


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise ValueError(f"{text!r} is not a natural number")
    return int(text)
