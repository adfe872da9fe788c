"""Parcels: what goes to a broker for a message, whichever broker that is."""

import datetime
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import msgspec

from rackhouse.feeds import LOGS, position_in
from rackhouse.outlets import Message, event_attributes
from rackhouse.platform.events import START, Position

__all__ = ["PLACES", "Parcel", "header_text", "parcels_of", "subject_of"]

SNAPSHOT = "snapshot"
PLACES = (*LOGS, SNAPSHOT)
"""Where parcels come from: the logs, or a snapshot."""

_PLAIN = "~"


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way to a broker, from one of ``PLACES``. ``subject`` says what it is about,
    in parts with dots between them; all that have the same ``key`` stay in order. ``attributes`` go
    as headers."""

    id: str
    place: str
    subject: str
    key: str
    attributes: Mapping[str, str]
    body: bytes


def parcels_of(
    batch: Sequence[Message], *, after: str | None, source: str, name: str
) -> list[Parcel]:
    """The parcels of messages that come after a cursor. Each says by its attributes ``position``
    and ``after`` where it is in its log, and after what: who has heard up to there missed none."""
    parcels = []
    for message in batch:
        parcels.append(_parcel(message, after=after, source=source, name=name))
        after = message.cursor or after
    return parcels


def subject_of(log: str | None, stream: str | None) -> str:
    """The subject for a stream of a log.

    ``stock.<sku>.<location>`` follows the log for stock, ``<kind>.<name>`` for ``kind:name``. What
    is not a letter, digit, ``-``, ``_`` or ``~`` is percent-encoded, so that dots only part.
    """
    if log is None or stream is None:
        return SNAPSHOT
    first, at, location = stream.rpartition("@")
    kind, colon, rest = stream.partition(":")
    parts = ["stock", first, location] if at else [kind, rest] if colon else [stream]
    return ".".join([log, *(_part(each) for each in parts)])


def header_text(value: str) -> str:
    """A value as the text of a header: what is not printable ASCII, a space, ``"`` and ``%`` are
    percent-encoded (CloudEvents' HTTP binding 1.0.2, section 3.1.3.2, which NATS' follows)."""
    return re.sub(r"[^\x21\x23\x24\x26-\x7e]", lambda found: quote(found[0]), value)


def _parcel(message: Message, *, after: str | None, source: str, name: str) -> Parcel:
    attributes = {key: _text(each) for key, each in event_attributes(message, source).items()}
    if message.log is not None and message.cursor is not None:
        attributes["position"] = str(_place(message.cursor, message.log))
        attributes["after"] = str(_place(after, message.log))
    return Parcel(
        id=message.id,
        place=message.log or SNAPSHOT,
        subject=f"{name}.{subject_of(message.log, message.stream)}",
        key=message.stream or SNAPSHOT,
        attributes=attributes,
        body=message.body,
    )


def _place(cursor: str | None, log: str) -> Position:
    return (position_in(cursor=cursor, log=log) if cursor else None) or START


def _text(value: str | datetime.datetime) -> str:
    return value if isinstance(value, str) else value.isoformat().replace("+00:00", "Z")


def _part(text: str) -> str:
    return quote(text, safe=_PLAIN).replace(".", "%2E") or "%00"
