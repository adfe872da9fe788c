"""The log of one module: appending to it and reading it."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString

import msgspec

from rackhouse.platform.database import Pending, Transaction
from rackhouse.platform.events import statements
from rackhouse.platform.events.chain import GENESIS, chained, recorded_text
from rackhouse.platform.events.recorded import Event, EventPage, NewEvent, Position

__all__ = ["EventLog"]

PAGE_LIMIT = 1000


class EventLog:
    """The log of one module, in that module's schema."""

    def __init__(self, schema: LiteralString) -> None:
        self.schema: LiteralString = schema
        self.channel = f"rackhouse_{schema}"
        self._append = statements.APPEND.replace("{schema}", schema)
        self._heads = statements.HEADS.replace("{schema}", schema)
        self._hashes = statements.HASHES.replace("{schema}", schema)
        self._read = statements.READ.replace("{schema}", schema)
        self._read_streams = statements.READ_STREAMS.replace("{schema}", schema)
        self._horizon = statements.HORIZON.replace("{schema}", schema)
        self._unsettled = statements.UNSETTLED.replace("{schema}", schema)

    def statements(self) -> list[str]:
        """Every statement that this log sends."""
        return [
            self._append,
            self._heads,
            self._hashes,
            self._read,
            self._read_streams,
            self._horizon,
            self._unsettled,
        ]

    async def append(
        self,
        tx: Transaction,
        events: Sequence[NewEvent],
        recorded_at: datetime.datetime,
        heads: Mapping[str, bytes] | None = None,
    ) -> dict[str, bytes]:
        """Record events and wake the readers when the transaction commits; answers the hash of
        the newest event of each stream that grew.

        ``heads`` are these hashes as they were, of streams that the caller has locked. For a
        stream that is not among them the hash is looked up here, and a pipeline waits for that.
        A version that its stream has already is a unique violation: somebody else was first.
        """
        if not events:
            return {}
        grown = await self._before(tx, events, heads or {})
        at = recorded_text(recorded_at)
        rows = [_chained_row(event, grown, at) for event in events]
        await tx.run(self._append, {"events": msgspec.json.encode(rows).decode()})
        return grown

    async def send_heads(self, tx: Transaction, streams: Iterable[str]) -> Pending:
        """Ask within a pipeline for the hash of the newest event of some streams, which the caller
        has locked. ``heads_in`` reads the answer."""
        asked = {"streams": msgspec.json.encode(list(streams)).decode()}
        return await tx.send(self._heads, asked)

    @staticmethod
    async def heads_in(pending: Pending) -> dict[str, bytes]:
        """What ``send_heads`` asked for, by stream; one without events is not among them."""
        return dict(await pending.all(_pair))

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

    async def _before(
        self, tx: Transaction, events: Sequence[NewEvent], heads: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """The hash that the first of the events of each stream follows."""
        before: dict[str, bytes] = {}
        unknown: dict[str, int] = {}
        for event in events:
            stream = event.stream
            if stream in before or stream in unknown:
                continue
            if stream in heads:
                before[stream] = heads[stream]
            elif event.version == 1:
                before[stream] = GENESIS
            else:
                unknown[stream] = event.version - 1
        if unknown:
            places = [{"stream": stream, "version": at} for stream, at in unknown.items()]
            asked = {"places": msgspec.json.encode(places).decode()}
            found = dict(await tx.all(_pair, self._hashes, asked))
            missing = sorted(unknown.keys() - found.keys())
            assert not missing, f"the event before the new one of {missing[0]} is missing"
            before.update(found)
        return before


class _Row(msgspec.Struct):
    stream: str
    version: int
    type: str
    data: msgspec.Raw
    actor: str
    channel: str | None
    correlation_id: str
    recorded_at: str
    hash: str


def _chained_row(event: NewEvent, heads: dict[str, bytes], recorded_at: str) -> _Row:
    """The row of an event, which becomes the head of its stream."""
    stream, context = event.stream, event.context
    kind, data = type(event.data).__name__, _data(event)
    actor, correlation_id = context.caller.subject, context.correlation_id
    channel = event.channel or context.caller.channel
    heads[stream] = head = chained(
        heads[stream],
        stream,
        event.version,
        kind,
        data.decode(),
        actor,
        channel,
        correlation_id,
        recorded_at,
    )
    return _Row(
        stream,
        event.version,
        kind,
        msgspec.Raw(data),
        actor,
        channel,
        correlation_id,
        recorded_at,
        "\\x" + head.hex(),
    )


def _data(event: NewEvent) -> bytes:
    facts = msgspec.json.encode(event.data)
    if event.after is None:
        return facts
    after = msgspec.json.encode(event.after)
    return after if facts == b"{}" else facts[:-1] + b"," + after[1:]


def _event(transaction_id: int, position: int, *rest: Any) -> Event:
    return Event(Position(transaction_id, position), *rest)


def _pair(stream: str, head: bytes) -> tuple[str, bytes]:
    return stream, head
