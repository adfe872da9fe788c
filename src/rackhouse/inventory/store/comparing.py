"""Statements that compare stock rows with what else is there: a page of them at a time."""

from collections.abc import Iterable
from typing import Any

from rackhouse.inventory.rules import Key, Stock
from rackhouse.inventory.store.parameters import encoded, keys_text, whole_row
from rackhouse.inventory.units import UnitMove
from rackhouse.platform.database import Pending, Transaction

__all__ = [
    "audited_row",
    "audited_rows",
    "keys_without_row",
    "last_of_streams",
    "live_pieces",
    "quota_ids",
    "quotas_with_uses",
    "send_astray_units",
    "send_audited_without_row",
    "send_details",
    "send_events_since",
    "send_last_events",
    "send_misfits",
    "send_pieces",
    "send_unit_counts",
    "skus_with_events",
    "unit_places",
]


async def audited_rows(tx: Transaction, *, after: Key, limit: int) -> list[Stock]:
    """Stock rows in key order after a key, whatever location they are at."""
    return await tx.all(
        Stock,
        """
        select sku, location, on_hand, held, committed, version, unavailable, allotted, safety,
            frozen, details, head
        from inventory.stock
        where (sku, location) > (%(sku)s::text, %(at)s::text)
        order by sku, location limit %(limit)s
        """,
        {"sku": after[0], "at": after[1], "limit": limit},
    )


async def send_last_events(tx: Transaction, keys: Iterable[Key]) -> Pending:
    """Ask for the version, data and hash of the last event of some stock."""
    return await tx.send(
        """
        select asked.sku, asked.location, last.version, last.data::text, last.hash
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        cross join lateral (
            select version, data, hash from inventory.event
            where stream = asked.sku || '@' || asked.location
            order by version desc limit 1) as last
        """,
        {"keys": keys_text(keys)},
    )


async def send_pieces(tx: Transaction, keys: Iterable[Key]) -> Pending:
    """Ask for the pieces (SKU, location, lot, allotment, held, committed) that allocations hold
    and have sold of some stock."""
    return await tx.send(
        """
        select a.sku, a.location, a.lot, a.allotment, sum(a.held)::bigint,
            sum(a.committed)::bigint
        from (
            select a.sku, a.location, a.lot, a.allotment, a.held, a.committed
            from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
            join inventory.allocation a using (sku, location) where a.held > 0
            union all
            select a.sku, a.location, a.lot, a.allotment, a.held, a.committed
            from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
            join inventory.allocation a using (sku, location)
            where a.committed > 0 and a.held = 0) as a
        group by a.sku, a.location, a.lot, a.allotment
        """,
        {"keys": keys_text(keys)},
    )


async def send_events_since(tx: Transaction, since: dict[Key, int], *, limit: int) -> Pending:
    """Ask for the events (stream, version, type, data) of some stock after a version of each, the
    first ``limit`` of each."""
    rows = [
        {"stream": f"{sku}@{location}", "version": version}
        for (sku, location), version in since.items()
    ]
    return await tx.send(
        """
        select asked.stream, e.version, e.type, e.data::text
        from jsonb_to_recordset(%(rows)s::jsonb) as asked (stream text, version bigint)
        cross join lateral (
            select version, type, data from inventory.event
            where stream = asked.stream and version > asked.version
            order by version limit %(limit)s) as e
        order by asked.stream, e.version
        """,
        {"rows": encoded(rows), "limit": limit},
    )


async def send_unit_counts(tx: Transaction, keys: Iterable[Key]) -> Pending:
    """Ask how many numbered units stand in the slots of some stock (SKU, location, lot, allotment,
    condition, and of each state: in stock, held, committed)."""
    return await tx.send(
        """
        select u.sku, u.location, u.lot, u.allotment, u.condition,
            count(*) filter (where u.state = 'in_stock'),
            count(*) filter (where u.state = 'held'),
            count(*) filter (where u.state = 'committed')
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        join inventory.unit u using (sku, location)
        where u.state in ('in_stock', 'held', 'committed')
        group by u.sku, u.location, u.lot, u.allotment, u.condition
        """,
        {"keys": keys_text(keys)},
    )


async def send_astray_units(tx: Transaction, keys: Iterable[Key], *, limit: int) -> Pending:
    """Ask for units (SKU, location, lot, number, state, hold) of some stock that are held or
    committed, and that no allocation of their hold names."""
    return await tx.send(
        """
        select u.sku, u.location, u.lot, u.number, u.state, u.hold_id::text
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        join inventory.unit u using (sku, location)
        where u.state in ('held', 'committed') and not exists (
            select from inventory.allocation a
            where a.hold_id = u.hold_id and a.line = u.line and a.sku = u.sku
              and a.location = u.location and a.lot = u.lot and a.allotment = u.allotment
              and u.number = any (a.units))
        order by u.sku, u.lot, u.number limit %(limit)s
        """,
        {"keys": keys_text(keys), "limit": limit},
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
    """The pieces (hold, lot, allotment, held, committed) that holds have of one stock, without
    those that have none any more."""
    return await tx.all(
        whole_row,
        """
        select hold_id::text, lot, allotment, sum(held)::bigint, sum(committed)::bigint from (
            select hold_id, lot, allotment, held, committed from inventory.allocation
            where sku = %(sku)s and location = %(location)s and held > 0
            union all
            select hold_id, lot, allotment, held, committed from inventory.allocation
            where sku = %(sku)s and location = %(location)s and committed > 0 and held = 0
        ) as live
        group by hold_id, lot, allotment
        """,
        {"sku": key[0], "location": key[1]},
    )


async def audited_row(tx: Transaction, key: Key) -> list[Stock]:
    """The stock row of a key, if there is one."""
    return await tx.all(
        Stock,
        """
        select sku, location, on_hand, held, committed, version, unavailable, allotted, safety,
            frozen, details, head
        from inventory.stock where sku = %(sku)s and location = %(location)s
        """,
        {"sku": key[0], "location": key[1]},
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


async def send_details(tx: Transaction, keys: Iterable[Key]) -> Pending:
    """Ask which bits the details of some stock must have: those of quotas, of buffers, of a promise
    that is closed, and of who waits, where no other stock of that SKU has it: who waits is asked
    for where their channel sells from."""
    return await tx.send(
        """
        select asked.sku, asked.location,
            case when exists (
                select from inventory.quota_sku q where q.sku = asked.sku) then 2 else 0 end
            | case when exists (
                select from inventory.buffer b
                where b.sku = asked.sku and b.location = asked.location) then 8 else 0 end
            | case when asked.location <> '~promised' and exists (
                select from inventory.waiting w
                where w.sku = asked.sku and w.status = 'waiting') and not exists (
                select from inventory.stock s
                where s.sku = asked.sku and s.details & 4 <> 0) then 4 else 0 end
            | case when asked.location = '~promised' and exists (
                select from inventory.promise p
                where p.sku = asked.sku and p.closed_at is not null) then 16 else 0 end
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        """,
        {"keys": keys_text(keys)},
    )


async def quotas_with_uses(tx: Transaction, *, after: str, limit: int) -> list[tuple[Any, ...]]:
    """The uses of some quotas (quota, subject, used, counted), where what is written down is not
    what the holds come to; in the order of their ids, after one. Each is counted over the
    allocations of its SKUs."""
    return await tx.all(
        whole_row,
        """
        with page as materialized (
            select id, per from inventory.quota
            where id > %(after)s order by id limit %(limit)s),
        counted as (
            select q.id, case q.per when 'customer' then h.customer_id else '' end as subject,
                sum(case when a.forgiven then 0 else a.held end
                    + a.committed + a.shipped - a.returned)::bigint as pieces
            from page q join inventory.quota_sku s on s.quota_id = q.id
            join inventory.allocation a on a.sku = s.sku
            join inventory.hold h on h.id = a.hold_id
            group by 1, 2),
        written as (
            select u.quota_id as id, u.subject, u.used
            from inventory.quota_use u join page on page.id = u.quota_id)
        select coalesce(w.id, c.id), coalesce(w.subject, c.subject), coalesce(w.used, 0),
            coalesce(c.pieces, 0)
        from written w full join (
            select * from counted where subject is not null) as c
            on c.id = w.id and c.subject = w.subject
        where coalesce(w.used, 0) <> coalesce(c.pieces, 0)
        order by 1, 2
        """,
        {"after": after, "limit": limit},
    )


async def quota_ids(tx: Transaction, *, after: str, limit: int) -> list[str]:
    """The quotas of the same page."""
    return await tx.all(
        str,
        """
        select id from inventory.quota where id > %(after)s order by id limit %(limit)s
        """,
        {"after": after, "limit": limit},
    )


async def skus_with_events(tx: Transaction, *, after: str, limit: int) -> list[tuple[str, int]]:
    """SKUs that have stock anywhere, in order after one, each with how many events that has."""
    return await tx.all(
        whole_row,
        """
        select sku, sum(version)::bigint from inventory.stock
        where sku > %(after)s group by sku order by sku limit %(limit)s
        """,
        {"after": after, "limit": limit},
    )


async def unit_places(tx: Transaction, sku: str, lots: Iterable[str] | None) -> list[UnitMove]:
    """Where the numbered units of some lots of a SKU are, or of all."""
    return await tx.all(
        UnitMove,
        """
        select sku, lot, number, location, allotment, condition, state, hold_id::text, line
        from inventory.unit
        where sku = %(sku)s and (%(lots)s::jsonb is null or lot in (
            select lot from jsonb_array_elements_text(%(lots)s::jsonb) as asked (lot)))
        """,
        {"sku": sku, "lots": None if lots is None else encoded(list(lots))},
    )


async def last_of_streams(tx: Transaction, streams: Iterable[str]) -> list[tuple[Any, ...]]:
    """The last event (stream, version, type, data, recorded at) of some streams, which stays in
    the log when others leave it."""
    return await tx.all(
        whole_row,
        """
        select asked.stream, last.version, last.type, last.data::text, last.recorded_at
        from jsonb_array_elements_text(%(streams)s::jsonb) as asked (stream)
        cross join lateral (
            select version, type, data, recorded_at from inventory.event
            where stream = asked.stream order by version desc limit 1) as last
        """,
        {"streams": encoded(list(streams))},
    )
