"""Messages: what goes over the wire, encoded once for everyone who hears it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.feeds.shapes import (
    Authenticated,
    ChangeShape,
    Closed,
    Error,
    Heartbeat,
    Live,
    Result,
    Snapshot,
    StockRow,
    figures_of,
)
from rackhouse.feeds.subjects import Subject, subject_of
from rackhouse.inventory import LEVELS, Levels, Stock, levels_of
from rackhouse.platform.errors import Refusal
from rackhouse.platform.events import Event
from rackhouse.platform.http import CommandAnswer, problem

__all__ = [
    "Change",
    "Message",
    "closed",
    "error",
    "heartbeat",
    "live",
    "result",
    "signed_in",
    "snapshot",
    "text_frame",
]

SHORT_FRAME_LIMIT = 125
MEDIUM_FRAME_LIMIT = 65_535
FINAL_TEXT = 0x81
LENGTH_IN_TWO_BYTES = 126
LENGTH_IN_EIGHT_BYTES = 127
NOTHING = b"null"


class Change:
    """A recorded event with what it is about, and its JSON without the cursor."""

    __slots__ = ("_head", "_shape", "about", "event", "log", "packed")

    def __init__(self, log: str, event: Event) -> None:
        self.log = log
        self.event = event
        self.about: Subject = subject_of(log, event)
        self.packed: bytes | None = None
        self._head: bytes | None = None
        self._shape: ChangeShape | None = None

    @property
    def head(self) -> bytes:
        """The JSON text up to where the cursor follows."""
        if self._head is None:
            self._head = msgspec.json.encode(self.shape)[:-1]
        return self._head

    @property
    def shape(self) -> ChangeShape:
        """What is told of it, without the cursor."""
        if self._shape is None:
            self._shape = self._told()
        return self._shape

    def _told(self) -> ChangeShape:
        event, facts = self.event, self.event.facts()
        of_stock: dict[str, Any] = {}
        if self.about.kind == "stock":
            levels = Levels(**{name: facts.pop(name, 0) for name in LEVELS})
            of_stock = {"sku": self.about.skus[0], "location": self.about.locations[0]}
            of_stock.update(figures_of(levels))
        return ChangeShape(
            type=event.type,
            stream=event.stream,
            sequence=event.version,
            data=facts,
            channel=event.channel,
            recorded_at=event.recorded_at,
            **of_stock,
        )


Control = Authenticated | Closed | Error | Heartbeat | Live | Snapshot


class Message:
    """One message to clients. ``name`` is its event name over SSE, where it has one; ``cursor``
    is the place that a client has reached with it; ``shape`` is what it says, but for the
    cursor; ``packed`` is it in another encoding, kept by whoever encoded it."""

    __slots__ = ("_chunk", "_frame", "_sse", "_text", "change", "cursor", "name", "packed", "shape")

    def __init__(
        self,
        shape: Control | ChangeShape,
        *,
        cursor: str | None,
        name: str = "",
        change: Change | None = None,
    ) -> None:
        self.shape = shape
        self.cursor = cursor
        self.name = name
        self.change = change
        self.packed: bytes | None = None
        self._sse: bytes | None = None
        self._chunk: bytes | None = None
        self._text: bytes | None = None
        self._frame: bytes | None = None

    @staticmethod
    def of(change: Change, cursor: str) -> "Message":
        """The message that tells of a change."""
        return Message(change.shape, cursor=cursor, change=change)

    @property
    def sse(self) -> bytes:
        """As an event of an event stream (WHATWG HTML, section 9.2)."""
        if self._sse is None:
            name = b"event: %b\n" % self.name.encode() if self.name else b""
            place = b"id: %b\n" % self.cursor.encode() if self.cursor is not None else b""
            self._sse = b"%b%bdata: %b\n\n" % (name, place, self.json)
        return self._sse

    @property
    def chunk(self) -> bytes:
        """As a chunk of an answer that is an event stream (RFC 9112, section 7.1)."""
        if self._chunk is None:
            self._chunk = b"%x\r\n%b\r\n" % (len(self.sse), self.sse)
        return self._chunk

    @property
    def frame(self) -> bytes:
        """As a WebSocket frame of the server's (RFC 6455, section 5.2): final, text, unmasked."""
        if self._frame is None:
            self._frame = text_frame(self.json)
        return self._frame

    @property
    def json(self) -> bytes:
        """As JSON text."""
        if self._text is None:
            head = self.change.head if self.change else msgspec.json.encode(self.shape)[:-1]
            if self.cursor is None:
                self._text = head + b"}"
            else:
                self._text = b'%b,"cursor":"%b"}' % (head, self.cursor.encode())
        return self._text


def text_frame(text: bytes) -> bytes:
    """A text as a WebSocket frame of the server's (RFC 6455, section 5.2): final and unmasked."""
    size = len(text)
    if size <= SHORT_FRAME_LIMIT:
        return bytes((FINAL_TEXT, size)) + text
    if size <= MEDIUM_FRAME_LIMIT:
        return bytes((FINAL_TEXT, LENGTH_IN_TWO_BYTES)) + size.to_bytes(2, "big") + text
    return bytes((FINAL_TEXT, LENGTH_IN_EIGHT_BYTES)) + size.to_bytes(8, "big") + text


def snapshot(rows: Sequence[Stock]) -> Message:
    """Stock as it is, each row with the sequence number up to which it is told."""
    stock = [
        StockRow(
            stream=f"{row.sku}@{row.location}",
            sequence=row.version,
            sku=row.sku,
            location=row.location,
            **figures_of(levels_of(row)),
        )
        for row in rows
    ]
    return Message(Snapshot(stock), cursor=None, name="snapshot")


def live(cursor: str) -> Message:
    """From here on the client hears of changes as they are committed."""
    return Message(Live(), cursor=cursor, name="live")


def heartbeat(cursor: str | None) -> Message:
    """Nothing happened that the client asked for, up to the cursor."""
    return Message(Heartbeat(), cursor=cursor, name="heartbeat")


def closed(reason: str, detail: str, cursor: str | None) -> Message:
    """The last message: why the stream ends, and where to go on."""
    return Message(Closed(reason=reason, detail=detail), cursor=cursor, name="closed")


def error(refusal: Refusal) -> Message:
    """A refusal, with the members of its problem document under ``problem``."""
    return Message(Error(problem(refusal)), cursor=None, name="error")


def signed_in() -> Message:
    """The token that a WebSocket client sent is accepted."""
    return Message(Authenticated(), cursor=None, name="authenticated")


def result(command_id: str, answer: CommandAnswer) -> bytes:
    """What a command was answered, as JSON text."""
    body = msgspec.Raw(answer.body or NOTHING)
    if answer.replayed:
        return msgspec.json.encode(
            Result(id=command_id, status=answer.status, body=body, replayed=True)
        )
    return msgspec.json.encode(Result(id=command_id, status=answer.status, body=body))
