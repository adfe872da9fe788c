"""Statements about what was promised and has not come."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from rackhouse.inventory.rules import Key, Promise, Promised, PromisePart
from rackhouse.inventory.store.locking import read_allocation
from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Pending, Transaction

__all__ = [
    "channels_promised",
    "places_with_pieces",
    "promise_page",
    "promises_of",
    "read_promised",
    "send_backlog",
    "skus_promised",
    "write_promise",
]


async def channels_promised(tx: Transaction, skus: Iterable[str]) -> list[tuple[str, str]]:
    """The SKUs, of some, of which pieces are promised, each with the channels of their holds."""
    return await tx.all(
        whole_row,
        """
        select distinct a.sku, h.channel
        from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)
        join inventory.allocation a
            on a.sku = asked.sku and a.location = '~promised' and a.quantity > 0
        join inventory.hold h on h.id = a.hold_id
        where a.held + a.committed > 0
        """,
        {"skus": encoded(list(skus))},
    )


async def send_backlog(
    tx: Transaction, channels: Mapping[str, Iterable[str]], now: datetime.datetime, *, limit: int
) -> Pending:
    """Ask what is promised of some SKUs to holds of some channels each, ``limit`` at most of a
    SKU, in the order in which it is served."""
    rows = [{"sku": sku, "channels": list(names)} for sku, names in channels.items()]
    return await tx.send(
        """
        select first.*
        from jsonb_to_recordset(%(rows)s::jsonb) as asked (sku text, channels jsonb)
        cross join lateral (
            select h.channel, h.placed_at,
                coalesce(h.lines -> a.line ->> 'picking', 'first_expired'),
                a.hold_id::text, a.line, a.sku, a.location, a.quantity, a.held, a.committed,
                a.shipped, a.returned, a.held_until, a.lot, a.allotment, a.units, a.shipped_units
            from inventory.allocation a
            join inventory.hold h on h.id = a.hold_id
            where a.sku = asked.sku and a.location = '~promised' and a.quantity > 0
              and (a.committed > 0 or (a.held > 0 and a.held_until > %(now)s))
              and asked.channels ? h.channel
            order by h.placed_at, h.id, a.line
            limit %(limit)s) as first
        """,
        {"rows": encoded(rows), "now": now, "limit": limit},
    )


def read_promised(*row: Any) -> Promised:
    """What was promised, from its row."""
    channel, placed_at, picking, *allocation = row
    return Promised(channel, placed_at, picking, read_allocation(*allocation))


async def skus_promised(tx: Transaction, *, after: str, limit: int) -> list[str]:
    """SKUs of which pieces are promised to somebody, in order after one."""
    return await tx.all(
        str,
        """
        select sku from inventory.stock
        where location = '~promised' and held + committed > 0 and sku > %(after)s
        order by sku limit %(limit)s
        """,
        {"after": after, "limit": limit},
    )


async def places_with_pieces(tx: Transaction, skus: Iterable[str]) -> list[Key]:
    """Where pieces of some SKUs are that nobody has a claim on, or a channel that has not sold
    them."""
    return await tx.all(
        _key,
        """
        select sku, location
        from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)
        join inventory.stock using (sku)
        where location <> '~promised' and on_hand - held - committed - unavailable > 0
        order by sku, location
        """,
        {"skus": encoded(list(skus))},
    )


def _key(sku: str, location: str) -> Key:
    return sku, location


async def promises_of(tx: Transaction, skus: Iterable[str]) -> list[Promise]:
    """The promises of some SKUs, also those that are closed."""
    return await tx.all(
        _promise,
        """
        select sku, kind, promised_at, note, inbound_id::text, opened_at, closed_at, version
        from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)
        join inventory.promise using (sku)
        """,
        {"skus": encoded(list(skus))},
    )


async def write_promise(tx: Transaction, promise: Promise) -> None:
    """Write the terms of a promise whose stock is locked."""
    await tx.run(
        """
        insert into inventory.promise
            (sku, kind, promised_at, note, inbound_id, opened_at, closed_at, version)
        values (%(sku)s, %(kind)s, %(promised_at)s, %(note)s, %(inbound_id)s::uuid,
            %(opened_at)s, %(closed_at)s, %(version)s)
        on conflict (sku) do update
        set kind = excluded.kind, promised_at = excluded.promised_at, note = excluded.note,
            inbound_id = excluded.inbound_id, opened_at = excluded.opened_at,
            closed_at = excluded.closed_at, version = excluded.version
        """,
        msgspec.structs.asdict(promise),
    )


async def promise_page(
    tx: Transaction,
    *,
    skus: Iterable[str] | None,
    after: str,
    is_open: bool | None,
    limit: int,
) -> list[tuple[Promise, list[PromisePart], int]]:
    """Promises as of now in order of their SKUs, of some or of all, each with its parts and with
    how many orders wait. What has lapsed does not count as held."""
    return await tx.all(
        _promise_with_parts,
        """
        select p.sku, p.kind, p.promised_at, p.note, p.inbound_id::text, p.opened_at, p.closed_at,
            p.version, figures.parts::text,
            (select count(distinct a.hold_id) from inventory.allocation a
             where a.sku = p.sku and a.location = '~promised' and a.quantity > 0
               and a.committed > 0)
        from inventory.promise p
        cross join lateral (
            select jsonb_agg(jsonb_build_array(part.allotment, part.on_hand,
                part.held - coalesce(lapsed.held, 0), part.committed) order by part.allotment)
                as parts
            from (
                select '' as allotment, s.on_hand, s.held, s.committed from inventory.stock s
                where s.sku = p.sku and s.location = '~promised' and s.details & 1 = 0
                union all
                select b.allotment, b.on_hand, b.held, b.committed from inventory.bucket b
                where b.sku = p.sku and b.location = '~promised') as part
            cross join lateral (
                select sum(a.held) as held from inventory.allocation a
                where a.sku = p.sku and a.location = '~promised' and a.held > 0
                  and a.allotment = part.allotment
                  and a.held_until <= statement_timestamp()) as lapsed) as figures
        where p.sku > %(after)s
          and (%(skus)s::jsonb is null or p.sku in (
              select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku)))
          and (%(is_open)s::boolean is null or (p.closed_at is null) = %(is_open)s)
        order by p.sku limit %(limit)s
        """,
        {
            "skus": None if skus is None else encoded(list(skus)),
            "after": after,
            "is_open": is_open,
            "limit": limit,
        },
    )


def _promise(*row: Any) -> Promise:
    return Promise(**dict(zip(Promise.__struct_fields__, row, strict=True)))


def _promise_with_parts(*row: Any) -> tuple[Promise, list[PromisePart], int]:
    *promise, parts, waiting = row
    return _promise(*promise), msgspec.json.decode(parts, type=list[PromisePart]), waiting
