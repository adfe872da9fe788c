"""Statements of the audit: each reads a bounded part, and locks nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rackhouse.inventory.rules import Key, Stock
from rackhouse.inventory.store.parameters import keys_text, whole_row
from rackhouse.platform.database import Pending, Transaction

__all__ = [
    "begin_audit_round",
    "committed_event_page",
    "event_page",
    "hold_events",
    "keys_without_row",
    "live_pieces",
    "read_audit_place",
    "read_audit_streams",
    "send_audited_without_row",
    "send_last_events",
    "send_misfits",
    "send_pieces",
    "stream_page",
    "stream_version",
    "write_audit_place",
    "write_audit_streams",
]


async def event_page(
    tx: Transaction, *, transaction_id: int, position: int, limit: int
) -> list[tuple[Any, ...]]:
    """The settled events (transaction, position, stream, version, type, data) after a place."""
    return await tx.all(
        whole_row,
        """
        select transaction_id::text::bigint, position, stream, version, type, data::text
        from inventory.event
        where (transaction_id, position) > (%(transaction_id)s::text::xid8, %(position)s::bigint)
          and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
        order by event.transaction_id, event.position
        limit %(limit)s
        """,
        {"transaction_id": str(transaction_id), "position": position, "limit": limit},
    )


async def committed_event_page(
    tx: Transaction, *, transaction_id: int, position: int, limit: int
) -> list[tuple[Any, ...]]:
    """The same, also of events that others may still be written before: for whoever lets nobody
    write any."""
    return await tx.all(
        whole_row,
        """
        select transaction_id::text::bigint, position, stream, version, type, data::text
        from inventory.event
        where (transaction_id, position) > (%(transaction_id)s::text::xid8, %(position)s::bigint)
        order by event.transaction_id, event.position
        limit %(limit)s
        """,
        {"transaction_id": str(transaction_id), "position": position, "limit": limit},
    )


async def stream_page(
    tx: Transaction, stream: str, *, after: int, upto: int | None, limit: int
) -> list[tuple[Any, ...]]:
    """The events of one stream like `event_page`, after a version and up to another."""
    return await tx.all(
        whole_row,
        """
        select transaction_id::text::bigint, position, stream, version, type, data::text
        from inventory.event
        where stream = %(stream)s and version > %(after)s
          and version <= coalesce(%(upto)s::bigint, 9223372036854775807)
        order by version limit %(limit)s
        """,
        {"stream": stream, "after": after, "upto": upto, "limit": limit},
    )


async def hold_events(
    tx: Transaction, stream: str, hold_id: str, *, after: int
) -> list[tuple[Any, ...]]:
    """What one stream tells of one hold after a version: version, type, data, channel, actor,
    recorded at."""
    return await tx.all(
        whole_row,
        """
        select version, type, data::text, channel, actor, recorded_at
        from inventory.event
        where stream = %(stream)s and version > %(after)s and data->>'hold_id' = %(hold_id)s
        order by version
        """,
        {"stream": stream, "hold_id": hold_id, "after": after},
    )


async def send_last_events(tx: Transaction, keys: Iterable[Key]) -> Pending:
    """Ask for the version and data of the last event of some stock."""
    return await tx.send(
        """
        select asked.sku, asked.location, last.version, last.data::text
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        cross join lateral (
            select version, data from inventory.event
            where stream = asked.sku || '@' || asked.location
            order by version desc limit 1) as last
        """,
        {"keys": keys_text(keys)},
    )


async def send_pieces(tx: Transaction, keys: Iterable[Key]) -> Pending:
    """Ask for the pieces that allocations hold and have sold of some stock."""
    return await tx.send(
        """
        select asked.sku, asked.location, held.pieces::bigint, committed.pieces::bigint
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        cross join lateral (
            select coalesce(sum(a.held), 0) as pieces from inventory.allocation a
            where a.sku = asked.sku and a.location = asked.location and a.held > 0) as held
        cross join lateral (
            select coalesce(sum(a.committed), 0) as pieces from inventory.allocation a
            where a.sku = asked.sku and a.location = asked.location
              and a.committed > 0) as committed
        """,
        {"keys": keys_text(keys)},
    )


async def send_misfits(tx: Transaction, keys: Iterable[Key], *, limit: int) -> Pending:
    """Ask for allocations of some stock that do not fit their hold: SKU, location, hold, held,
    committed, the hold's status (null where there is none), and whether they end together."""
    return await tx.send(
        """
        with live as materialized (
            select a.* from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
            join inventory.allocation a using (sku, location) where a.held > 0
            union all
            select a.* from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
            join inventory.allocation a using (sku, location)
            where a.committed > 0 and a.held = 0)
        select live.sku, live.location, live.hold_id::text, sum(live.held)::bigint,
            sum(live.committed)::bigint, h.status, bool_and(live.held_until = h.expires_at)
        from live left join inventory.hold h on h.id = live.hold_id
        where h.id is null or (live.held > 0 and h.status <> 'held')
           or (live.committed > 0 and h.status <> 'confirmed')
           or (live.held > 0 and live.held_until <> h.expires_at)
        group by live.sku, live.location, live.hold_id, h.status
        order by live.sku, live.location, live.hold_id limit %(limit)s
        """,
        {"keys": keys_text(keys), "limit": limit},
    )


async def send_audited_without_row(tx: Transaction, *, after: Key, upto: Key | None) -> Pending:
    """Ask for streams between two keys that the audit has read, and that have no stock row."""
    return await tx.send(
        """
        select a.sku, a.location from inventory.audit_stream a
        where (a.sku, a.location) > (%(after_sku)s::text, %(after_at)s::text)
          and (%(sku)s::text is null
               or (a.sku, a.location) <= (%(sku)s::text, %(at)s::text))
          and not exists (
              select from inventory.stock s where s.sku = a.sku and s.location = a.location)
        """,
        {
            "after_sku": after[0],
            "after_at": after[1],
            "sku": upto[0] if upto else None,
            "at": upto[1] if upto else None,
        },
    )


async def live_pieces(tx: Transaction, key: Key) -> list[tuple[Any, ...]]:
    """The pieces (hold, held, committed) that holds have of one stock, without those that have
    none any more."""
    return await tx.all(
        whole_row,
        """
        select hold_id::text, sum(held)::bigint, sum(committed)::bigint from (
            select hold_id, held, committed from inventory.allocation
            where sku = %(sku)s and location = %(location)s and held > 0
            union all
            select hold_id, held, committed from inventory.allocation
            where sku = %(sku)s and location = %(location)s and committed > 0 and held = 0
        ) as live
        group by hold_id
        """,
        {"sku": key[0], "location": key[1]},
    )


async def read_audit_place(tx: Transaction) -> tuple[int, str | None]:
    """The round of reading the log, and the position that it has come to; None is the start."""
    found = await tx.maybe(whole_row, "select round, position from inventory.audit_place")
    return (0, None) if found is None else (found[0], found[1])


async def begin_audit_round(tx: Transaction) -> None:
    """Begin another round, from the start of the log."""
    await tx.run(
        """
        insert into inventory.audit_place (only_one, round, position) values (true, 1, null)
        on conflict (only_one) do update
        set round = inventory.audit_place.round + 1, position = null
        """
    )


async def write_audit_place(tx: Transaction, *, round_: int, position: str) -> int:
    """Remember how far the log was read, unless another round has begun; says whether."""
    return await tx.run(
        """
        insert into inventory.audit_place as place (only_one, round, position)
        values (true, %(round)s, %(position)s)
        on conflict (only_one) do update set position = excluded.position
        where place.round = excluded.round
        """,
        {"round": round_, "position": position},
    )


async def read_audit_streams(
    tx: Transaction, keys: Iterable[Key], *, round_: int
) -> list[tuple[str, str, int, str]]:
    """Where some streams had led (SKU, location, version, figures) when they were read last."""
    return await tx.all(
        whole_row,
        """
        select sku, location, a.version, a.figures::text
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        join inventory.audit_stream a using (sku, location)
        where a.round = %(round)s
        """,
        {"keys": keys_text(keys), "round": round_},
    )


async def write_audit_streams(
    tx: Transaction, stock: Sequence[Stock], figures: Sequence[dict[str, int]], *, round_: int
) -> None:
    """Remember where some streams have led."""
    rows = [
        {"sku": row.sku, "location": row.location, "version": row.version, "figures": each}
        for row, each in zip(stock, figures, strict=True)
    ]
    await tx.run(
        """
        insert into inventory.audit_stream (sku, location, round, version, figures)
        select sku, location, %(round)s, version, figures
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            sku text, location text, version bigint, figures jsonb)
        on conflict (sku, location) do update
        set round = excluded.round, version = excluded.version, figures = excluded.figures
        """,
        {"rows": msgspec.json.encode(rows).decode(), "round": round_},
    )


async def keys_without_row(tx: Transaction, keys: Iterable[Key]) -> list[Key]:
    """Those keys that have no stock row."""
    return await tx.all(
        whole_row,
        """
        select asked.sku, asked.location
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        where not exists (
            select from inventory.stock s
            where s.sku = asked.sku and s.location = asked.location)
        """,
        {"keys": keys_text(keys)},
    )


async def stream_version(tx: Transaction, stream: str) -> int:
    """The version of the last event of a stream; 0 where there is none."""
    return await tx.one(
        int,
        "select coalesce(max(version), 0) from inventory.event where stream = %(stream)s",
        {"stream": stream},
    )
