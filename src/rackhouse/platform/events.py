"""The event log: one a module, written in the transaction that changes the state.

A log is the table ``<schema>.event``. Its readers order by (transaction, position) and read only
below the oldest transaction that is still open, so that what commits late is never skipped.
"""

import datetime
from collections.abc import Sequence
from typing import Any, LiteralString

import msgspec

from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction

__all__ = ["START", "Event", "EventLog", "EventPage", "NewEvent", "Position"]

PAGE_LIMIT = 1000

_APPEND: LiteralString = """
    with appended as (
        insert into {schema}.event
            (stream, version, type, data, actor, channel, correlation_id, recorded_at)
        select stream, version, type, data, actor, channel, correlation_id, recorded_at
        from jsonb_to_recordset(%(events)s::jsonb) as new (
            stream text, version bigint, type text, data jsonb, actor text, channel text,
            correlation_id text, recorded_at timestamptz))
    select pg_notify('rackhouse_{schema}', '')
"""
_COLUMNS: LiteralString = """
    transaction_id::text::bigint, position, stream, version, type, data::text, actor, channel,
    correlation_id, recorded_at
"""
_READ: LiteralString = (
    "select"
    + _COLUMNS
    + """
    from {schema}.event
    where (transaction_id, position) > (%(transaction_id)s::text::xid8, %(position)s::bigint)
      and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    order by event.transaction_id, event.position
    limit %(limit)s
"""
)
_READ_STREAMS: LiteralString = (
    "select"
    + _COLUMNS
    + """
    from unnest(%(streams)s::text[]) as asked (name)
    cross join lateral (
        select * from {schema}.event
        where stream = asked.name
          and (recorded_at, position) < (
              coalesce(%(recorded_before)s::timestamptz, 'infinity'),
              coalesce(%(position_before)s::bigint, 9223372036854775807))
        order by version desc
        limit %(limit)s) as newest
    order by recorded_at desc, position desc
    limit %(limit)s
"""
)
_HORIZON: LiteralString = """
    select
        coalesce((
            select transaction_id::text::bigint from {schema}.event
            where transaction_id < pg_snapshot_xmin(pg_current_snapshot())
            order by event.transaction_id desc, event.position desc limit 1), 0),
        coalesce((
            select position from {schema}.event
            where transaction_id < pg_snapshot_xmin(pg_current_snapshot())
            order by event.transaction_id desc, event.position desc limit 1), 0)
"""
_UNSETTLED: LiteralString = """
    select exists (
        select from {schema}.event where transaction_id >= pg_snapshot_xmin(pg_current_snapshot()))
"""


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

    def facts(self) -> dict[str, Any]:
        """The particulars."""
        facts: dict[str, Any] = msgspec.json.decode(self.data)
        return facts


class EventPage(msgspec.Struct, frozen=True):
    """Some events in order, and whether committed ones may follow at once."""

    events: list[Event]
    unsettled: bool


class EventLog:
    """The log of one module, in that module's schema."""

    def __init__(self, schema: LiteralString) -> None:
        self.schema: LiteralString = schema
        self.channel = f"rackhouse_{schema}"
        self._append = _APPEND.replace("{schema}", schema)
        self._read = _READ.replace("{schema}", schema)
        self._read_streams = _READ_STREAMS.replace("{schema}", schema)
        self._horizon = _HORIZON.replace("{schema}", schema)
        self._unsettled = _UNSETTLED.replace("{schema}", schema)

    def statements(self) -> list[str]:
        """Every statement that this log sends."""
        return [
            self._append,
            self._read,
            self._read_streams,
            self._horizon,
            self._unsettled,
        ]

    async def append(
        self, tx: Transaction, events: Sequence[NewEvent], recorded_at: datetime.datetime
    ) -> None:
        """Record events and wake the readers when the transaction commits.

        A version that its stream has already is a unique violation: somebody else was first.
        """
        if not events:
            return
        rows = [
            {
                "stream": event.stream,
                "version": event.version,
                "type": type(event.data).__name__,
                "data": _with_after(event),
                "actor": event.context.caller.subject,
                "channel": event.channel or event.context.caller.channel,
                "correlation_id": event.context.correlation_id,
                "recorded_at": recorded_at,
            }
            for event in events
        ]
        await tx.run(self._append, {"events": msgspec.json.encode(rows).decode()})

    async def read(self, tx: Transaction, *, after: Position, limit: int = PAGE_LIMIT) -> EventPage:
        """The settled events after a position, oldest first."""
        events = await tx.all(
            _event,
            self._read,
            {
                "transaction_id": str(after.transaction_id),
                "position": after.position,
                "limit": limit,
            },
        )
        unsettled = len(events) == limit or await tx.one(bool, self._unsettled)
        return EventPage(events=events, unsettled=unsettled)

    async def horizon(self, tx: Transaction) -> Position:
        """The newest settled position; ``START`` for an empty log."""
        return await tx.one(Position, self._horizon)

    async def read_streams(
        self,
        tx: Transaction,
        *,
        streams: Sequence[str],
        recorded_before: datetime.datetime | None,
        position_before: int | None,
        limit: int,
    ) -> list[Event]:
        """The newest events of some streams, newest first, before a (time, position)."""
        return await tx.all(
            _event,
            self._read_streams,
            {
                "streams": list(streams),
                "recorded_before": recorded_before,
                "position_before": position_before,
                "limit": limit,
            },
        )


def _event(transaction_id: int, position: int, *rest: Any) -> Event:
    return Event(Position(transaction_id, position), *rest)


def _with_after(event: NewEvent) -> msgspec.Struct | msgspec.Raw:
    if event.after is None:
        return event.data
    facts, after = msgspec.json.encode(event.data), msgspec.json.encode(event.after)
    return msgspec.Raw(after if facts == b"{}" else facts[:-1] + b"," + after[1:])


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise ValueError(f"{text!r} is not a natural number")
    return int(text)
