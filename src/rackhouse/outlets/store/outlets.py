"""Statements about outlets as they were asked for."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from rackhouse.feeds import Filter
from rackhouse.outlets.kinds import Outlet
from rackhouse.outlets.progressing import Progress
from rackhouse.platform.database import Transaction

__all__ = [
    "Kept",
    "channels_with_outlets",
    "count_outlets",
    "lock_outlet",
    "lock_outlets",
    "open_cursors",
    "outlet_page",
    "outlets_of_channels",
    "progress_of",
    "read_outlet",
    "write_outlet",
]


class Kept(NamedTuple):
    """An outlet, open or closed."""

    outlet: Outlet
    closed: bool


async def lock_outlets(tx: Transaction) -> None:
    """Be the only one to open an outlet until the end of the transaction."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended('outlets.opening', 1))")


async def lock_outlet(tx: Transaction, outlet_id: str) -> None:
    """Be the only one to change an outlet until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('outlets.outlet:' || %(id)s::text, 1))",
        {"id": outlet_id},
    )


async def count_outlets(tx: Transaction) -> int:
    """How many outlets are open."""
    return await tx.one(int, "select count(*) from outlets.outlet where not closed")


async def read_outlet(tx: Transaction, outlet_id: str) -> Kept | None:
    """An outlet, open or closed."""
    return await tx.maybe(
        _kept,
        """
        select closed, id::text, kind, name, channel, filter, hears_orders, snapshot,
            conflate_after, signals, state, reason, opened_at, version,
            (select failures from outlets.progress where outlet_id = id)
        from outlets.outlet where id = %(id)s::uuid
        """,
        {"id": outlet_id},
    )


async def outlet_page(
    tx: Transaction, *, after: str | None, channel: str | None, kind: str | None, limit: int
) -> list[Outlet]:
    """Open outlets in the order of their ids, of a channel or a kind or all."""
    found = await tx.all(
        _kept,
        """
        select closed, id::text, kind, name, channel, filter, hears_orders, snapshot,
            conflate_after, signals, state, reason, opened_at, version,
            (select failures from outlets.progress where outlet_id = id)
        from outlets.outlet
        where not closed
          and (%(after)s::uuid is null or id > %(after)s::uuid)
          and (%(channel)s::text is null or channel = %(channel)s::text)
          and (%(kind)s::text is null or kind = %(kind)s::text)
        order by id
        limit %(limit)s
        """,
        {"after": after, "channel": channel, "kind": kind, "limit": limit},
    )
    return [each.outlet for each in found]


async def outlets_of_channels(
    tx: Transaction, channels: Sequence[str], *, limit: int
) -> list[Outlet]:
    """The open outlets of some channels in the order of their ids, ``limit`` of each at most."""
    found = await tx.all(
        _kept,
        """
        select closed, id::text, kind, name, channel, filter, hears_orders, snapshot,
            conflate_after, signals, state, reason, opened_at, version,
            (select failures from outlets.progress where outlet_id = id)
        from jsonb_array_elements_text(%(channels)s::jsonb) as asked (of_channel)
        cross join lateral (
            select * from outlets.outlet
            where not closed and outlet.channel = asked.of_channel
            order by id limit %(limit)s) as found
        order by id
        """,
        {"channels": msgspec.json.encode(list(channels)).decode(), "limit": limit},
    )
    return [each.outlet for each in found]


async def channels_with_outlets(tx: Transaction) -> list[str]:
    """The channels that an open outlet follows."""
    return await tx.all(
        str,
        """
        select distinct channel from outlets.outlet
        where not closed and channel is not null order by channel
        """,
    )


async def open_cursors(tx: Transaction) -> list[str]:
    """The cursors of the outlets that run or will be resumed."""
    return await tx.all(
        str,
        """
        select cursor from outlets.outlet join outlets.progress on outlet_id = id
        where not closed and state <> 'disabled' and cursor is not null
        """,
    )


async def write_outlet(tx: Transaction, outlet: Outlet, *, closed: bool) -> None:
    """Write an outlet as it is now."""
    await tx.run(
        """
        insert into outlets.outlet (id, kind, name, channel, filter, hears_orders, snapshot,
            conflate_after, signals, state, reason, opened_at, version, closed)
        values (%(id)s::uuid, %(kind)s, %(name)s, %(channel)s, %(filter)s::jsonb, %(hears_orders)s,
            %(snapshot)s, %(conflate_after)s, %(signals)s, %(state)s, %(reason)s, %(opened_at)s,
            %(version)s, %(closed)s)
        on conflict (id) do update set
            name = excluded.name, filter = excluded.filter, snapshot = excluded.snapshot,
            conflate_after = excluded.conflate_after, signals = excluded.signals,
            state = excluded.state, reason = excluded.reason, version = excluded.version,
            closed = excluded.closed
        """,
        {
            "id": outlet.id,
            "kind": outlet.kind,
            "name": outlet.name,
            "channel": outlet.channel,
            "filter": msgspec.json.encode(outlet.filter).decode(),
            "hears_orders": outlet.hears_orders,
            "snapshot": outlet.snapshot,
            "conflate_after": outlet.conflate_after,
            "signals": outlet.signals,
            "state": outlet.state,
            "reason": outlet.reason,
            "opened_at": outlet.opened_at,
            "version": outlet.version,
            "closed": closed,
        },
    )


async def progress_of(tx: Transaction, outlet_ids: Sequence[str]) -> list[Progress]:
    """How far some outlets are."""
    return await tx.all(
        Progress,
        """
        select outlet_id::text, epoch, cursor, sent_cursor, sent_at, acknowledged_at, failures,
            failing_since, retry_at, breaker, problem, live, waiting, oldest_at, told_at,
            clock_timestamp()
        from jsonb_array_elements_text(%(ids)s::jsonb) as asked (id)
        join outlets.progress on outlet_id = asked.id::uuid
        """,
        {"ids": msgspec.json.encode(list(outlet_ids)).decode()},
    )


def _kept(closed: bool, *values: Any) -> Kept:
    return Kept(outlet_from(*values), closed)


def outlet_from(*values: Any) -> Outlet:
    """The outlet that a row tells of."""
    id_, kind, name, channel, asked, hears_orders, snapshot, conflate_after, *rest = values
    signals, state, reason, opened_at, version, failures = rest
    return Outlet(
        id=id_,
        kind=kind,
        name=name,
        channel=channel,
        filter=msgspec.convert(asked, Filter),
        hears_orders=hears_orders,
        snapshot=snapshot,
        conflate_after=conflate_after,
        signals=signals,
        state=state,
        reason=reason,
        opened_at=opened_at,
        version=version,
        failures=failures or 0,
    )
