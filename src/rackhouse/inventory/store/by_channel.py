"""Statements that compare channels: what each could sell, has set apart for it, and sold."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Position

__all__ = ["oldest_of_stretch", "sellable_by", "set_apart_by_channel", "sold_in_stretch"]


async def sellable_by(
    tx: Transaction, *, sellers: Iterable[tuple[str, str]], skus: Sequence[str]
) -> list[tuple[Any, ...]]:
    """What channels could sell now of some SKUs at some locations: channel, SKU, location, free
    pieces of its own allotment, and free pieces of the pool that are not kept back from it. What
    has lapsed is free. ``sellers`` are channels with a location each."""
    return await tx.all(
        whole_row,
        """
        with seller as materialized (
            select channel, location
            from jsonb_to_recordset(%(sellers)s::jsonb) as asked (channel text, location text)
        ), part as materialized (
            select s.sku, s.location, b.allotment, sum(b.on_hand - b.held - b.committed + coalesce((
                    select sum(a.held) from inventory.allocation a
                    where a.sku = b.sku and a.location = b.location and a.lot = b.lot
                      and a.allotment = b.allotment and a.held > 0
                      and a.held_until <= statement_timestamp()), 0)) as free
            from jsonb_array_elements_text(%(skus)s::jsonb) as wanted (sku)
            join inventory.stock s using (sku)
            join inventory.bucket b using (sku, location)
            left join inventory.lot l on l.sku = b.sku and l.lot = b.lot
            where s.details & 1 = 1 and s.location in (select location from seller)
              and b.condition = 'sellable'
              and (b.lot = '' or not l.recalled
                   and coalesce(l.expires_at > statement_timestamp(), true)
                   and coalesce(l.release_at <= statement_timestamp(), true))
            group by s.sku, s.location, b.allotment
        ), shelf as materialized (
            select s.sku, s.location, s.safety, case when s.details & 1 = 1 then (
                    select free from part
                    where part.sku = s.sku and part.location = s.location and allotment = '')
                else s.on_hand - s.held - s.committed - s.unavailable - s.allotted + coalesce((
                    select sum(a.held) from inventory.allocation a
                    where a.sku = s.sku and a.location = s.location and a.held > 0
                      and a.held_until <= statement_timestamp()), 0) end as pool
            from jsonb_array_elements_text(%(skus)s::jsonb) as wanted (sku)
            join inventory.stock s using (sku)
            where s.location in (select location from seller)
        )
        select seller.channel, shelf.sku, shelf.location, coalesce(own.free, 0)::bigint,
            greatest(0, coalesce(shelf.pool, 0) - shelf.safety - coalesce(f.quantity, 0))::bigint
        from shelf
        join seller using (location)
        left join part own on own.sku = shelf.sku and own.location = shelf.location
            and own.allotment = seller.channel
        left join inventory.buffer f on f.sku = shelf.sku and f.location = shelf.location
            and f.channel = seller.channel
        order by seller.channel, shelf.sku, shelf.location
        """,
        {
            "sellers": encoded(
                [{"channel": channel, "location": location} for channel, location in sellers]
            ),
            "skus": encoded(list(skus)),
        },
    )


async def set_apart_by_channel(tx: Transaction, *, channel: str | None) -> list[tuple[Any, ...]]:
    """What is set apart for channels at locations, all SKUs together: channel, location, free
    pieces, those of them whose lot may be sold, held and sold ones; and how many pieces of the pool
    the channel leaves to others there. As recorded: what has lapsed is held until it is freed."""
    return await tx.all(
        whole_row,
        """
        with own as (
            select b.allotment as channel, b.location,
                sum(b.on_hand - b.held - b.committed) as free,
                sum(b.on_hand - b.held - b.committed) filter (
                    where b.lot = '' or not l.recalled
                      and coalesce(l.expires_at > statement_timestamp(), true)
                      and coalesce(l.release_at <= statement_timestamp(), true)) as sellable,
                sum(b.held) as held, sum(b.committed) as committed
            from inventory.bucket b
            left join inventory.lot l on l.sku = b.sku and l.lot = b.lot
            where b.allotment <> '' and b.condition = 'sellable' and b.location <> '~promised'
              and (%(channel)s::text is null or b.allotment = %(channel)s::text)
            group by b.allotment, b.location
        ), kept as (
            select f.channel, f.location, sum(least(f.quantity, greatest(0, s.on_hand - s.held
                - s.committed - s.unavailable - s.allotted - s.frozen - s.safety))) as quantity
            from inventory.buffer f
            join inventory.stock s using (sku, location)
            where f.quantity > 0 and f.location <> '~promised'
              and (%(channel)s::text is null or f.channel = %(channel)s::text)
            group by f.channel, f.location
        )
        select channel, location, coalesce(own.free, 0)::bigint, coalesce(own.sellable, 0)::bigint,
            coalesce(own.held, 0)::bigint, coalesce(own.committed, 0)::bigint,
            coalesce(kept.quantity, 0)::bigint
        from own full join kept using (channel, location)
        order by channel, location
        """,
        {"channel": channel},
    )


async def oldest_of_stretch(
    tx: Transaction, *, before: Position, limit: int
) -> tuple[Position, datetime.datetime] | None:
    """Where the ``limit`` events before a position begin, and when the first was recorded; None
    where there are none."""
    return await tx.maybe(
        _place_and_time,
        """
        select transaction_id::text::bigint, position, recorded_at from (
            select transaction_id, position, recorded_at from inventory.event
            where (transaction_id, position)
                < (%(transaction_id)s::text::xid8, %(position)s::bigint)
            order by event.transaction_id desc, event.position desc
            limit %(limit)s) as stretch
        order by stretch.transaction_id::text::bigint, position
        limit 1
        """,
        {
            "transaction_id": str(before.transaction_id),
            "position": before.position,
            "limit": limit,
        },
    )


async def sold_in_stretch(
    tx: Transaction,
    *,
    first: Position,
    before: Position,
    since: datetime.datetime,
    by_sku_since: datetime.datetime,
    step_seconds: int,
    channel: str | None,
) -> list[tuple[Any, ...]]:
    """The pieces that channels sold in the events from one position until before another, recorded
    at a time or later: channel, stream of the stock (none before another time, where all are told
    together), step of time, pieces."""
    return await tx.all(
        whole_row,
        """
        select channel, case when recorded_at >= %(by_sku_since)s then stream else '' end,
            date_bin(make_interval(secs => %(step)s), recorded_at, 'epoch'),
            sum((data ->> 'quantity')::bigint)::bigint
        from inventory.event
        where (transaction_id, position)
                >= (%(first_transaction_id)s::text::xid8, %(first)s::bigint)
          and (transaction_id, position)
                < (%(before_transaction_id)s::text::xid8, %(before)s::bigint)
          and type = 'HoldConfirmed' and channel is not null and recorded_at >= %(since)s
          and (%(channel)s::text is null or channel = %(channel)s::text)
        group by 1, 2, 3
        """,
        {
            "first_transaction_id": str(first.transaction_id),
            "first": first.position,
            "before_transaction_id": str(before.transaction_id),
            "before": before.position,
            "since": since,
            "by_sku_since": by_sku_since,
            "step": step_seconds,
            "channel": channel,
        },
    )


def _place_and_time(
    transaction_id: int, position: int, recorded_at: datetime.datetime
) -> tuple[Position, datetime.datetime]:
    return Position(transaction_id, position), recorded_at
