"""Messages: what goes over the wire, encoded once for everyone who hears it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.feeds.subjects import Subject, subject_of
from rackhouse.inventory import LEVELS, Levels, Stock, levels_of
from rackhouse.platform.errors import Refusal
from rackhouse.platform.events import Event
from rackhouse.platform.http import problem

__all__ = ["Change", "Message", "closed", "error", "heartbeat", "live", "signed_in", "snapshot"]


class Change:
    """A recorded event with what it is about, and its JSON without the cursor."""

    __slots__ = ("_head", "about", "event", "log")

    def __init__(self, log: str, event: Event) -> None:
        self.log = log
        self.event = event
        self.about: Subject = subject_of(log, event)
        self._head: bytes | None = None

    @property
    def head(self) -> bytes:
        """The JSON text up to where the cursor follows."""
        if self._head is None:
            self._head = msgspec.json.encode(self._told())[:-1]
        return self._head

    def _told(self) -> dict[str, Any]:
        event, facts = self.event, self.event.facts()
        told: dict[str, Any] = {
            "type": event.type,
            "stream": event.stream,
            "sequence": event.version,
        }
        if self.about.kind == "stock":
            levels = Levels(**{name: facts.pop(name, 0) for name in LEVELS})
            told["sku"], told["location"] = self.about.skus[0], self.about.locations[0]
            told.update(_figures(levels))
        told.update(data=facts, channel=event.channel, recorded_at=event.recorded_at)
        return told


class Message:
    """One message to clients. ``name`` is its event name over SSE, where it has one; ``cursor``
    is the place that a client has reached with it."""

    __slots__ = ("_sse", "_text", "change", "cursor", "head", "name")

    def __init__(
        self, head: bytes, *, cursor: str | None, name: str = "", change: Change | None = None
    ) -> None:
        self.head = head
        self.cursor = cursor
        self.name = name
        self.change = change
        self._sse: bytes | None = None
        self._text: str | None = None

    @staticmethod
    def of(change: Change, cursor: str) -> "Message":
        """The message that tells of a change."""
        return Message(change.head, cursor=cursor, change=change)

    @property
    def sse(self) -> bytes:
        """As an event of an event stream (WHATWG HTML, section 9.2)."""
        if self._sse is None:
            name = b"event: %b\n" % self.name.encode() if self.name else b""
            place = b"id: %b\n" % self.cursor.encode() if self.cursor is not None else b""
            self._sse = b"%b%bdata: %b\n\n" % (name, place, self.json)
        return self._sse

    @property
    def text(self) -> str:
        """As the text of a WebSocket message."""
        if self._text is None:
            self._text = self.json.decode()
        return self._text

    @property
    def json(self) -> bytes:
        """As JSON text."""
        if self.cursor is None:
            return self.head + b"}"
        return b'%b,"cursor":"%b"}' % (self.head, self.cursor.encode())


def snapshot(rows: Sequence[Stock]) -> Message:
    """Stock as it is, each row with the sequence number up to which it is told."""
    stock = [
        {
            "stream": f"{row.sku}@{row.location}",
            "sequence": row.version,
            "sku": row.sku,
            "location": row.location,
            **_figures(levels_of(row)),
        }
        for row in rows
    ]
    return _control("snapshot", None, stock=stock)


def live(cursor: str) -> Message:
    """From here on the client hears of changes as they are committed."""
    return _control("live", cursor)


def heartbeat(cursor: str | None) -> Message:
    """Nothing happened that the client asked for, up to the cursor."""
    return _control("heartbeat", cursor)


def closed(reason: str, detail: str, cursor: str | None) -> Message:
    """The last message: why the stream ends, and where to go on."""
    return _control("closed", cursor, reason=reason, detail=detail)


def error(refusal: Refusal) -> Message:
    """A refusal, with the members of its problem document under ``problem``."""
    return _control("error", None, problem=problem(refusal))


def signed_in() -> Message:
    """The token that a WebSocket client sent is accepted."""
    return _control("authenticated", None)


def _figures(levels: Levels) -> dict[str, int]:
    """The figures of a stock, those that most stock has none of only where there are any."""
    figures = {"on_hand": levels.on_hand, "held": levels.held, "committed": levels.committed}
    figures["available"] = levels.available
    for name in LEVELS[3:]:
        if more := getattr(levels, name):
            figures[name] = more
    return figures


def _control(name: str, cursor: str | None, **members: Any) -> Message:
    head = msgspec.json.encode({"type": name, **members})[:-1]
    return Message(head, cursor=cursor, name=name)
