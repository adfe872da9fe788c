"""Places in the logs for those who follow for long: where the logs end, where they were at a time,
and how much of them is still to come."""

import datetime
from collections.abc import Iterator

import msgspec

from rackhouse.feeds.backlog import Backlog
from rackhouse.feeds.cursors import Positions, cursor_text, read_cursor
from rackhouse.feeds.hub import Hub
from rackhouse.feeds.subjects import LOGS
from rackhouse.platform.events import START, EventLog
from rackhouse.platform.house import House

__all__ = ["Missed", "cursor_at", "missed_since", "newest_cursor", "usable_cursor"]

# Transactions that overlap commit in another order than they read the clock, but none lasts longer.
OVERLAP_SECONDS = 60


class Missed(msgspec.Struct, frozen=True):
    """How many events follow a cursor, and when the oldest of them was recorded."""

    events: int
    oldest_at: datetime.datetime | None


async def newest_cursor(*, house: House) -> str:
    """The cursor of somebody who has seen everything."""
    positions: Positions = {}
    for name, log in _logs(house):
        async with house.database(name).reading() as tx:
            positions[name] = await log.horizon(tx)
    return cursor_text(positions)


async def cursor_at(*, house: House, time: datetime.datetime) -> str:
    """The cursor of somebody who has seen what was recorded before a time. It may be up to
    `OVERLAP_SECONDS` early, so that nothing which was recorded since is missing."""
    positions: Positions = {}
    for name, log in _logs(house):
        async with house.database(name).reading() as tx:
            early = time - datetime.timedelta(seconds=OVERLAP_SECONDS)
            positions[name] = await log.last_before(tx, early)
    return cursor_text(positions)


async def usable_cursor(*, house: House, cursor: str) -> str:
    """The cursor as it is kept; refuses with `CursorUnreadable` and `CursorAhead`."""
    positions = read_cursor(cursor, [name for name, _ in _logs(house)])
    nothing_heard = dict.fromkeys(positions, START)
    await Backlog(house, nothing_heard, house.the(Hub).reads).refuse_out_of_reach(positions)
    return cursor_text(positions)


async def missed_since(*, house: House, cursor: str | None, limit: int) -> Missed:
    """How much of the logs follows a cursor, whoever may hear of it; ``limit`` of a log at most.
    Without a cursor nothing is known to be missing."""
    if cursor is None:
        return Missed(0, None)
    seen = read_cursor(cursor, [name for name, _ in _logs(house)])
    events, times = 0, []
    for name, log in _logs(house):
        async with house.database(name).reading() as tx:
            count, oldest_at = await log.count_after(tx, after=seen[name], limit=limit)
        events += count
        times += [oldest_at] if oldest_at is not None else []
    return Missed(events, min(times, default=None))


def _logs(house: House) -> Iterator[tuple[str, EventLog]]:
    for module in house.modules:
        if module.name in LOGS and module.event_log is not None:
            yield module.name, module.event_log
