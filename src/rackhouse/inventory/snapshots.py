"""Snapshots: what the events of a long stream add up to, kept at every so many of them.

They are a projection: deleted, they are taken anew from the events, and an answer is the same with
or without them; only slower.
"""

import datetime
from collections.abc import Mapping, Sequence

import msgspec
import structlog

from rackhouse.inventory import store
from rackhouse.inventory.events import HoldExpired
from rackhouse.inventory.log import LOG
from rackhouse.inventory.parts import events_of, sums_at
from rackhouse.inventory.store import HistoryEvent, Part, SnapshotRow
from rackhouse.inventory.sums import Sums, decode_event
from rackhouse.platform.archive import archived_boundaries
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House

__all__ = ["SNAPSHOT_DISTANCE", "rebuild_snapshots", "snapshot_before_archiving", "take_snapshots"]

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
    async with context.house.database("inventory").reading() as tx:
        due = await store.streams_to_snapshot(tx, distance=SNAPSHOT_DISTANCE, limit=STREAMS_LIMIT)
        taken = 0
        for stream, newest, version in due:
            more = min((version - newest) // SNAPSHOT_DISTANCE, SNAPSHOTS_LIMIT - taken)
            places = [newest + (each + 1) * SNAPSHOT_DISTANCE for each in range(more)]
            taken += await _take(tx, context.house, stream, newest, places)
    return taken


async def snapshot_before_archiving(context: Context, newest: Mapping[str, int]) -> None:
    """Take a snapshot of each stream where its events will end that leave the log, so that what
    comes after them is told without the archive."""
    while await take_snapshots(context=context):
        pass
    await _take_at(context.house, newest)


@operation("inventory:write")
async def rebuild_snapshots(*, context: Context) -> int:
    """Delete every snapshot and take them anew from the events; says how many."""
    house = context.house
    async with house.database("inventory").reading() as tx:
        while await store.delete_snapshots(tx, limit=DELETE_LIMIT) == DELETE_LIMIT:
            pass
        boundaries = await archived_boundaries(tx, LOG.schema)
    taken = 0
    while more := await take_snapshots(context=context):
        taken += more
    ends = {stream: each.version + 1 for stream, each in boundaries.items()}
    return taken + await _take_at(house, ends)


async def _take_at(house: House, newest: Mapping[str, int]) -> int:
    """Take a snapshot of some streams at a version of each, where there is none."""
    taken, streams = 0, sorted(newest)
    for start in range(0, len(streams), STREAMS_LIMIT):
        async with house.database("inventory").reading() as tx:
            page = await store.stock_among(tx, streams[start : start + STREAMS_LIMIT])
            kept = await store.sums_before(tx, [(each, newest[each]) for each in page])
            before = {stream: version for stream, version, _ in kept}
            for stream in page:
                after = before.get(stream, 0)
                if after < newest[stream]:
                    taken += await _take(tx, house, stream, after, [newest[stream]])
    return taken


async def _take(
    tx: Transaction, house: House, stream: str, newest: int, versions: Sequence[int]
) -> int:
    """Take snapshots at some versions after the newest one, in order; says how many."""
    if not versions:
        return 0
    sums = (await sums_at(tx, house, [(stream, newest)]))[stream]
    for taken, version in enumerate(versions):
        part = Part(stream, newest, version)
        events = (await events_of(tx, house, [part])).get(stream, [])
        if len(events) != version - newest:
            _log.error("events_are_missing", stream=stream, after=newest)
            return taken
        sums, newest = sums.plus((each.type, each.data) for each in events), version
        await store.insert_snapshot(tx, _snapshot(events, sums))
    return len(versions)


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
