"""The shapes of all messages: what transports encode, and what the documents of them describe."""

import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rackhouse.inventory import LEVELS, Levels
from rackhouse.platform.http import Command

__all__ = [
    "RECEIVED",
    "SENT",
    "Authenticate",
    "Authenticated",
    "ChangeShape",
    "Closed",
    "Error",
    "Heartbeat",
    "Live",
    "Result",
    "Snapshot",
    "StockRow",
    "Subscribe",
    "figures_of",
]

Cursor = Annotated[str, Meta(description="Where you are after this message; hand it back.")]
Figure = Annotated[int, Meta(description="Pieces after this event.")]
Rare = Annotated[int, Meta(description="Pieces; left out where there are none.")] | UnsetType
Sequence = Annotated[int, Meta(ge=1, description="Of this event in its stream.")]
Stream = Annotated[str, Meta(description="What it happened to, such as `<sku>@<location>`.")]


class Authenticate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="authenticate"):
    """Who you are, where the handshake could not say it."""

    token: str


class Subscribe(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="subscribe"
):
    """What you want to hear of, and from where on."""

    filter: dict[str, str | list[str]] = {}
    cursor: str | None = None
    snapshot: bool = True


class Authenticated(msgspec.Struct, frozen=True, tag="authenticated"):
    """The token is accepted."""


class StockRow(msgspec.Struct, frozen=True, kw_only=True):
    """Stock as it is, with the sequence number up to which it is told."""

    stream: Stream
    sequence: Sequence
    sku: str
    location: str
    on_hand: Figure
    held: Figure
    committed: Figure
    available: Figure
    unavailable: Rare = UNSET
    allotted: Rare = UNSET
    safety: Rare = UNSET
    frozen: Rare = UNSET


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """Some of the stock that was asked for."""

    stock: list[StockRow]


class Live(msgspec.Struct, frozen=True, kw_only=True, tag="live"):
    """You have caught up; from here on you hear of changes as they are committed."""

    cursor: Cursor | UnsetType = UNSET


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, tag="heartbeat"):
    """Nothing happened that you asked for, up to the cursor."""

    cursor: Cursor | UnsetType = UNSET


class Closed(msgspec.Struct, frozen=True, kw_only=True, tag="closed"):
    """The last message: why the stream ends, and where to go on."""

    reason: str
    detail: str
    cursor: Cursor | UnsetType = UNSET


class Error(msgspec.Struct, frozen=True, tag="error"):
    """What you sent can not be served."""

    problem: Annotated[dict[str, Any], Meta(description="A problem document (RFC 9457).")]


class Result(msgspec.Struct, frozen=True, kw_only=True, tag="result"):
    """What a command was answered, with the status and body that it has over HTTP."""

    id: str
    status: int
    body: msgspec.Raw
    replayed: Annotated[bool, Meta(description="This was answered before.")] | UnsetType = UNSET


class ChangeShape(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened. Where it changed stock, the figures are those after it."""

    type: Annotated[str, Meta(description="The type of the event.")]
    stream: Stream
    sequence: Sequence
    sku: str | UnsetType = UNSET
    location: str | UnsetType = UNSET
    on_hand: Figure | UnsetType = UNSET
    held: Figure | UnsetType = UNSET
    committed: Figure | UnsetType = UNSET
    available: Figure | UnsetType = UNSET
    unavailable: Rare = UNSET
    allotted: Rare = UNSET
    safety: Rare = UNSET
    frozen: Rare = UNSET
    data: Annotated[dict[str, Any], Meta(description="The event's own fields.")]
    channel: Annotated[str | None, Meta(description="Through which it happened.")]
    recorded_at: Annotated[datetime.datetime, Meta(description="When it was decided.")]
    cursor: Cursor | UnsetType = UNSET


SENT = (Snapshot, Live, ChangeShape, Heartbeat, Result, Error, Authenticated, Closed)
"""What the service sends, whatever the transport."""

RECEIVED = (Authenticate, Subscribe, Command)
"""What clients send."""


def figures_of(levels: Levels) -> dict[str, int]:
    """The figures of a stock, those that most stock has none of only where there are any."""
    figures = {"on_hand": levels.on_hand, "held": levels.held, "committed": levels.committed}
    figures["available"] = levels.available
    for name in LEVELS[3:]:
        if more := getattr(levels, name):
            figures[name] = more
    return figures
