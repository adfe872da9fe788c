"""Packing: messages as protobuf, each encoded once for everyone who hears it.

A change is packed without its cursor, which differs from process to process and follows it; and
changes that wait together go together. Both are joined as bytes, which is how protobuf writes a
message: one field after the other.
"""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from rackhouse.feeds.messages import Message
from rackhouse.feeds.rpc import rackhouse_pb2 as pb
from rackhouse.feeds.shapes import (
    Authenticate,
    Authenticated,
    ChangeShape,
    Closed,
    Error,
    Heartbeat,
    Live,
    Snapshot,
    Subscribe,
)
from rackhouse.platform.http import Command, CommandAnswer

__all__ = ["Heard", "packed_messages", "packed_result", "packed_results", "unpacked"]

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
SECONDS_OF_A_DAY = 86_400
NANOS_OF_A_MICROSECOND = 1_000
DELIMITED = 2
VARINT_BITS = 7

Heard = Authenticate | Subscribe | Command


def packed_messages(messages: Sequence[Message]) -> Iterator[bytes]:
    """Messages as `SyncMessage`s, fewer than there are where changes follow each other."""
    changes: list[bytes] = []
    for message in messages:
        if isinstance(message.shape, ChangeShape):
            changes.append(_piece(message, message.shape))
            continue
        if changes:
            yield _joined(_CHANGES, changes)
            changes = []
        if message.packed is None:
            message.packed = _control(message).SerializeToString()
        yield message.packed
    if changes:
        yield _joined(_CHANGES, changes)


def packed_result(command_id: str, answer: CommandAnswer) -> bytes:
    """What a command was answered, to be sent with others by `packed_results`."""
    result = pb.Result(id=command_id, status=answer.status, body=answer.body or b"null")
    if answer.replayed:
        result.replayed = True
    return _delimited(_RESULT_OF_RESULTS, result.SerializeToString())


def packed_results(results: Sequence[bytes]) -> bytes:
    """Results as one `SyncMessage`."""
    return _joined(_RESULTS, results)


def unpacked(request: Any) -> list[Heard]:
    """What a `SyncRequest` says, in the order in which it is to be done."""
    heard: list[Heard] = []
    if request.HasField("authenticate"):
        heard.append(Authenticate(request.authenticate.token))
    if request.HasField("subscribe"):
        heard.append(_subscribe(request.subscribe))
    heard += [
        Command(
            id=each.id,
            name=each.name,
            path=dict(each.path),
            key=each.key if each.HasField("key") else None,
            body=msgspec.Raw(each.body),
        )
        for each in request.commands
    ]
    return heard


def _subscribe(asked: Any) -> Subscribe:
    return Subscribe(
        filter={field.name: list(values) for field, values in asked.filter.ListFields()},
        cursor=asked.cursor if asked.HasField("cursor") else None,
        snapshot=asked.snapshot if asked.HasField("snapshot") else True,
    )


def _piece(message: Message, shape: ChangeShape) -> bytes:
    if message.packed is None:
        assert message.change is not None and message.cursor is not None
        if message.change.packed is None:
            message.change.packed = _change(shape).SerializeToString()
        cursor = _delimited(_CURSOR, message.cursor.encode())
        message.packed = _delimited(_CHANGE_OF_CHANGES, message.change.packed + cursor)
    return message.packed


def _change(shape: ChangeShape) -> Any:
    since = shape.recorded_at - EPOCH
    change = pb.Change(
        data=msgspec.json.encode(shape.data),
        channel=shape.channel,
        **{name: value for name in _PLAIN if (value := getattr(shape, name)) is not UNSET},
    )
    change.recorded_at.seconds = since.days * SECONDS_OF_A_DAY + since.seconds
    change.recorded_at.nanos = since.microseconds * NANOS_OF_A_MICROSECOND
    return change


def _control(message: Message) -> Any:
    shape, cursor = message.shape, message.cursor
    match shape:
        case Snapshot():
            stock = [
                pb.StockRow(**{name: value for name, value in _fields(row) if value is not UNSET})
                for row in shape.stock
            ]
            return pb.SyncMessage(snapshot=pb.Snapshot(stock=stock))
        case Live():
            return pb.SyncMessage(live=pb.Live(cursor=cursor))
        case Heartbeat():
            return pb.SyncMessage(heartbeat=pb.Heartbeat(cursor=cursor))
        case Error():
            return pb.SyncMessage(error=pb.Error(problem=msgspec.json.encode(shape.problem)))
        case Authenticated():
            return pb.SyncMessage(authenticated=pb.Authenticated())
        case Closed():
            closed = pb.Closed(reason=shape.reason, detail=shape.detail, cursor=cursor)
            return pb.SyncMessage(closed=closed)
    raise AssertionError(f"{type(shape).__name__} has no place in SyncMessage")


def _fields(shape: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    return ((name, getattr(shape, name)) for name in shape.__struct_fields__)


def _joined(tag: bytes, pieces: Sequence[bytes]) -> bytes:
    return _delimited(tag, pieces[0] if len(pieces) == 1 else b"".join(pieces))


def _delimited(tag: bytes, value: bytes) -> bytes:
    return tag + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    """A number as protobuf writes it: seven bits a byte, the lowest first."""
    if number < 1 << VARINT_BITS:
        return bytes((number,))
    written = bytearray()
    while number >= 1 << VARINT_BITS:
        written.append(number & 0x7F | 0x80)
        number >>= VARINT_BITS
    written.append(number)
    return bytes(written)


def _tag(message: Any, field: str) -> bytes:
    return _varint(message.DESCRIPTOR.fields_by_name[field].number << 3 | DELIMITED)


_PLAIN = [
    name
    for name in ChangeShape.__struct_fields__
    if name not in ("data", "channel", "recorded_at", "cursor")
]
_CHANGES = _tag(pb.SyncMessage, "changes")
_RESULTS = _tag(pb.SyncMessage, "results")
_CHANGE_OF_CHANGES = _tag(pb.Changes, "changes")
_RESULT_OF_RESULTS = _tag(pb.Results, "results")
_CURSOR = _tag(pb.Change, "cursor")
