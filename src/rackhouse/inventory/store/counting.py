"""Statements about count sheets."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.inventory.events import Slot
from rackhouse.inventory.rules import Key
from rackhouse.inventory.rules.counting import Count, CountLine
from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction

__all__ = [
    "corrected_since",
    "count_of",
    "count_page",
    "free_units",
    "lock_count",
    "mark_posted",
    "parts_to_count",
    "remember_counted",
    "skus_to_count",
    "units_there",
    "write_count",
]


async def lock_count(tx: Transaction, count_id: str) -> Count | None:
    """A sheet, for nobody else to change until the end of the transaction. This comes after the
    turns at stock, and before anything that gives the transaction its id."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('inventory.count:' || %(id)s::text, 1))",
        {"id": count_id},
    )
    return await count_of(tx, count_id)


async def count_of(tx: Transaction, count_id: str) -> Count | None:
    """A sheet."""
    found = await tx.maybe(
        whole_row,
        """
        select facts::text, coalesce((
            select json_agg(json_build_object(
                'line', l.line, 'facts', l.facts, 'posted_version', l.posted_version)
                order by l.line)
            from inventory.count_line l where l.count_id = c.id), '[]')::text
        from inventory.count c where id = %(id)s
        """,
        {"id": count_id},
    )
    return None if found is None else _count(*found)


async def count_page(
    tx: Transaction,
    *,
    before: tuple[datetime.datetime, str] | None,
    location: str | None,
    status: str | None,
    limit: int,
) -> list[Count]:
    """Sheets, the newest first, before a (time, id)."""
    return await tx.all(
        _count,
        """
        select facts::text, coalesce((
            select json_agg(json_build_object(
                'line', l.line, 'facts', l.facts, 'posted_version', l.posted_version)
                order by l.line)
            from inventory.count_line l where l.count_id = c.id), '[]')::text
        from inventory.count c
        where (%(opened_at)s::timestamptz is null
               or (opened_at, id) < (%(opened_at)s::timestamptz, %(id)s::uuid))
          and (%(location)s::text is null or location = %(location)s)
          and (%(status)s::text is null or status = %(status)s)
        order by opened_at desc, id desc limit %(limit)s
        """,
        {
            "opened_at": before[0] if before else None,
            "id": before[1] if before else None,
            "location": location,
            "status": status,
            "limit": limit,
        },
    )


async def write_count(tx: Transaction, count: Count) -> None:
    """Write a sheet as it is now, but for what was posted of it."""
    sheet = msgspec.structs.replace(count, lines=())
    rows = [
        {
            "line": each.line,
            "sku": each.sku,
            "lot": each.lot,
            "condition": each.condition,
            "counted": each.counted,
            "facts": each,
        }
        for each in count.lines
    ]
    await tx.run(
        """
        with sheet as (
            insert into inventory.count
                (id, location, status, blind, facts, opened_at, version)
            values (%(id)s, %(location)s, %(status)s, %(blind)s, %(facts)s::jsonb, %(opened_at)s,
                %(version)s)
            on conflict (id) do update
            set status = excluded.status, facts = excluded.facts, version = excluded.version)
        insert into inventory.count_line as known
            (count_id, line, sku, lot, condition, counted, facts)
        select %(id)s::uuid, line, sku, lot, condition, counted, facts
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            line integer, sku text, lot text, condition text, counted bigint, facts jsonb)
        on conflict (count_id, line) do update
        set counted = excluded.counted, facts = excluded.facts
        where known.facts <> excluded.facts
        """,
        {
            "id": count.id,
            "location": count.location,
            "status": count.status,
            "blind": count.blind,
            "facts": encoded(sheet),
            "opened_at": count.opened_at,
            "version": count.version,
            "rows": encoded(rows),
        },
    )


async def corrected_since(
    tx: Transaction, count: Count, lines: Sequence[CountLine]
) -> dict[int, str]:
    """By line, another sheet of the location that posted a difference of the same pieces after
    they were counted for this one."""
    rows = [
        {
            "line": each.line,
            "sku": each.sku,
            "lot": each.lot,
            "condition": each.condition,
            "counted_at": each.counted_at,
        }
        for each in lines
    ]
    found = await tx.all(
        whole_row,
        """
        select distinct on (mine.line) mine.line, other.count_id::text
        from jsonb_to_recordset(%(rows)s::jsonb) as mine (
            line integer, sku text, lot text, condition text, counted_at timestamptz)
        join inventory.count_line other
          on other.sku = mine.sku and other.lot = mine.lot and other.condition = mine.condition
         and other.posted_at > mine.counted_at and other.count_id <> %(count_id)s::uuid
        join inventory.count sheet
          on sheet.id = other.count_id and sheet.location = %(location)s
        order by mine.line, other.posted_at desc
        """,
        {"rows": encoded(rows), "count_id": count.id, "location": count.location},
    )
    return dict(found)


async def mark_posted(
    tx: Transaction, count_id: str, versions: Mapping[int, int], posted_at: datetime.datetime
) -> None:
    """Remember the event with which each of some lines was posted, and when."""
    rows = [{"line": line, "version": version} for line, version in versions.items()]
    await tx.run(
        """
        update inventory.count_line l
        set posted_version = done.version, posted_at = %(posted_at)s
        from jsonb_to_recordset(%(rows)s::jsonb) as done (line integer, version bigint)
        where l.count_id = %(count_id)s and l.line = done.line
        """,
        {"count_id": count_id, "rows": encoded(rows), "posted_at": posted_at},
    )


async def remember_counted(tx: Transaction, count: Count) -> None:
    """Remember when each SKU of a posted sheet was counted last, and how many events it had."""
    counted = {each.sku: each.counted_at for each in count.lines if each.counted_at is not None}
    await tx.run(
        """
        insert into inventory.counted as known (sku, location, counted_at, version, count_id)
        select new.sku, %(location)s, new.counted_at, coalesce(s.version, 0), %(count_id)s::uuid
        from jsonb_to_recordset(%(rows)s::jsonb) as new (sku text, counted_at timestamptz)
        left join inventory.stock s on s.sku = new.sku and s.location = %(location)s
        order by new.sku
        on conflict (sku, location) do update
        set counted_at = excluded.counted_at, version = excluded.version,
            count_id = excluded.count_id
        where known.counted_at < excluded.counted_at
        """,
        {
            "location": count.location,
            "count_id": count.id,
            "rows": encoded([{"sku": sku, "counted_at": at} for sku, at in counted.items()]),
        },
    )


async def skus_to_count(
    tx: Transaction,
    location: str,
    *,
    counted_before: datetime.datetime | None,
    most_moved_first: bool,
    limit: int,
) -> list[str]:
    """What lies at a location and was not counted since a time: what has had the most events since
    it was counted first, or in the order of SKUs."""
    return await tx.all(
        str,
        """
        select s.sku from inventory.stock s
        left join inventory.counted c on c.sku = s.sku and c.location = s.location
        where s.location = %(location)s
          and (%(before)s::timestamptz is null or c.counted_at is null
               or c.counted_at < %(before)s::timestamptz)
        order by case when %(most_moved)s then s.version - coalesce(c.version, 0) end desc, s.sku
        limit %(limit)s
        """,
        {
            "location": location,
            "before": counted_before,
            "most_moved": most_moved_first,
            "limit": limit,
        },
    )


async def parts_to_count(
    tx: Transaction, location: str, skus: Sequence[str]
) -> list[tuple[Any, ...]]:
    """The parts (SKU, lot, condition, whether it is numbered) that people can tell apart at a
    location; none of a SKU whose row is not parted."""
    return await tx.all(
        whole_row,
        """
        select b.sku, b.lot, b.condition, bool_or(l.numbered is not null)
        from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)
        join inventory.bucket b on b.sku = asked.sku and b.location = %(location)s
        left join inventory.lot l on l.sku = b.sku and l.lot = b.lot
        where b.on_hand > 0 or (b.lot = '' and b.condition = 'sellable')
        group by b.sku, b.lot, b.condition order by b.sku, b.lot, b.condition desc
        """,
        {"skus": encoded(list(skus)), "location": location},
    )


async def units_there(tx: Transaction, key: Key, lot: str, condition: str) -> list[int]:
    """The numbers of a lot that should be at a place, in a condition."""
    return await tx.all(
        int,
        """
        select number from inventory.unit
        where sku = %(sku)s and lot = %(lot)s and location = %(location)s
          and condition = %(condition)s and state in ('in_stock', 'held', 'committed')
        order by number
        """,
        {"sku": key[0], "location": key[1], "lot": lot, "condition": condition},
    )


async def free_units(
    tx: Transaction, sku: str, lot: str, numbers: Iterable[int]
) -> list[tuple[Key, Slot, int]]:
    """Where those of some numbers are that are in stock and nobody has a claim on."""
    return await tx.all(
        _free_unit,
        """
        select u.sku, u.location, u.lot, u.allotment, u.condition, u.number
        from jsonb_array_elements_text(%(numbers)s::jsonb) as asked (number)
        join inventory.unit u
          on u.sku = %(sku)s and u.lot = %(lot)s and u.number = asked.number::integer
        where u.state = 'in_stock'
        """,
        {"sku": sku, "lot": lot, "numbers": encoded(list(numbers))},
    )


class _Line(msgspec.Struct, frozen=True):
    line: int
    facts: CountLine
    posted_version: int | None


def _count(facts: str, lines: str) -> Count:
    count = msgspec.json.decode(facts, type=Count)
    found = msgspec.json.decode(lines, type=list[_Line])
    return msgspec.structs.replace(
        count,
        lines=tuple(
            msgspec.structs.replace(each.facts, posted_version=each.posted_version)
            for each in found
        ),
    )


def _free_unit(
    sku: str, location: str, lot: str, allotment: str, condition: str, number: int
) -> tuple[Key, Slot, int]:
    return ((sku, location), (lot, allotment, condition), number)
