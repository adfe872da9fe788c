"""The audit: does every figure equal the sum of the events and of the holds that explain it?"""

import datetime
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.events import EVENT_TYPES
from rackhouse.inventory.levels import Levels, levels_of
from rackhouse.inventory.log import LOG
from rackhouse.inventory.rules import Key, Stock, apply
from rackhouse.platform.archive import ArchivedFile, archived_files
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import START, Event, Position
from rackhouse.platform.store import expect_whole_tables

__all__ = ["Audit", "ClockStep", "Discrepancy", "audit_stock", "rebuild_stock"]

PAGE_LIMIT = 5000
FINDING_LIMIT = 1000

Progress = Callable[[int], None]


class Discrepancy(msgspec.Struct, frozen=True):
    """A figure that is not what its events or holds say."""

    sku: str
    location: str
    finding: str


class ClockStep(msgspec.Struct, frozen=True):
    """An event that is recorded at an earlier time than the one before it: the database's clock had
    been set back. Every moment from ``recorded_at`` to ``before`` came twice."""

    sku: str
    location: str
    version: int
    recorded_at: datetime.datetime
    before: datetime.datetime


class Audit(msgspec.Struct, frozen=True):
    """What an audit read and what it found.

    ``events`` were read from the log; ``archived_events`` have left it, and what they come to is
    taken as it was recorded. ``clock_steps`` are no discrepancies, but a figure as of one of
    their moments may be that of either time.
    """

    events: int
    stock_rows: int
    on_hand: int
    held: int
    committed: int
    oversold: int
    discrepancies: list[Discrepancy]
    clock_steps: list[ClockStep] = []
    archived_events: int = 0


@operation("inventory:read")
async def audit_stock(*, context: Context, progress: Callable[[int], None]) -> Audit:
    """Replay the whole log and compare: every row with its events, every event with the figures
    recorded beside it, every row with its holds. It begins with nothing, or where events were
    archived, with the figures that the last of them recorded.

    ``progress`` is told how many events were read so far. Changes wait while it compares.
    """
    replayed: dict[Key, Stock] = {}
    findings: list[Discrepancy] = []
    times = _Times()
    events = 0
    async with context.house.database("inventory").transaction() as tx:
        await expect_whole_tables(tx)
        rows = {(row.sku, row.location): row for row in await store.lock_all_stock(tx)}
        archived = await archived_files(tx, LOG.schema)
        async for event in _all_events(tx):
            events += 1
            _replay(event, replayed, findings, _until(archived))
            times.hear(event)
            if events % PAGE_LIMIT == 0:
                progress(events)
        findings += [_of_holds(*row) for row in await store.unbalanced_stock(tx, limit=100)]
    findings += _compare(rows, replayed)
    progress(events)
    return Audit(
        events=events,
        stock_rows=len(rows),
        on_hand=sum(row.on_hand for row in rows.values()),
        held=sum(row.held for row in rows.values()),
        committed=sum(row.committed for row in rows.values()),
        oversold=sum(row.free < 0 for row in (*rows.values(), *replayed.values())),
        discrepancies=findings[:FINDING_LIMIT],
        clock_steps=times.steps[:FINDING_LIMIT],
        archived_events=sum(each.events for each in archived),
    )


@operation("inventory:write")
async def rebuild_stock(*, context: Context, progress: Callable[[int], None]) -> int:
    """Write the stock rows anew from the log; says how many. Changes wait meanwhile."""
    replayed: dict[Key, Stock] = {}
    events = 0
    async with context.house.database("inventory").transaction() as tx:
        await store.lock_all_stock(tx)
        archived = await archived_files(tx, LOG.schema)
        async for event in _all_events(tx):
            events += 1
            _replay(event, replayed, [], _until(archived))
            if events % PAGE_LIMIT == 0:
                progress(events)
        await store.open_stock(tx, replayed)
        await store.write_stock(tx, list(replayed.values()))
    progress(events)
    return len(replayed)


async def _all_events(tx: Transaction) -> AsyncIterator[Event]:
    position = START
    while True:
        page = await LOG.read(tx, after=position, limit=PAGE_LIMIT)
        for event in page.events:
            yield event
        if len(page.events) < PAGE_LIMIT:
            return
        position = page.events[-1].position


def _until(archived: Sequence[ArchivedFile]) -> Position:
    """The position up to which events have left the log, but for the newest of each stream."""
    return archived[-1].last if archived else START


def _replay(
    event: Event, replayed: dict[Key, Stock], findings: list[Discrepancy], archived: Position
) -> None:
    kind = EVENT_TYPES[event.type]
    if not hasattr(kind, "change"):
        return
    sku, _, location = event.stream.rpartition("@")
    recorded = msgspec.json.decode(event.data, type=Levels)
    if event.position <= archived and (sku, location) not in replayed:
        replayed[(sku, location)] = _begun(Stock(sku, location), event.version, recorded)
        return
    before = replayed.get((sku, location), Stock(sku, location))
    happened: Any = msgspec.json.decode(event.data, type=kind)
    after = msgspec.structs.replace(apply(before, happened), frozen=recorded.frozen)
    replayed[(sku, location)] = after
    if event.version != after.version:
        finding = f"event {event.version} follows event {before.version}"
        findings.append(Discrepancy(sku, location, finding))
    if recorded != levels_of(after):
        finding = f"event {event.version} records other figures than its events add up to"
        findings.append(Discrepancy(sku, location, finding))


def _begun(stock: Stock, version: int, recorded: Levels) -> Stock:
    """Stock as the last archived event left it."""
    return msgspec.structs.replace(stock, version=version, **msgspec.structs.asdict(recorded))


class _Times:
    """Looks whether time runs on within every stream of stock."""

    def __init__(self) -> None:
        self.steps: list[ClockStep] = []
        self._newest: dict[str, datetime.datetime] = {}

    def hear(self, event: Event) -> None:
        """Look at the next event."""
        if not hasattr(EVENT_TYPES[event.type], "change"):
            return
        newest = self._newest.get(event.stream, event.recorded_at)
        if event.recorded_at < newest:
            sku, _, location = event.stream.rpartition("@")
            step = ClockStep(sku, location, event.version, event.recorded_at, newest)
            self.steps.append(step)
        self._newest[event.stream] = max(newest, event.recorded_at)


def _compare(rows: dict[Key, Stock], replayed: dict[Key, Stock]) -> list[Discrepancy]:
    return [
        Discrepancy(
            *key,
            f"the row says {levels_of(row)} at version {row.version}, "
            f"the events say {levels_of(told)} at version {told.version}",
        )
        for key in sorted(rows.keys() | replayed.keys())
        if _recorded(row := rows.get(key, Stock(*key)))
        != _recorded(told := replayed.get(key, Stock(*key)))
    ]


def _of_holds(
    sku: str, location: str, held: int, held_by_holds: int, committed: int, committed_by_holds: int
) -> Discrepancy:
    return Discrepancy(
        sku,
        location,
        f"the row says {held} held and {committed} committed, "
        f"its holds say {held_by_holds} and {committed_by_holds}",
    )


def _recorded(stock: Stock) -> tuple[Levels, int]:
    return (levels_of(stock), stock.version)
