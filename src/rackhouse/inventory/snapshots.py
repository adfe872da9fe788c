"""Snapshots: what the events of a long stream add up to, kept at every so many of them.

They are a projection: deleted, they are taken anew from the events, and an answer is the same with
or without them; only slower.
"""

import datetime
from collections.abc import Sequence

import msgspec
import structlog

from rackhouse.inventory import store
from rackhouse.inventory.store import HistoryEvent, Part, SnapshotRow
from rackhouse.inventory.sums import KindSum, Sums, added, change_of
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction

__all__ = ["SNAPSHOT_DISTANCE", "rebuild_snapshots", "sums_at", "take_snapshots"]

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


async def sums_at(
    tx: Transaction, places: Sequence[tuple[str, int]]
) -> dict[str, dict[str, KindSum]]:
    """What the events of some streams up to a version of each add up to."""
    sums: dict[str, dict[str, KindSum]] = {stream: {} for stream, _ in places}
    after = dict.fromkeys(sums, 0)
    for stream, version, known in await store.sums_before(tx, places):
        sums[stream], after[stream] = _SUMS.decode(known), version
    parts = [Part(stream, after[stream], upto) for stream, upto in places if upto > after[stream]]
    events: dict[str, list[tuple[str, str]]] = {}
    for stream, kind, data in await store.sums_of_parts(tx, parts) if parts else ():
        events.setdefault(stream, []).append((kind, data))
    return {stream: added(total, events.get(stream, ())) for stream, total in sums.items()}


async def _take(tx: Transaction, stream: str, newest: int, count: int) -> int:
    sums = (await sums_at(tx, [(stream, newest)]))[stream]
    for taken in range(count):
        after = newest + taken * SNAPSHOT_DISTANCE
        events = await store.events_of_parts(tx, [Part(stream, after, after + SNAPSHOT_DISTANCE)])
        if len(events) != SNAPSHOT_DISTANCE:
            _log.error("events_are_missing", stream=stream, after=after)
            return taken
        sums = added(sums, ((each.type, each.data) for each in events))
        await store.insert_snapshot(tx, _snapshot(events, sums))
    return count


def _snapshot(events: Sequence[HistoryEvent], sums: Sums) -> SnapshotRow:
    newest = events[-1]
    lapses = [
        Lapse(each.version, each.ended_at, -change_of(each.type, each.data)[1])
        for each in events
        if each.ended_at is not None
    ]
    return SnapshotRow(
        newest.stream,
        newest.version,
        newest.recorded_at,
        min((each.ended_at for each in lapses), default=None),
        SnapshotState(sums, lapses),
    )


_SUMS = msgspec.json.Decoder(dict[str, KindSum])
