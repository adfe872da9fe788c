"""The log of one module: appending to it and reading it."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString

import msgspec

from rackhouse.platform.database import Pending, Transaction
from rackhouse.platform.events import statements
from rackhouse.platform.events.chain import GENESIS, chained, recorded_text
from rackhouse.platform.events.recorded import (
    START,
    Event,
    EventPage,
    Growth,
    Link,
    LinkRow,
    NewEvent,
    Position,
)

__all__ = ["EventLog", "begin_transactions"]

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
        self._read_links = statements.READ_LINKS.replace("{schema}", schema)
        self._read_links_of = statements.READ_LINKS_OF_STREAM.replace("{schema}", schema)
        self._read_growth = statements.READ_GROWTH.replace("{schema}", schema)
        self._ahead = statements.AHEAD.replace("{schema}", schema)
        self._behind = statements.BEHIND.replace("{schema}", schema)
        self._last_before = statements.LAST_BEFORE.replace("{schema}", schema)
        self._count_after = statements.COUNT_AFTER.replace("{schema}", schema)

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
            self._read_links,
            self._read_links_of,
            self._read_growth,
            self._ahead,
            self._behind,
            self._last_before,
            self._count_after,
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

    async def hashes(self, tx: Transaction, versions: Mapping[str, int]) -> dict[str, bytes]:
        """The hashes of some events, given by stream and version, by stream; what is not there is
        not among them."""
        places = [{"stream": stream, "version": version} for stream, version in versions.items()]
        asked = {"places": msgspec.json.encode(places).decode()}
        return dict(await tx.all(_pair, self._hashes, asked))

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

    async def last_before(self, tx: Transaction, time: datetime.datetime) -> Position:
        """The newest settled position of an event that was recorded before a time; ``START`` where
        there is none."""
        found = await tx.maybe(Position, self._last_before, {"time": time})
        return found or START

    async def count_after(
        self, tx: Transaction, *, after: Position, limit: int
    ) -> tuple[int, datetime.datetime | None]:
        """How many settled events follow a position, ``limit`` at most, and when the oldest of
        them was recorded."""
        asked = {
            "transaction_id": str(after.transaction_id),
            "position": after.position,
            "limit": limit,
        }
        return await tx.one(_count_and_time, self._count_after, asked)

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

    async def read_links(
        self, tx: Transaction, *, after: Position, until: Position, limit: int
    ) -> list[LinkRow]:
        """The events between two positions as their chain sees them, in the order of the log; as
        plain rows, because they are many."""
        return await tx.rows(self._read_links, {**_between(after, until), "limit": limit})

    async def read_links_of(
        self, tx: Transaction, *, stream: str, after_version: int, limit: int
    ) -> list[Link]:
        """The events of one stream after a version, in the order of their versions, whether they
        are settled or not."""
        asked = {"stream": stream, "after_version": after_version, "limit": limit}
        return await tx.all(Link, self._read_links_of, asked)

    async def read_growth(
        self, tx: Transaction, *, after: Position, until: Position, limit: int
    ) -> list[Growth]:
        """What the events between two positions added to the chains, in the order of the log."""
        return await tx.all(Growth, self._read_growth, {**_between(after, until), "limit": limit})

    async def ahead(self, tx: Transaction, *, limit: int) -> list[tuple[str, int]]:
        """Events (stream, version) that claim to come from a transaction which the database has
        not begun yet."""
        return await tx.all(_pair, self._ahead, {"limit": limit})

    async def behind(self, tx: Transaction) -> int:
        """How many transactions the database has still to begin before the newest event is from a
        past one. Never more than 0, but for a log that was restored from a dump."""
        return await tx.one(int, self._behind)

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
            found = await self.hashes(tx, unknown)
            missing = sorted(unknown.keys() - found.keys())
            assert not missing, f"the event before the new one of {missing[0]} is missing"
            before.update(found)
        return before


async def begin_transactions(tx: Transaction) -> None:
    """Let the database count 500,000 transactions on. Not within a transaction."""
    await tx.run(statements.BEGIN_TRANSACTIONS)


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
    channel = event.channel or context.caller.channel
    who = (context.caller.subject, channel, context.correlation_id)
    recorded = (stream, event.version, kind, data.decode(), *who, recorded_at)
    head = heads[stream] = chained(heads[stream], recorded)
    hashed = "\\x" + head.hex()
    return _Row(stream, event.version, kind, msgspec.Raw(data), *who, recorded_at, hashed)


def _data(event: NewEvent) -> bytes:
    facts = msgspec.json.encode(event.data)
    if event.after is None:
        return facts
    after = msgspec.json.encode(event.after)
    return after if facts == b"{}" else facts[:-1] + b"," + after[1:]


def _between(after: Position, until: Position) -> dict[str, str | int]:
    return {
        "after_transaction": str(after.transaction_id),
        "after": after.position,
        "until_transaction": str(until.transaction_id),
        "until": until.position,
    }


def _event(transaction_id: int, position: int, *rest: Any) -> Event:
    return Event(Position(transaction_id, position), *rest)


def _count_and_time(
    count: int, oldest_at: datetime.datetime | None
) -> tuple[int, datetime.datetime | None]:
    return count, oldest_at


def _pair(stream: str, of_it: Any) -> tuple[str, Any]:
    return stream, of_it
