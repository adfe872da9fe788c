"""Events: what is recorded, what was, and where in its log."""

import datetime
from typing import Any

import msgspec

from rackhouse.platform.context import Context

__all__ = ["START", "Event", "EventPage", "NewEvent", "Position"]


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


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise ValueError(f"{text!r} is not a natural number")
    return int(text)
