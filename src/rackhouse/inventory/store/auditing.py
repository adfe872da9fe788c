"""Statements about the log: each reads a bounded part of it, and locks nothing."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from rackhouse.inventory.rules import Key
from rackhouse.inventory.store.parameters import encoded, keys_text, whole_row
from rackhouse.platform.database import Transaction

__all__ = [
    "begin_audit_round",
    "committed_event_page",
    "correction_is_known",
    "event_page",
    "events_at",
    "hold_events",
    "holds_with_memo",
    "placed_at",
    "read_audit_place",
    "read_audit_streams",
    "remember_correction",
    "stream_page",
    "stream_page_back",
    "stream_version",
    "write_audit_place",
    "write_audit_streams",
]


async def event_page(
    tx: Transaction, *, transaction_id: int, position: int, limit: int
) -> list[tuple[Any, ...]]:
    """The settled events after a place, each in whole."""
    return await tx.all(
        whole_row,
        """
        select transaction_id::text::bigint, position, stream, version, type, data::text, actor,
            channel, correlation_id, recorded_at, hash
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
        select transaction_id::text::bigint, position, stream, version, type, data::text, actor,
            channel, correlation_id, recorded_at, hash
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
        select transaction_id::text::bigint, position, stream, version, type, data::text, actor,
            channel, correlation_id, recorded_at, hash
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


async def placed_at(tx: Transaction, hold_id: str) -> datetime.datetime | None:
    """When a hold was placed; None where there is no such hold."""
    return await tx.maybe(
        _itself,
        "select placed_at from inventory.hold where id = %(hold_id)s::uuid",
        {"hold_id": hold_id},
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
    tx: Transaction, keys: Iterable[Key], *, round_: int | None
) -> list[tuple[Any, ...]]:
    """Where some streams had led when they were read last, in a round or in any: SKU, location,
    version, figures, buckets, hash."""
    return await tx.all(
        whole_row,
        """
        select sku, location, a.version, a.figures::text, a.buckets::text, a.head
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        join inventory.audit_stream a using (sku, location)
        where a.round = coalesce(%(round)s::bigint, a.round)
        """,
        {"keys": keys_text(keys), "round": round_},
    )


async def write_audit_streams(
    tx: Transaction, streams: Sequence[dict[str, Any]], *, round_: int
) -> None:
    """Remember where some streams have led."""
    await tx.run(
        """
        insert into inventory.audit_stream (sku, location, round, version, figures, buckets, head)
        select sku, location, %(round)s, version, figures, nullif(buckets, 'null'),
            decode(head, 'base64')
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            sku text, location text, version bigint, figures jsonb, buckets jsonb,
            head text)
        on conflict (sku, location) do update
        set round = excluded.round, version = excluded.version, figures = excluded.figures,
            buckets = excluded.buckets, head = excluded.head
        """,
        {"rows": encoded(streams), "round": round_},
    )


async def stream_version(tx: Transaction, stream: str) -> int:
    """The version of the last event of a stream; 0 where there is none."""
    return await tx.one(
        int,
        "select coalesce(max(version), 0) from inventory.event where stream = %(stream)s",
        {"stream": stream},
    )


async def stream_page_back(
    tx: Transaction, stream: str, *, before: int | None, limit: int
) -> list[tuple[Any, ...]]:
    """The newest events (version, type, data, recorded at) of one stream before a version."""
    return await tx.all(
        whole_row,
        """
        select version, type, data::text, recorded_at from inventory.event
        where stream = %(stream)s and version < coalesce(%(before)s::bigint, 9223372036854775807)
        order by version desc limit %(limit)s
        """,
        {"stream": stream, "before": before, "limit": limit},
    )


async def events_at(tx: Transaction, stream: str, versions: Iterable[int]) -> list[tuple[Any, ...]]:
    """Some events of a stream, each in whole, oldest first."""
    return await tx.all(
        whole_row,
        """
        select e.transaction_id::text::bigint, e.position, e.stream, e.version, e.type,
            e.data::text, e.actor, e.channel, e.correlation_id, e.recorded_at, e.hash
        from jsonb_array_elements_text(%(versions)s::jsonb) as asked (version)
        join inventory.event e on e.stream = %(stream)s and e.version = asked.version::bigint
        order by e.version
        """,
        {"stream": stream, "versions": encoded(list(versions))},
    )


async def holds_with_memo(tx: Transaction, *, after: str | None, limit: int) -> list[str]:
    """Holds that keep a memo, in the order of their ids, after one."""
    return await tx.all(
        str,
        """
        select id::text from inventory.hold
        where id > coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
          and memo is not null
        order by id limit %(limit)s
        """,
        {"after": after, "limit": limit},
    )


async def correction_is_known(tx: Transaction, correction_id: str) -> bool:
    """Whether a correction was carried out."""
    return await tx.one(
        bool,
        "select exists (select from inventory.correction where id = %(id)s)",
        {"id": correction_id},
    )


async def remember_correction(tx: Transaction, correction_id: str) -> None:
    """Remember for good that a correction was carried out."""
    await tx.run(
        "insert into inventory.correction (id, corrected_at) values (%(id)s, clock_timestamp())",
        {"id": correction_id},
    )


def _itself(value: datetime.datetime) -> datetime.datetime:
    return value
