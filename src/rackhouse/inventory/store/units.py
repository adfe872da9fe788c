"""Statements about numbered units, pieces by lot, and who has them."""

from typing import Any, LiteralString

from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Event, Position

__all__ = [
    "events_of_unit",
    "holds_with_lot",
    "pieces_by_lot",
    "unit_page",
]

_UNITS: LiteralString = """
    select number, location, allotment, condition, state, hold_id, line, channel, customer_id,
        hold_status, expires_at, order_id
    from (
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
        where u.sku = %(sku)s and u.lot = %(lot)s and u.number > %(after)s
          and u.number = coalesce(%(number)s::integer, u.number)) as unit
    where state = coalesce(%(state)s::text, state)
      and location = coalesce(%(location)s::text, location)
    order by number limit %(limit)s
"""

_PIECES: LiteralString = """
    with asked as materialized (
        select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku)),
    part as (
        select b.sku, b.location, b.lot, b.allotment, b.condition, b.on_hand, b.held,
            b.committed
        from asked join inventory.bucket b using (sku)
        union all
        select s.sku, s.location, '', '', 'sellable', s.on_hand, s.held, s.committed
        from asked join inventory.stock s using (sku) where s.details & 1 = 0)
    select p.sku, p.location, p.lot, p.allotment, p.condition, p.on_hand,
        p.held - lapsed.held, p.committed, l.numbered, l.release_at, l.expires_at,
        case when l.recalled then 'recalled'
            when l.expires_at <= statement_timestamp() then 'expired'
            when l.release_at > statement_timestamp() then 'unreleased'
            else 'sellable' end,
        case when l.numbered is null then '{}' else array(
            select u.number from inventory.unit u
            left join inventory.hold h on h.id = u.hold_id
            where u.sku = p.sku and u.lot = p.lot and u.location = p.location
              and u.allotment = p.allotment and u.condition = p.condition
              and (u.state = 'in_stock' or (u.state = 'held' and h.status = 'held'
                   and h.expires_at <= statement_timestamp()))
            order by u.number limit %(numbers_limit)s) end
    from part p
    left join inventory.lot l on l.sku = p.sku and l.lot = p.lot
    cross join lateral (
        select coalesce(sum(a.held), 0)::bigint as held from inventory.allocation a
        where a.sku = p.sku and a.location = p.location and a.held > 0
          and a.held_until <= statement_timestamp()
          and a.lot = p.lot and a.allotment = p.allotment
          and p.condition = 'sellable') as lapsed
    where p.on_hand > 0 and p.location <> '~promised'
      and p.location = coalesce(%(location)s::text, p.location)
      and (p.sku, p.location, p.lot, p.allotment, p.condition) >
          (%(sku)s::text, %(at)s::text, %(lot)s::text, %(allotment)s::text,
           %(condition)s::text)
    order by p.sku, p.location, p.lot, p.allotment, p.condition
    limit %(limit)s
"""

_HOLDS: LiteralString = """
    with portion as materialized (
        select a.hold_id, a.line, a.location, a.allotment, a.held, a.committed, a.shipped,
            a.returned, a.units, a.shipped_units
        from inventory.allocation a
        where a.sku = %(sku)s and a.lot = %(lot)s and a.lot <> ''
          and a.hold_id > coalesce(
              %(after)s::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
          and ((a.held > 0 and a.held_until > statement_timestamp()) or a.committed > 0
               or a.shipped > a.returned)),
    page as materialized (
        select h.id, h.channel, h.customer_id, h.status, h.placed_at, h.expires_at,
            h.memo ->> 'order_id' as order_id
        from (select distinct hold_id from portion) as named
        join inventory.hold h on h.id = named.hold_id
        where h.channel = coalesce(%(channel)s::text, h.channel)
          and (%(customer_id)s::text is null or h.customer_id = %(customer_id)s)
        order by h.id limit %(limit)s)
    select page.id::text, page.channel, page.customer_id, page.status, page.placed_at,
        page.expires_at, page.order_id, portion.location, portion.line, portion.allotment,
        portion.held, portion.committed, portion.shipped, portion.returned,
        coalesce(portion.units, '{}'), coalesce(portion.shipped_units, '{}')
    from page join portion on portion.hold_id = page.id
    order by page.id, portion.line, portion.location, portion.allotment
"""


async def unit_page(
    tx: Transaction,
    *,
    sku: str,
    lot: str,
    number: int | None,
    state: str | None,
    location: str | None,
    after: int,
    limit: int,
) -> list[tuple[Any, ...]]:
    """Units of a lot after a number: a certain one, or those in a state, at a location, each with
    its hold. What has lapsed counts as in stock."""
    parameters = {
        "sku": sku,
        "lot": lot,
        "number": number,
        "state": state,
        "location": location,
        "after": after,
        "limit": limit,
    }
    return await tx.all(whole_row, _UNITS, parameters)


async def events_of_unit(
    tx: Transaction, *, sku: str, lot: str, number: int, limit: int
) -> list[Event]:
    """The newest events that name a unit, the newest first."""
    return await tx.all(
        _event,
        """
        select e.transaction_id::text::bigint, e.position, e.stream, e.version, e.type,
            e.data::text, e.actor, e.channel, e.correlation_id, e.recorded_at, e.hash
        from inventory.stock s
        join inventory.event e on e.stream = s.sku || '@' || s.location
        where s.sku = %(sku)s and (e.data -> 'units') is not null and e.data ->> 'lot' = %(lot)s
          and (e.data -> 'units')::jsonb @> to_jsonb(%(number)s::integer)
        order by e.recorded_at desc, e.position desc
        limit %(limit)s
        """,
        {"sku": sku, "lot": lot, "number": number, "limit": limit},
    )


async def pieces_by_lot(
    tx: Transaction,
    *,
    skus: list[str],
    location: str | None,
    after: tuple[str, ...],
    numbers_limit: int,
    limit: int,
) -> list[tuple[Any, ...]]:
    """The pieces of some SKUs as of now, parted by location, lot, allotment and condition, in
    this order after a place; each with what is known of the lot and the lowest free numbers. What
    has lapsed does not count as held."""
    return await tx.all(
        whole_row,
        _PIECES,
        {
            "skus": encoded(skus),
            "location": location,
            "numbers_limit": numbers_limit,
            **dict(zip(("sku", "at", "lot", "allotment", "condition"), after, strict=True)),
            "limit": limit,
        },
    )


async def holds_with_lot(
    tx: Transaction,
    *,
    sku: str,
    lot: str,
    channel: str | None,
    customer_id: str | None,
    after: str | None,
    limit: int,
) -> list[tuple[Any, ...]]:
    """Every piece of a lot that is held, sold or with a customer, by hold in order of their ids
    after one, of at most so many holds."""
    return await tx.all(
        whole_row,
        _HOLDS,
        {
            "sku": sku,
            "lot": lot,
            "channel": channel,
            "customer_id": customer_id,
            "after": after,
            "limit": limit,
        },
    )


def _event(transaction_id: int, position: int, *rest: Any) -> Event:
    return Event(Position(transaction_id, position), *rest)
