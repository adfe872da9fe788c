"""Statements about the past of stock: where a stream stood at a moment, and what led there.

A stream is searched by its versions, of which there is an index: its events are recorded in order,
so that halving finds the newest one at or before a moment in some twenty probes.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import LiteralString

import msgspec

from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction

__all__ = [
    "HistoryEvent",
    "Part",
    "SnapshotRow",
    "StockThen",
    "delete_snapshots",
    "ends_of",
    "events_of_parts",
    "insert_snapshot",
    "lapses_between",
    "stock_among",
    "stock_then",
    "streams_to_snapshot",
    "sums_before",
    "sums_of_parts",
]


class StockThen(msgspec.Struct, frozen=True):
    """Where the stream of a SKU at a location stood at a moment.

    ``oldest`` is the first version that is in the log, and ``first_at`` its time; what was before
    is archived. ``data`` is that of the newest event by then, None where the log has none.
    ``lapsed`` is how much of what that event left as held had lapsed, whoever had tidied it up by
    then or not, and ``lapsed_allotted`` how much of that belongs to allotments. ``parted`` tells
    whether the row has lots, allotments or conditions.
    """

    sku: str
    location: str
    oldest: int
    first_at: datetime.datetime
    version: int
    recorded_at: datetime.datetime | None
    data: str | None
    parted: bool
    lapsed: int
    lapsed_allotted: int


class SnapshotRow(msgspec.Struct, frozen=True):
    """A snapshot as it is kept; ``state`` becomes JSON."""

    stream: str
    version: int
    recorded_at: datetime.datetime
    lapsed_from: datetime.datetime | None
    state: msgspec.Struct


class Part(msgspec.Struct, frozen=True):
    """A part of a stream: the events after a version, up to another."""

    stream: str
    after: int
    upto: int


class HistoryEvent(msgspec.Struct, frozen=True):
    """An event of a stream. ``ended_at`` is when the hold that a `HoldExpired` ends had lapsed."""

    stream: str
    version: int
    type: str
    data: str
    actor: str
    channel: str | None
    correlation_id: str
    recorded_at: datetime.datetime
    position: int
    ended_at: datetime.datetime | None


# When the hold had lapsed that an event ended, which its allocations keep for good. A hold that has
# lapsed can only expire, so its end is the last that was set for it.
_ENDED_AT: LiteralString = """(
    select coalesce(max(a.held_until), event.recorded_at) from inventory.allocation a
    where a.hold_id = (event.data ->> 'hold_id')::uuid
      and a.line = (event.data ->> 'line')::integer
      and a.sku = place.sku and a.location = place.location)"""

# ``low`` is the newest version that was recorded by then, ``high`` one that was not. A lapse may be
# told by two snapshots, where one was taken between two others.
_STOCK_THEN: LiteralString = """
    with recursive probe (
        sku, location, stream, parted, oldest, first_at, highest, low, high) as (
        select s.sku, s.location, s.sku || '@' || s.location, s.details & 1 = 1, first.version,
            first.recorded_at, last.version, first.version - 1, last.version + 1
        from jsonb_array_elements_text(%(skus)s::jsonb) as wanted (sku)
        join inventory.stock s using (sku)
        cross join lateral (
            select version, recorded_at from inventory.event
            where stream = s.sku || '@' || s.location order by version limit 1) as first
        cross join lateral (
            select version from inventory.event
            where stream = s.sku || '@' || s.location order by version desc limit 1) as last
        union all
        select sku, location, probe.stream, parted, oldest, first_at, highest,
            case when middle.recorded_at > %(until)s then low else (low + high) / 2 end,
            case when middle.recorded_at > %(until)s then middle.version else high end
        from probe
        left join lateral (
            select version, recorded_at from inventory.event
            where stream = probe.stream and version > low and version <= (low + high) / 2
            order by version desc limit 1) as middle on true
        where high - low > 1
    ), place as materialized (select * from probe where high - low <= 1)
    select sku, location, oldest, first_at, coalesce(newest.version, 0), newest.recorded_at,
        newest.data::text, parted, lapsed.quantity, lapsed.allotted
    from place
    left join lateral (
        select version, recorded_at, data from inventory.event
        where stream = place.stream and version <= low order by version desc limit 1) as newest
        on true
    cross join lateral (
        select coalesce(sum(quantity), 0)::bigint as quantity,
            coalesce(sum(quantity) filter (where allotment <> ''), 0)::bigint as allotted
        from (
            select quantity, allotment from (
                select distinct lapse.version, lapse.quantity, lapse.allotment
                from inventory.snapshot
                cross join lateral jsonb_to_recordset(state -> 'lapses') as lapse (
                    version bigint, ended_at timestamptz, quantity bigint, allotment text)
                where snapshot.stream = place.stream and snapshot.version > low
                  and lapsed_from <= %(at)s and lapse.version > low and ended_at <= %(at)s) as kept
            union all
            select (event.data ->> 'quantity')::bigint, coalesce(event.data ->> 'allotment', '')
            from inventory.event
            where event.stream = place.stream and event.type = 'HoldExpired'
              and event.version > greatest(low, (
                select max(version) from inventory.snapshot where stream = place.stream))
              and event.version <= highest and {ended_at} <= %(at)s
            union all
            select a.held, a.allotment
            from inventory.allocation a
            where a.sku = place.sku and a.location = place.location
              and a.held > 0 and a.held_until <= %(at)s) as each) as lapsed
    order by sku, location
""".replace("{ended_at}", _ENDED_AT)
_LAPSES_BETWEEN: LiteralString = """
    select
        coalesce((
            select max(version) from inventory.snapshot where stream = %(stream)s), 0),
        coalesce(sum(quantity), 0)::bigint,
        coalesce(sum(quantity) filter (where allotment <> ''), 0)::bigint
    from (
        select distinct lapse.version, lapse.quantity, lapse.allotment
        from inventory.snapshot
        cross join lateral jsonb_to_recordset(state -> 'lapses') as lapse (
            version bigint, ended_at timestamptz, quantity bigint, allotment text)
        where snapshot.stream = %(stream)s and snapshot.version > %(after)s
          and lapsed_from <= %(at)s and ended_at <= %(at)s
          and lapse.version > %(after)s and lapse.version <= %(upto)s) as kept
"""
_ENDS: LiteralString = """
    select a.hold_id::text, a.line, max(a.held_until)
    from jsonb_to_recordset(%(lines)s::jsonb) as asked (hold_id uuid, line integer)
    join inventory.allocation a using (hold_id, line)
    where a.sku || '@' || a.location = %(stream)s
    group by a.hold_id, a.line
"""
_STREAMS_TO_SNAPSHOT: LiteralString = """
    select s.sku || '@' || s.location, coalesce(kept.version, 0), s.version
    from inventory.stock s
    left join lateral (
        select version from inventory.snapshot
        where stream = s.sku || '@' || s.location order by version desc limit 1) as kept on true
    where s.version >= %(distance)s and s.version - coalesce(kept.version, 0) >= %(distance)s
    order by s.version - coalesce(kept.version, 0) desc
    limit %(limit)s
"""
_SUMS_OF_PARTS: LiteralString = """
    select asked.stream, event.version, event.type, event.data::text
    from jsonb_to_recordset(%(parts)s::jsonb) as asked (stream text, after bigint, upto bigint)
    cross join lateral (
        select version, type, data from inventory.event
        where stream = asked.stream and version > asked.after and version <= asked.upto
        order by version) as event
    order by asked.stream, event.version
"""
_EVENTS_OF_PARTS: LiteralString = """
    select event.stream, event.version, event.type, event.data::text, event.actor, event.channel,
        event.correlation_id, event.recorded_at, event.position,
        case when event.type = 'HoldExpired' then {ended_at} end
    from jsonb_to_recordset(%(parts)s::jsonb) as asked (stream text, after bigint, upto bigint)
    cross join lateral (
        select regexp_replace(asked.stream, '@[^@]*$', '') as sku,
            regexp_replace(asked.stream, '^.*@', '') as location) as place
    cross join lateral (
        select * from inventory.event
        where stream = asked.stream and version > asked.after and version <= asked.upto
        order by version) as event
    order by event.stream, event.version
""".replace("{ended_at}", _ENDED_AT)


async def stock_then(
    tx: Transaction,
    *,
    skus: Iterable[str],
    until: datetime.datetime | None,
    at: datetime.datetime,
) -> list[StockThen]:
    """Where the streams of some SKUs stood after the events up to ``until``, or after all.

    What has lapsed is told as of ``at``.
    """
    return await tx.all(
        StockThen,
        _STOCK_THEN,
        {"skus": encoded(list(skus)), "until": until, "at": at},
    )


async def sums_before(
    tx: Transaction, places: Iterable[tuple[str, int]]
) -> list[tuple[str, int, str]]:
    """The version and sums (JSON) of the newest snapshot of some streams up to a version."""
    return await tx.all(
        whole_row,
        """
        select kept.stream, kept.version, kept.state ->> 'sums'
        from jsonb_to_recordset(%(places)s::jsonb) as asked (stream text, version bigint)
        cross join lateral (
            select * from inventory.snapshot
            where stream = asked.stream and version <= asked.version
            order by version desc limit 1) as kept
        """,
        {"places": encoded([{"stream": each, "version": version} for each, version in places])},
    )


async def sums_of_parts(tx: Transaction, parts: Sequence[Part]) -> list[tuple[str, int, str, str]]:
    """Stream, version, type and data of the events of some parts of streams, each part in
    order."""
    return await tx.all(whole_row, _SUMS_OF_PARTS, {"parts": encoded(parts)})


async def events_of_parts(tx: Transaction, parts: Sequence[Part]) -> list[HistoryEvent]:
    """The events of some parts of streams, each part in order."""
    return await tx.all(HistoryEvent, _EVENTS_OF_PARTS, {"parts": encoded(parts)})


async def lapses_between(
    tx: Transaction, part: Part, at: datetime.datetime
) -> tuple[int, int, int]:
    """What the snapshots know of lapses within a part of a stream: the newest snapshot's version,
    and how many pieces had lapsed at a moment, in all and of allotments."""
    facts = {"stream": part.stream, "after": part.after, "upto": part.upto, "at": at}
    return await tx.one(whole_row, _LAPSES_BETWEEN, facts)


async def ends_of(
    tx: Transaction, stream: str, lines: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], datetime.datetime]:
    """Until when some lines of holds were held of a stock."""
    asked = [{"hold_id": hold_id, "line": line} for hold_id, line in lines]
    found = await tx.all(whole_row, _ENDS, {"stream": stream, "lines": encoded(asked)})
    return {(hold_id, line): ended_at for hold_id, line, ended_at in found}


async def stock_among(tx: Transaction, streams: Iterable[str]) -> list[str]:
    """Those of some streams that are of stock."""
    return await tx.all(
        str,
        """
        select sku || '@' || location
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        join inventory.stock using (sku, location)
        """,
        {
            "keys": encoded(
                [
                    {"sku": sku, "location": location}
                    for sku, _, location in (each.rpartition("@") for each in streams)
                ]
            )
        },
    )


async def streams_to_snapshot(
    tx: Transaction, *, distance: int, limit: int
) -> list[tuple[str, int, int]]:
    """Streams that grew by ``distance`` events or more since their newest snapshot, the ones that
    grew most in front; each with that snapshot's version and its own."""
    return await tx.all(whole_row, _STREAMS_TO_SNAPSHOT, {"distance": distance, "limit": limit})


async def insert_snapshot(tx: Transaction, row: SnapshotRow) -> None:
    """Keep a snapshot; one that is there already stays, for it says the same."""
    await tx.run(
        """
        insert into inventory.snapshot (stream, version, recorded_at, lapsed_from, state)
        values (%(stream)s, %(version)s, %(recorded_at)s, %(lapsed_from)s, %(state)s)
        on conflict (stream, version) do nothing
        """,
        {**msgspec.structs.asdict(row), "state": encoded(row.state)},
    )


async def delete_snapshots(tx: Transaction, *, limit: int) -> int:
    """Delete some snapshots; says how many."""
    return await tx.run(
        """
        delete from inventory.snapshot where (stream, version) in (
            select stream, version from inventory.snapshot limit %(limit)s)
        """,
        {"limit": limit},
    )
