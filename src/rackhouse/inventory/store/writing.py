"""Statements that write what was decided."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from rackhouse.inventory.rules import Allocation, Hold, Stock
from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction

__all__ = [
    "insert_holds",
    "open_location",
    "update_allocations",
    "update_holds",
    "write_stock",
]


async def write_stock(tx: Transaction, rows: Sequence[Stock]) -> None:
    """Write the new figures of stock rows that are locked."""
    if not rows:
        return
    await tx.run(
        """
        update inventory.stock s
        set on_hand = new.on_hand, held = new.held, committed = new.committed,
            version = new.version, unavailable = new.unavailable, allotted = new.allotted,
            safety = new.safety, frozen = new.frozen, details = new.details,
            head = decode(new.head, 'base64')
        from json_to_recordset(%(rows)s::json) as new (
            sku text, location text, on_hand bigint, held bigint, committed bigint,
            version bigint, unavailable bigint, allotted bigint, safety bigint, frozen bigint,
            details integer, head text)
        where s.sku = new.sku and s.location = new.location
        """,
        {"rows": encoded(rows)},
    )


async def insert_holds(tx: Transaction, holds: Sequence[Hold]) -> None:
    """Write new holds with their allocations, as json, which is read once and in less time."""
    if not holds:
        return
    await tx.run(
        """
        with new_holds as (
            insert into inventory.hold
                (id, channel, customer_id, status, lines, memo, placed_by, placed_at, expires_at,
                 sourcing)
            select id, channel, customer_id, status, lines, memo, placed_by, placed_at,
                expires_at, sourcing
            from json_to_recordset(%(holds)s::json) as new (
                id uuid, channel text, customer_id text, status text, lines jsonb, memo jsonb,
                placed_by text, placed_at timestamptz, expires_at timestamptz, sourcing jsonb))
        insert into inventory.allocation
            (hold_id, line, sku, location, quantity, held, committed, shipped, returned,
             held_until, lot, allotment, units, shipped_units)
        select hold_id, line, sku, location, quantity, held, committed, shipped, returned,
            held_until, coalesce(lot, ''), coalesce(allotment, ''), units, shipped_units
        from json_to_recordset(%(allocations)s::json) as new (
            hold_id uuid, line integer, sku text, location text, quantity bigint, held bigint,
            committed bigint, shipped bigint, returned bigint, held_until timestamptz,
            lot text, allotment text, units integer[], shipped_units integer[])
        """,
        {
            "holds": encoded([hold_row(hold) for hold in holds]),
            "allocations": encoded([each for hold in holds for each in hold.allocations]),
        },
    )


async def update_holds(tx: Transaction, holds: Sequence[Hold]) -> None:
    """Write what changed of holds that exist."""
    if not holds:
        return
    rows = [{"id": hold.id, "status": hold.status, "expires_at": hold.expires_at} for hold in holds]
    await tx.run(
        """
        update inventory.hold h set status = new.status, expires_at = new.expires_at
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            id uuid, status text, expires_at timestamptz)
        where h.id = new.id
        """,
        {"rows": encoded(rows)},
    )
    await update_allocations(tx, [each for hold in holds for each in hold.allocations])


async def update_allocations(tx: Transaction, allocations: Sequence[Allocation]) -> None:
    """Write what changed of allocations that exist."""
    if not allocations:
        return
    await tx.run(
        """
        update inventory.allocation a
        set quantity = new.quantity, held = new.held, committed = new.committed,
            shipped = new.shipped, returned = new.returned, held_until = new.held_until,
            units = new.units, shipped_units = new.shipped_units
        from jsonb_to_recordset(%(allocations)s::jsonb) as new (
            hold_id uuid, line integer, sku text, location text, quantity bigint, held bigint,
            committed bigint, shipped bigint, returned bigint, held_until timestamptz,
            lot text, allotment text, units integer[], shipped_units integer[])
        where a.hold_id = new.hold_id and a.line = new.line and a.sku = new.sku
          and a.location = new.location and a.lot = coalesce(new.lot, '')
          and a.allotment = coalesce(new.allotment, '')
        """,
        {"allocations": encoded(allocations)},
    )


async def open_location(
    tx: Transaction, facts: Mapping[str, Any], now: datetime.datetime
) -> tuple[Any, ...]:
    """Make a location (id, name, kind, latitude, longitude) or describe it anew, keeping its
    coordinates where none are given; answers it (id, name, kind, version, latitude, longitude)."""
    return await tx.one(
        whole_row,
        """
        insert into inventory.location as known
            (id, name, kind, version, created_at, latitude, longitude)
        values (%(id)s, %(name)s, %(kind)s, 1, %(now)s, %(latitude)s::float8,
            %(longitude)s::float8)
        on conflict (id) do update
        set name = excluded.name, kind = excluded.kind, version = known.version + 1,
            latitude = coalesce(excluded.latitude, known.latitude),
            longitude = coalesce(excluded.longitude, known.longitude)
        returning id, name, kind, version, latitude, longitude
        """,
        {**facts, "now": now},
    )


def hold_row(hold: Hold) -> dict[str, Any]:
    return {
        "id": hold.id,
        "channel": hold.channel,
        "customer_id": hold.customer_id,
        "status": hold.status,
        "lines": hold.lines,
        "memo": hold.memo,
        "placed_by": hold.placed_by,
        "placed_at": hold.placed_at,
        "expires_at": hold.expires_at,
        "sourcing": hold.sourcing,
    }
