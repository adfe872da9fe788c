"""Statements that only read."""

from collections.abc import Iterable
from typing import Any

from rackhouse.inventory.rules import Key, Stock
from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction

__all__ = [
    "due_holds",
    "live_holds",
    "location_page",
    "locations_of",
    "recorded_stock",
    "skus_of_hold",
    "stock_of_skus",
    "stock_page",
    "streams_of_skus",
]


async def due_holds(tx: Transaction, *, limit: int) -> list[str]:
    """Holds whose time is over and that nobody has tidied up yet, the oldest first."""
    return await tx.all(
        str,
        """
        select id::text from inventory.hold
        where status = 'held' and expires_at <= statement_timestamp()
        order by expires_at limit %(limit)s
        """,
        {"limit": limit},
    )


async def stock_of_skus(tx: Transaction, skus: Iterable[str]) -> list[tuple[Any, ...]]:
    """The stock rows of some SKUs as of now, in the order of `Stock`, then how many free pieces of
    each belong to lots that may not be sold now; and last how many are on their way there, when
    the first of them are expected, and when those are promised that have not come. What has lapsed
    does not count as held; what has lapsed of an allotment is allotted again."""
    return await tx.all(
        whole_row,
        """
        with asked as materialized (
            select sku, (
                select jsonb_object_agg(line.destination, jsonb_build_array(quantity, expected_at))
                from (
                    select i.destination,
                        sum(l.quantity - l.received - l.missing - l.cancelled) as quantity,
                        min(i.expected_at) as expected_at
                    from inventory.inbound_line l
                    join inventory.inbound i on i.id = l.inbound_id
                    where l.sku = named.sku
                      and l.received + l.missing + l.cancelled < l.quantity
                    group by i.destination) as line) as coming
            from jsonb_array_elements_text(%(skus)s::jsonb) as named (sku))
        select s.sku, s.location, s.on_hand, s.held - coalesce(lapsed.held, 0)::bigint,
            s.committed, s.version, s.unavailable,
            s.allotted + coalesce(lapsed.allotted, 0)::bigint, s.safety, 0, s.details, null,
            case when s.details & 1 = 0 then 0 else (
                select coalesce(sum(b.on_hand - b.held - b.committed), 0)::bigint
                from inventory.bucket b join inventory.lot l using (sku, lot)
                where b.sku = s.sku and b.location = s.location and b.allotment = ''
                  and b.condition = 'sellable'
                  and (l.recalled or l.expires_at <= statement_timestamp()
                       or l.release_at > statement_timestamp())) end,
            asked.coming -> s.location ->> 0, asked.coming -> s.location ->> 1,
            case when s.location = '~promised' then (
                select p.promised_at from inventory.promise p
                where p.sku = s.sku and p.closed_at is null) end
        from asked
        join inventory.stock s using (sku)
        cross join lateral (
            select sum(a.held) as held, sum(a.held) filter (where a.allotment <> '') as allotted
            from inventory.allocation a
            where a.sku = s.sku and a.location = s.location and a.held > 0
              and a.held_until <= statement_timestamp()) as lapsed
        order by s.sku, s.location
        """,
        {"skus": encoded(list(skus))},
    )


async def recorded_stock(
    tx: Transaction, *, skus: Iterable[str] | None, locations: Iterable[str] | None
) -> list[Stock]:
    """The stock rows as their last events left them, of some SKUs and locations or of all."""
    return await tx.all(
        Stock,
        """
        select sku, location, on_hand, held, committed, version, unavailable, allotted, safety,
            frozen, details, head
        from inventory.stock
        where (%(skus)s::jsonb is null or sku in (
                select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku)))
          and (%(locations)s::jsonb is null or location in (
                select name from jsonb_array_elements_text(%(locations)s::jsonb) as y (name)))
        order by sku, location
        """,
        {
            "skus": None if skus is None else encoded(list(skus)),
            "locations": None if locations is None else encoded(list(locations)),
        },
    )


async def stock_page(
    tx: Transaction, *, after: Key | None, location: str | None, limit: int
) -> list[Stock]:
    """Stock rows in key order after a key; what is promised only where it is asked for."""
    return await tx.all(
        Stock,
        """
        select sku, location, on_hand, held, committed, version, unavailable, allotted, safety,
            frozen
        from inventory.stock
        where (location <> '~promised' or location = %(location)s::text)
          and (sku, location) > (%(sku)s::text, %(at)s::text)
          and location = coalesce(%(location)s::text, location)
        order by sku, location limit %(limit)s
        """,
        {
            "sku": after[0] if after else "",
            "at": after[1] if after else "",
            "location": location,
            "limit": limit,
        },
    )


async def skus_of_hold(tx: Transaction, hold_id: str) -> list[str]:
    """The SKUs of which a hold has pieces."""
    return await tx.all(
        str,
        "select distinct sku from inventory.allocation where hold_id = %(hold_id)s::uuid",
        {"hold_id": hold_id},
    )


async def streams_of_skus(tx: Transaction, skus: Iterable[str]) -> list[str]:
    """The event streams of some SKUs."""
    return await tx.all(
        str,
        """
        select sku || '@' || location from inventory.stock
        where sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"skus": encoded(list(skus))},
    )


async def location_page(tx: Transaction, *, after: str, limit: int) -> list[tuple[Any, ...]]:
    """Locations (id, name, kind, version, latitude, longitude) in order of their ids after one."""
    return await tx.all(
        whole_row,
        """
        select id, name, kind, version, latitude, longitude from inventory.location
        where id > %(after)s order by id limit %(limit)s
        """,
        {"after": after, "limit": limit},
    )


async def locations_of(tx: Transaction, ids: Iterable[str]) -> list[tuple[Any, ...]]:
    """The locations (id, name, kind, version, latitude, longitude) of some ids."""
    return await tx.all(
        whole_row,
        """
        select id, name, kind, version, latitude, longitude from inventory.location
        where id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        """,
        {"ids": encoded(list(ids))},
    )


async def live_holds(
    tx: Transaction, *, sku: str | None, channel: str | None, limit: int
) -> list[str]:
    """The ids of holds that run at this moment, the ones that end first in front."""
    return await tx.all(
        str,
        """
        select id::text from inventory.hold h
        where status = 'held' and expires_at > statement_timestamp()
          and channel = coalesce(%(channel)s::text, channel)
          and (%(sku)s::text is null or exists (
              select from inventory.allocation a where a.hold_id = h.id and a.sku = %(sku)s))
        order by expires_at limit %(limit)s
        """,
        {"sku": sku, "channel": channel, "limit": limit},
    )
