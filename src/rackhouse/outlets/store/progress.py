"""Statements about how far outlets are, and about who has them."""

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from rackhouse.outlets.kinds import Outlet
from rackhouse.outlets.progressing import Progress, Told
from rackhouse.outlets.rules import Attempted, Trouble
from rackhouse.outlets.store.outlets import outlet_from
from rackhouse.platform.database import Transaction

__all__ = [
    "Runnable",
    "acknowledge",
    "begin_lazily",
    "count_minute",
    "end_lease",
    "move",
    "open_progress",
    "release",
    "runnable",
    "take",
    "tell",
    "try_lease",
]


class Runnable(NamedTuple):
    """An outlet that is to run, the epoch in which it is, whether letters are to be sent anew, and
    within how many seconds its channel is promised to be told, if that is said."""

    outlet: Outlet
    epoch: int
    letters: bool
    within_seconds: float | None


async def open_progress(tx: Transaction, outlet_id: str, cursor: str | None) -> None:
    """Let an outlet begin after a cursor, or with a snapshot."""
    await tx.run(
        """
        insert into outlets.progress
            (outlet_id, epoch, cursor, failures, breaker, problem, live, waiting)
        values (%(id)s::uuid, 0, %(cursor)s, 0, 'closed', '', false, 0)
        """,
        {"id": outlet_id, "cursor": cursor},
    )


async def move(tx: Transaction, outlet_id: str, cursor: str | None) -> None:
    """Let an outlet go on from another place, without what troubled it."""
    await tx.run(
        """
        update outlets.progress
        set epoch = epoch + 1, cursor = %(cursor)s, sent_cursor = null, failures = 0,
            failing_since = null, retry_at = null, breaker = 'closed', problem = '', live = false,
            waiting = 0, oldest_at = null, told_at = null
        where outlet_id = %(id)s::uuid
        """,
        {"id": outlet_id, "cursor": cursor},
    )


async def release(tx: Transaction, outlet_id: str) -> None:
    """Let an outlet be tried at once, whatever troubled it."""
    await tx.run(
        """
        update outlets.progress
        set epoch = epoch + 1, failures = 0, failing_since = null, retry_at = null,
            breaker = 'closed', problem = ''
        where outlet_id = %(id)s::uuid
        """,
        {"id": outlet_id},
    )


async def runnable(tx: Transaction, kinds: Sequence[str]) -> list[Runnable]:
    """The outlets of some kinds that are to run."""
    return await tx.all(
        _runnable,
        """
        select epoch,
            exists (select from outlets.dead_letter as letter
                where letter.outlet_id = outlet.id and queued_at is not null),
            (select within_seconds from outlets.lag_rule as rule
                where rule.channel = outlet.channel),
            id::text, kind, name, channel, filter, hears_orders, snapshot, conflate_after, signals,
            state, reason, opened_at, version, failures
        from outlets.outlet join outlets.progress on outlet_id = id
        where state = 'running' and not closed
          and kind in (select jsonb_array_elements_text(%(kinds)s::jsonb))
        order by id
        """,
        {"kinds": msgspec.json.encode(list(kinds)).decode()},
    )


async def try_lease(tx: Transaction, outlet_id: str) -> bool:
    """Have an outlet for as long as the session lasts, unless somebody else has it."""
    return await tx.one(
        bool,
        "select pg_try_advisory_lock(hashtextextended('outlets.lease:' || %(id)s::text, 1))",
        {"id": outlet_id},
    )


async def end_lease(tx: Transaction, outlet_id: str) -> None:
    """Let somebody else have an outlet."""
    await tx.run(
        "select pg_advisory_unlock(hashtextextended('outlets.lease:' || %(id)s::text, 1))",
        {"id": outlet_id},
    )


async def begin_lazily(tx: Transaction) -> datetime.datetime:
    """Let the end of a transaction not wait for the disk: if it is lost, messages are sent twice.
    Answers the time."""
    return await tx.one(
        _itself, "select clock_timestamp(), set_config('synchronous_commit', 'off', true)"
    )


async def take(tx: Transaction, outlet_id: str) -> Progress:
    """Begin a new epoch of an outlet whose lease we have."""
    return await tx.one(
        Progress,
        """
        update outlets.progress set epoch = epoch + 1 where outlet_id = %(id)s::uuid
        returning outlet_id::text, epoch, cursor, sent_cursor, sent_at, acknowledged_at, failures,
            failing_since, retry_at, breaker, problem, live, waiting, oldest_at, told_at,
            clock_timestamp()
        """,
        {"id": outlet_id},
    )


async def acknowledge(
    tx: Transaction,
    outlet_id: str,
    epoch: int,
    *,
    cursor: str | None,
    sent_cursor: str | None,
    trouble: Trouble,
    acknowledged: bool,
    now: datetime.datetime,
) -> bool:
    """Write how far an outlet is and what troubles it; says whether its epoch is still ours."""
    written = await tx.run(
        """
        update outlets.progress
        set cursor = %(cursor)s, failures = %(failures)s, failing_since = %(failing_since)s,
            retry_at = %(retry_at)s, breaker = %(breaker)s, problem = %(problem)s,
            acknowledged_at = case when %(acknowledged)s then %(now)s else acknowledged_at end,
            sent_cursor = %(sent_cursor)s, sent_at = %(now)s
        where outlet_id = %(id)s::uuid and epoch = %(epoch)s
        """,
        {
            "id": outlet_id,
            "epoch": epoch,
            "cursor": cursor,
            "sent_cursor": sent_cursor,
            "acknowledged": acknowledged,
            "now": now,
            **msgspec.structs.asdict(trouble),
        },
    )
    return written == 1


async def count_minute(
    tx: Transaction, outlet_id: str, attempted: Attempted, now: datetime.datetime
) -> None:
    """Count an attempt into its minute."""
    await tx.run(
        """
        insert into outlets.minute as counted
            (outlet_id, minute, acknowledged, in_time, attempts, failures)
        values (%(id)s::uuid, date_trunc('minute', %(now)s::timestamptz), %(acknowledged)s,
            %(in_time)s, 1, %(failed)s::boolean::integer)
        on conflict (outlet_id, minute) do update set
            acknowledged = counted.acknowledged + excluded.acknowledged,
            in_time = counted.in_time + excluded.in_time,
            attempts = counted.attempts + 1,
            failures = counted.failures + excluded.failures
        """,
        {"id": outlet_id, "now": now, **msgspec.structs.asdict(attempted)},
    )


async def tell(tx: Transaction, told: Sequence[Told]) -> None:
    """Write what a worker tells of the outlets that it has."""
    await tx.run(
        """
        update outlets.progress as progress
        set live = told.live, waiting = told.waiting, oldest_at = told.oldest_at,
            told_at = clock_timestamp()
        from jsonb_to_recordset(%(told)s::jsonb) as told (
            outlet_id uuid, epoch bigint, live boolean, waiting bigint, oldest_at timestamptz)
        where progress.outlet_id = told.outlet_id and progress.epoch = told.epoch
        """,
        {"told": msgspec.json.encode(list(told)).decode()},
    )


def _runnable(epoch: int, letters: bool, within_seconds: float | None, *values: Any) -> Runnable:
    return Runnable(outlet_from(*values), epoch, letters, within_seconds)


def _itself(now: datetime.datetime, _: str) -> datetime.datetime:
    return now
