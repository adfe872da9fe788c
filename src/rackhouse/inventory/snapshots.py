"""Snapshots: what the events of a long stream add up to, kept at every so many of them.

They are a projection: deleted, they are taken anew from the events, and an answer is the same with
or without them; only slower.
"""

import datetime
from collections.abc import Sequence

import msgspec
import structlog

from rackhouse.inventory import store
from rackhouse.inventory.events import HoldExpired
from rackhouse.inventory.past import events_of, sums_at
from rackhouse.inventory.store import HistoryEvent, Part, SnapshotRow
from rackhouse.inventory.sums import Sums, decode_event
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction

__all__ = ["SNAPSHOT_DISTANCE", "rebuild_snapshots", "take_snapshots"]

SNAPSHOT_DISTANCE = 500
STREAMS_LIMIT = 100
SNAPSHOTS_LIMIT = 400
DELETE_LIMIT = 10_000

_log = structlog.get_logger(__name__)


class Lapse(msgspec.Struct, frozen=True):
    """Held pieces that were tidied up by the event of a ``version`` although they had lapsed at
    ``ended_at`` already: in between they counted as free."""

    version: int
    ended_at: datetime.datetime
    quantity: int
    allotment: str


class SnapshotState(msgspec.Struct, frozen=True):
    """What the events up to a version add up to, and the lapses since the snapshot before."""

    sums: Sums
    lapses: list[Lapse]


@operation("inventory:write")
async def take_snapshots(*, context: Context) -> int:
    """Take the snapshots that are due: of streams that grew by `SNAPSHOT_DISTANCE` events,
    `SNAPSHOTS_LIMIT` at most; says how many. Taking one twice changes nothing."""
    database = context.house.database("inventory")
    async with database.reading() as tx:
        due = await store.streams_to_snapshot(tx, distance=SNAPSHOT_DISTANCE, limit=STREAMS_LIMIT)
        taken = 0
        for stream, newest, version in due:
            more = min((version - newest) // SNAPSHOT_DISTANCE, SNAPSHOTS_LIMIT - taken)
            if more <= 0:
                break
            taken += await _take(tx, stream, newest, more)
    return taken


@operation("inventory:write")
async def rebuild_snapshots(*, context: Context) -> int:
    """Delete every snapshot and take them anew from the events; says how many."""
    async with context.house.database("inventory").reading() as tx:
        while await store.delete_snapshots(tx, limit=DELETE_LIMIT) == DELETE_LIMIT:
            pass
    taken = 0
    while more := await take_snapshots(context=context):
        taken += more
    return taken


async def _take(tx: Transaction, stream: str, newest: int, count: int) -> int:
    sums = (await sums_at(tx, [(stream, newest)]))[stream]
    for taken in range(count):
        after = newest + taken * SNAPSHOT_DISTANCE
        part = Part(stream, after, after + SNAPSHOT_DISTANCE)
        events = (await events_of(tx, [part])).get(stream, [])
        if len(events) != SNAPSHOT_DISTANCE:
            _log.error("events_are_missing", stream=stream, after=after)
            return taken
        sums = sums.plus((each.type, each.data) for each in events)
        await store.insert_snapshot(tx, _snapshot(events, sums))
    return count


def _snapshot(events: Sequence[HistoryEvent], sums: Sums) -> SnapshotRow:
    newest = events[-1]
    lapses = [_lapse(each, each.ended_at) for each in events if each.ended_at is not None]
    return SnapshotRow(
        newest.stream,
        newest.version,
        newest.recorded_at,
        min((each.ended_at for each in lapses), default=None),
        SnapshotState(sums, lapses),
    )


def _lapse(event: HistoryEvent, ended_at: datetime.datetime) -> Lapse:
    expired: HoldExpired = decode_event(event.type, event.data)
    return Lapse(event.version, ended_at, expired.quantity, expired.allotment)
