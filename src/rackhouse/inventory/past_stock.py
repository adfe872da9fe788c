"""What a channel could sell at some past moments: the figures of the events, and of its allotment
what it has now without what happened since."""

import datetime
from collections.abc import Iterable, Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.log_checking import happened, recorded
from rackhouse.inventory.events import SELLABLE, SafetyStockSet, StockEvent
from rackhouse.inventory.rules import Bucket, Key
from rackhouse.inventory.store.parameters import whole_row
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Database

__all__ = ["Sellable", "sellable_between"]

PAGE_EVENTS = 500
PAGES_LIMIT = 40


class Sellable(msgspec.Struct, frozen=True):
    """The fewest and the most pieces that could be sold at any of some moments. ``versions`` are
    the newest events that say so, by location."""

    fewest: int
    most: int
    versions: dict[str, int]


class _Step(msgspec.Struct, frozen=True):
    """From ``since`` on, so many could be sold of a stock, as its event of a version says."""

    since: datetime.datetime
    key: Key
    version: int
    available: int


class _PastEvent(msgspec.Struct, frozen=True):
    version: int
    type: str
    data: str
    recorded_at: datetime.datetime


@operation("inventory:read")
async def sellable_between(
    *,
    context: Context,
    channel: str,
    skus: Sequence[str],
    locations: Sequence[str],
    since: datetime.datetime,
    until: datetime.datetime,
) -> dict[str, Sellable | None]:
    """What a channel could sell of some stocked SKUs at its locations in all, between two times:
    what was free in the pool, and what was left of its allotments. None for a SKU of which too
    much has happened since to tell.
    """
    database = context.house.database("inventory")
    found: dict[str, Sellable | None] = {}
    for sku in skus:
        steps: list[_Step] | None = []
        for location in locations:
            more = await _steps(database, (sku, location), channel, since, until)
            steps = None if steps is None or more is None else steps + more
        found[sku] = None if steps is None else _bounds(steps, since)
    return found


async def _steps(
    database: Database,
    key: Key,
    channel: str,
    since: datetime.datetime,
    until: datetime.datetime,
) -> list[_Step] | None:
    async with database.snapshot() as tx:
        stream = f"{key[0]}@{key[1]}"
        async with tx.pipeline():
            buckets = await store.send_buckets(tx, [key])
            buffers = await store.send_buffers(tx, [key])
        own = _free_of(await buckets.all(Bucket), channel)
        left = sum(row[3] for row in await buffers.all(whole_row) if row[2] == channel)
        events: list[_PastEvent] = []
        before: int | None = None
        for _ in range(PAGES_LIMIT):
            rows = await store.stream_page_back(tx, stream, before=before, limit=PAGE_EVENTS)
            events += [_PastEvent(*row) for row in rows]
            if events and len(rows) < PAGE_EVENTS and _is_cut(events[-1], since):
                return None
            if len(rows) < PAGE_EVENTS or events[-1].recorded_at <= since:
                window = _Window(key, channel, since, until)
                return _told(window, events, own=own, left=left)
            before = events[-1].version
    return None


def _is_cut(oldest: _PastEvent, since: datetime.datetime) -> bool:
    """Whether events before the oldest that is in the log would have to be known."""
    return oldest.version > 1 and oldest.recorded_at > since


class _Window(msgspec.Struct, frozen=True):
    """Whose figures of which stock are asked for, between which times."""

    key: Key
    channel: str
    since: datetime.datetime
    until: datetime.datetime


def _told(
    window: _Window, events: Iterable[_PastEvent], *, own: int, left: int
) -> list[_Step] | None:
    """The steps between two times, oldest first, from events that are given newest first. ``own``
    is what is free now of the channel's allotment, and ``left`` what it leaves to the others; None
    where that has changed since."""
    steps: list[_Step] = []
    for event in events:
        if event.recorded_at <= window.until:
            pool = max(0, recorded(event.data).available - left)
            steps.append(_Step(event.recorded_at, window.key, event.version, pool + own))
        if event.recorded_at <= window.since:
            break
        fact = happened(event.type, event.data)
        if isinstance(fact, SafetyStockSet) and fact.channel == window.channel:
            return None
        own -= _moved_in(fact, window.channel)
    return steps[::-1]


def _bounds(steps: Sequence[_Step], since: datetime.datetime) -> Sellable:
    now: dict[Key, int] = {}
    totals: list[int] = []
    versions: dict[str, int] = {}
    for step in sorted(steps, key=lambda step: step.since):
        if step.since > since and not totals:
            totals.append(sum(now.values()))
        now[step.key] = step.available
        versions[step.key[1]] = step.version
        if step.since > since:
            totals.append(sum(now.values()))
    totals = totals or [sum(now.values())]
    return Sellable(min(totals), max(totals), versions)


def _free_of(buckets: Iterable[Bucket], channel: str) -> int:
    return sum(
        each.free for each in buckets if each.allotment == channel and each.condition == SELLABLE
    )


def _moved_in(fact: StockEvent | None, channel: str) -> int:
    """What an event added to the free pieces of a channel's allotment."""
    parts: Iterable[tuple[tuple[str, str, str], int, int, int]] = fact.parts() if fact else ()
    return sum(
        on_hand - held - committed
        for (_, allotment, condition), on_hand, held, committed in parts
        if allotment == channel and condition == SELLABLE
    )
