"""Statements that answer many questions of one kind at once."""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

from rackhouse.inventory.rules.lots import RecordedLot
from rackhouse.inventory.store.lots import read_lot_with_time
from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction

__all__ = ["live_hold_page", "lots_of_skus", "units_of_lots"]

_UNITS: LiteralString = """
    with asked as materialized (
        select sku, lot from jsonb_to_recordset(%(lots)s::jsonb) as x (sku text, lot text))
    select l.sku, l.lot, coalesce(l.numbered, 0), unit.number, unit.location, unit.allotment,
        unit.condition, unit.state, unit.hold_id, unit.line, unit.channel, unit.customer_id,
        unit.hold_status, unit.expires_at, unit.order_id
    from asked
    join inventory.lot l on l.sku = asked.sku and l.lot = asked.lot
    cross join lateral (
        select u.number, u.location, u.allotment, u.condition,
            case when lapsed.so then 'in_stock' else u.state end as state,
            case when lapsed.so then null else h.id::text end as hold_id,
            u.line, h.channel, h.customer_id, h.status as hold_status, h.expires_at,
            h.memo ->> 'order_id' as order_id
        from inventory.unit u
        left join inventory.hold h on h.id = u.hold_id
        cross join lateral (
            select u.state = 'held' and h.status = 'held'
                and h.expires_at <= statement_timestamp() as so) as lapsed
        where u.sku = l.sku and u.lot = l.lot and u.number > %(after)s
          and u.location = coalesce(%(location)s::text, u.location)
          and (%(state)s::text is null
               or %(state)s = case when lapsed.so then 'in_stock' else u.state end)
        order by u.number limit %(limit)s) as unit
    order by l.sku, l.lot, unit.number
"""


async def lots_of_skus(
    tx: Transaction, skus: Iterable[str], *, status: str | None, after: str, limit: int
) -> list[tuple[RecordedLot, Any]]:
    """Of each SKU at most so many lots, in order of their ids after one, in a status or any; each
    with the time."""
    return await tx.all(
        read_lot_with_time,
        """
        select statement_timestamp(), l.sku, l.lot, l.made_on, l.release_at, l.expires_at,
            l.numbered, l.flavor_profile::text, l.attributes::text, l.recalled, l.recall_reason,
            l.told_status, l.registered_at, l.version
        from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)
        cross join lateral (
            select * from inventory.lot
            where sku = asked.sku and lot > %(after)s::text
              and (%(status)s::text is null or %(status)s = case
                  when recalled then 'recalled'
                  when expires_at <= statement_timestamp() then 'expired'
                  when release_at > statement_timestamp() then 'unreleased'
                  else 'sellable' end)
            order by lot limit %(limit)s) as l
        order by l.sku, l.lot
        """,
        {"skus": encoded(list(skus)), "status": status, "after": after, "limit": limit},
    )


async def units_of_lots(
    tx: Transaction,
    lots: Sequence[tuple[str, str]],
    *,
    state: str | None,
    location: str | None,
    after: int,
    limit: int,
) -> list[tuple[Any, ...]]:
    """Of each lot (SKU and id) at most so many units after a number, in a state, at a location;
    each after its SKU, its lot and how many the lot has in all. What has lapsed counts as in
    stock."""
    parameters = {
        "lots": encoded([{"sku": sku, "lot": lot} for sku, lot in lots]),
        "state": state,
        "location": location,
        "after": after,
        "limit": limit,
    }
    return await tx.all(whole_row, _UNITS, parameters)


async def live_hold_page(
    tx: Transaction,
    *,
    sku: str | None,
    channel: str | None,
    customer_id: str | None,
    after: tuple[Any, str] | None,
    limit: int,
) -> list[str]:
    """The ids of holds that run at this moment, the ones that end first in front, after an (end,
    id)."""
    return await tx.all(
        str,
        """
        select id::text from inventory.hold h
        where status = 'held' and expires_at > statement_timestamp()
          and (%(id)s::uuid is null or (expires_at, id) > (%(expires_at)s::timestamptz, %(id)s))
          and channel = coalesce(%(channel)s::text, channel)
          and (%(customer_id)s::text is null or customer_id = %(customer_id)s)
          and (%(sku)s::text is null or exists (
              select from inventory.allocation a where a.hold_id = h.id and a.sku = %(sku)s))
        order by expires_at, id limit %(limit)s
        """,
        {
            "sku": sku,
            "channel": channel,
            "customer_id": customer_id,
            "expires_at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )
