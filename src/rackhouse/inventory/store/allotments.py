"""Statements that read allotments, what is kept back, and what a channel could sell."""

from collections.abc import Iterable, Sequence
from typing import Any

from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction

__all__ = ["allotment_page", "kept_back_page", "locations_of_allotment", "stock_seen_by"]


async def allotment_page(
    tx: Transaction,
    *,
    channel: str | None,
    sku: str | None,
    location: str | None,
    after: tuple[str, str, str, str] | None,
    limit: int,
    units_limit: int,
) -> list[tuple[Any, ...]]:
    """Allotments in order of channel, SKU, location and lot, each with its free numbers, what is
    known of its lot, and the time. What has lapsed does not count as held."""
    return await tx.all(
        whole_row,
        """
        select b.allotment, b.sku, b.location, b.lot, b.on_hand,
            b.held - coalesce(lapsed.held, 0)::bigint, b.committed, l.release_at, l.expires_at,
            coalesce(l.recalled, false), l.numbered is not null,
            array(
                select u.number from inventory.unit u
                where u.sku = b.sku and u.lot = b.lot and u.location = b.location
                  and u.allotment = b.allotment and u.condition = b.condition
                  and l.numbered is not null
                  and (u.state = 'in_stock' or u.state = 'held' and exists (
                      select from inventory.allocation a
                      where a.hold_id = u.hold_id and a.line = u.line and a.sku = u.sku
                        and a.held > 0 and a.held_until <= statement_timestamp()))
                order by u.number limit %(units_limit)s),
            statement_timestamp()
        from inventory.bucket b
        left join inventory.lot l on l.sku = b.sku and l.lot = b.lot
        cross join lateral (
            select sum(a.held) as held from inventory.allocation a
            where a.sku = b.sku and a.location = b.location and a.lot = b.lot
              and a.allotment = b.allotment and a.held > 0
              and a.held_until <= statement_timestamp()) as lapsed
        where b.allotment <> '' and b.condition = 'sellable' and b.on_hand > 0
          and b.location <> '~promised'
          and (%(channel)s::text is null or b.allotment = %(channel)s::text)
          and (%(sku)s::text is null or b.sku = %(sku)s::text)
          and (%(location)s::text is null or b.location = %(location)s::text)
          and (b.allotment, b.sku, b.location, b.lot)
              > (%(c)s::text, %(s)s::text, %(p)s::text, %(l)s::text)
        order by b.allotment, b.sku, b.location, b.lot
        limit %(limit)s
        """,
        {
            "channel": channel,
            "sku": sku,
            "location": location,
            **dict(zip("cspl", after or ("", "", "", ""), strict=True)),
            "limit": limit,
            "units_limit": units_limit,
        },
    )


async def locations_of_allotment(
    tx: Transaction, *, channel: str, skus: Iterable[str]
) -> list[str]:
    """Where a channel has pieces of some SKUs in its allotment."""
    return await tx.all(
        str,
        """
        select distinct location from inventory.bucket
        where allotment = %(channel)s and allotment <> '' and on_hand > 0
          and location <> '~promised'
          and sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku))
        order by location
        """,
        {"channel": channel, "skus": encoded(list(skus))},
    )


async def stock_seen_by(
    tx: Transaction, *, channel: str, skus: Iterable[str], locations: Iterable[str]
) -> list[tuple[Any, ...]]:
    """What ``stock_of_skus`` answers, at some locations, and before what comes, how many pieces a
    channel could sell now of each row: its own allotment's, and the pool's not kept back."""
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
            coalesce(reach.frozen, 0)::bigint,
            coalesce(reach.own, 0)::bigint,
            greatest(0, coalesce(reach.pool, 0) - s.safety - coalesce(f.quantity, 0))::bigint,
            asked.coming -> s.location ->> 0, asked.coming -> s.location ->> 1,
            case when s.location = '~promised' then (
                select p.promised_at from inventory.promise p
                where p.sku = s.sku and p.closed_at is null) end
        from asked
        cross join jsonb_array_elements_text(%(locations)s::jsonb) as place (location)
        join inventory.stock s using (sku, location)
        left join inventory.buffer f
            on f.sku = s.sku and f.location = s.location and f.channel = %(channel)s
        cross join lateral (
            select sum(a.held) as held, sum(a.held) filter (where a.allotment <> '') as allotted
            from inventory.allocation a
            where a.sku = s.sku and a.location = s.location and a.held > 0
              and a.held_until <= statement_timestamp()) as lapsed
        cross join lateral (
            select sum(part.free) filter (where part.sellable and part.allotment <> '') as own,
                sum(part.free) filter (where part.sellable and part.allotment = '') as pool,
                sum(part.recorded_free)
                    filter (where not part.sellable and part.allotment = '') as frozen
            from (
                select '' as allotment, true as sellable, 0 as recorded_free,
                    s.on_hand - s.held - s.committed - s.unavailable - s.allotted
                    + coalesce(lapsed.held, 0) as free
                where s.details & 1 = 0
                union all
                select b.allotment, b.lot = '' or not l.recalled
                      and coalesce(l.expires_at > statement_timestamp(), true)
                      and coalesce(l.release_at <= statement_timestamp(), true),
                    b.on_hand - b.held - b.committed,
                    b.on_hand - b.held - b.committed + coalesce((
                        select sum(a.held) from inventory.allocation a
                        where a.sku = b.sku and a.location = b.location and a.lot = b.lot
                          and a.allotment = b.allotment and a.held > 0
                          and a.held_until <= statement_timestamp()), 0)
                from inventory.bucket b
                left join inventory.lot l on l.sku = b.sku and l.lot = b.lot
                where s.details & 1 = 1 and b.sku = s.sku and b.location = s.location
                  and b.condition = 'sellable' and b.allotment in ('', %(channel)s)) as part
        ) as reach
        order by s.sku, s.location
        """,
        {"channel": channel, "skus": encoded(list(skus)), "locations": encoded(list(locations))},
    )


async def kept_back_page(
    tx: Transaction,
    *,
    skus: Sequence[str] | None,
    channel: str | None,
    after: tuple[str, str, str] | None,
    limit: int,
) -> list[tuple[Any, ...]]:
    """What is kept back (SKU, location, channel or nothing, quantity, version of the stock) of
    some SKUs or of all; from everybody and from every channel, or from one channel."""
    return await tx.all(
        whole_row,
        """
        select sku, location, channel, quantity, version from (
            select sku, location, '' as channel, safety as quantity, version
            from inventory.stock where safety > 0 and %(channel)s::text is null
            union all
            select b.sku, b.location, b.channel, b.quantity, s.version
            from inventory.buffer b join inventory.stock s using (sku, location)
            where b.quantity > 0
              and (%(channel)s::text is null or b.channel = %(channel)s::text)) as kept
        where location <> '~promised'
          and (%(skus)s::jsonb is null or sku in (
                select sku from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)))
          and (sku, location, channel) > (%(s)s::text, %(l)s::text, %(c)s::text)
        order by sku, location, channel
        limit %(limit)s
        """,
        {
            "skus": None if skus is None else encoded(list(skus)),
            "channel": channel,
            **dict(zip("slc", after or ("", "", ""), strict=True)),
            "limit": limit,
        },
    )
