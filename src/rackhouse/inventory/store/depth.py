"""Statements about what there is to know of stock beside its rows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rackhouse.inventory.rules import Allocation, Bucket, Key, Lot
from rackhouse.inventory.store.parameters import encoded, keys_text
from rackhouse.inventory.units import UnitMove
from rackhouse.platform.database import Pending, Transaction

__all__ = [
    "add_allocations",
    "put_allocations",
    "read_lot",
    "send_buckets",
    "send_buffers",
    "send_free_units",
    "send_lots",
    "send_units",
    "write_buckets",
    "write_buffers",
    "write_units",
]


async def send_buckets(tx: Transaction, keys: Iterable[Key]) -> Pending:
    """Ask for the buckets of some stock rows."""
    return await tx.send(
        """
        select sku, location, lot, allotment, condition, on_hand, held, committed
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        join inventory.bucket using (sku, location)
        """,
        {"keys": keys_text(keys)},
    )


async def send_lots(
    tx: Transaction, keys: Iterable[Key], named: Iterable[tuple[str, str]]
) -> Pending:
    """Ask for the lots that lie in some stock rows, and for those that are named."""
    return await tx.send(
        """
        select sku, lot, release_at, expires_at, recalled, numbered, registered_at, version
        from (
            select b.sku, b.lot
            from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
            join inventory.bucket b using (sku, location)
            where b.lot <> ''
            union
            select sku, lot
            from jsonb_to_recordset(%(named)s::jsonb) as named (sku text, lot text)) as wanted
        join inventory.lot using (sku, lot)
        """,
        {
            "keys": keys_text(keys),
            "named": encoded([{"sku": sku, "lot": lot} for sku, lot in named]),
        },
    )


async def send_free_units(
    tx: Transaction, keys: Iterable[Key], wanted: Mapping[str, int]
) -> Pending:
    """Ask for the lowest free numbers in each bucket of some stock rows, as many as are wanted of
    a SKU."""
    rows = [
        {"sku": sku, "location": location, "wanted": wanted[sku]}
        for sku, location in keys
        if wanted.get(sku)
    ]
    return await tx.send(
        """
        select b.sku, b.location, b.lot, b.allotment, b.condition, array_agg(u.number)
        from jsonb_to_recordset(%(rows)s::jsonb) as asked (
            sku text, location text, wanted integer)
        join inventory.bucket b using (sku, location)
        cross join lateral (
            select number from inventory.unit
            where sku = b.sku and location = b.location and lot = b.lot
              and allotment = b.allotment and condition = b.condition and state = 'in_stock'
            order by number limit asked.wanted) as u
        group by b.sku, b.location, b.lot, b.allotment, b.condition
        """,
        {"rows": encoded(rows)},
    )


async def send_units(tx: Transaction, units: Iterable[tuple[str, str, int]]) -> Pending:
    """Ask where some units are and in which state."""
    rows = [{"sku": sku, "lot": lot, "number": number} for sku, lot, number in units]
    return await tx.send(
        """
        select sku, lot, number, location, allotment, condition, state
        from jsonb_to_recordset(%(rows)s::jsonb) as asked (sku text, lot text, number integer)
        join inventory.unit using (sku, lot, number)
        """,
        {"rows": encoded(rows)},
    )


async def send_buffers(tx: Transaction, keys: Iterable[Key]) -> Pending:
    """Ask what channels do without in some stock rows."""
    return await tx.send(
        """
        select sku, location, channel, quantity
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        join inventory.buffer using (sku, location)
        """,
        {"keys": keys_text(keys)},
    )


def read_lot(*row: Any) -> Lot:
    """A lot from its row, as far as it decides what may be sold."""
    sku, lot, release_at, expires_at, recalled, numbered, registered_at, version = row
    return Lot(
        sku=sku,
        lot=lot,
        release_at=release_at,
        expires_at=expires_at,
        recalled=recalled,
        numbered=numbered,
        registered_at=registered_at,
        version=version,
    )


async def write_buckets(tx: Transaction, buckets: Sequence[Bucket], new: Sequence[Bucket]) -> None:
    """Write the new figures of buckets whose rows are locked, and buckets that are new."""
    if buckets:
        await tx.run(
            """
            update inventory.bucket b
            set on_hand = new.on_hand, held = new.held, committed = new.committed
            from jsonb_to_recordset(%(rows)s::jsonb) as new (
                sku text, location text, lot text, allotment text, condition text, on_hand bigint,
                held bigint, committed bigint)
            where b.sku = new.sku and b.location = new.location and b.lot = new.lot
              and b.allotment = new.allotment and b.condition = new.condition
            """,
            {"rows": encoded(buckets)},
        )
    if new:
        await tx.run(
            """
            insert into inventory.bucket
                (sku, location, lot, allotment, condition, on_hand, held, committed)
            select sku, location, lot, allotment, condition, on_hand, held, committed
            from jsonb_to_recordset(%(rows)s::jsonb) as new (
                sku text, location text, lot text, allotment text, condition text, on_hand bigint,
                held bigint, committed bigint)
            """,
            {"rows": encoded(new)},
        )


async def write_units(tx: Transaction, moves: Sequence[UnitMove]) -> None:
    """Write where units are after some moves; of one unit the last move counts."""
    if not moves:
        return
    last = {(move.sku, move.lot, move.number): move for move in moves}
    come = {(move.sku, move.lot, move.number) for move in moves if move.may_be_new}
    known = [move for unit, move in last.items() if unit not in come]
    if known:
        await tx.run(
            """
            update inventory.unit u
            set location = new.location, allotment = new.allotment, condition = new.condition,
                state = new.state, hold_id = new.hold_id, line = new.line
            from jsonb_to_recordset(%(rows)s::jsonb) as new (
                sku text, lot text, number integer, location text, allotment text,
                condition text, state text, hold_id uuid, line integer)
            where u.sku = new.sku and u.lot = new.lot and u.number = new.number
            """,
            {"rows": encoded(known)},
        )
    if come:
        await tx.run(
            """
            insert into inventory.unit
                (sku, lot, number, location, allotment, condition, state, hold_id, line)
            select sku, lot, number, location, allotment, condition, state, hold_id, line
            from jsonb_to_recordset(%(rows)s::jsonb) as new (
                sku text, lot text, number integer, location text, allotment text,
                condition text, state text, hold_id uuid, line integer)
            on conflict (sku, lot, number) do update
            set location = excluded.location, allotment = excluded.allotment,
                condition = excluded.condition, state = excluded.state,
                hold_id = excluded.hold_id, line = excluded.line
            """,
            {"rows": encoded([last[unit] for unit in come])},
        )


async def write_buffers(tx: Transaction, buffers: Mapping[tuple[str, str, str], int]) -> None:
    """Write what channels do without; nothing is no row."""
    if not buffers:
        return
    rows = [
        {"sku": sku, "location": location, "channel": channel, "quantity": quantity}
        for (sku, location, channel), quantity in buffers.items()
    ]
    await tx.run(
        """
        insert into inventory.buffer (sku, location, channel, quantity)
        select sku, location, channel, quantity
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            sku text, location text, channel text, quantity bigint)
        on conflict (sku, location, channel) do update set quantity = excluded.quantity
        """,
        {"rows": encoded(rows)},
    )


async def add_allocations(tx: Transaction, allocations: Sequence[Allocation]) -> None:
    """Write further pieces of holds that are not in hand; those that come to where the hold has
    some already are added to them."""
    if not allocations:
        return
    await tx.run(
        """
        insert into inventory.allocation
            (hold_id, line, sku, location, quantity, held, committed, shipped, returned,
             held_until, lot, allotment, units)
        select hold_id, line, sku, location, quantity, held, committed, shipped, returned,
            held_until, coalesce(lot, ''), coalesce(allotment, ''), units
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            hold_id uuid, line integer, sku text, location text, quantity bigint, held bigint,
            committed bigint, shipped bigint, returned bigint, held_until timestamptz,
            lot text, allotment text, units integer[])
        on conflict (hold_id, line, sku, location, lot, allotment) do update
        set quantity = inventory.allocation.quantity + excluded.quantity,
            held = inventory.allocation.held + excluded.held,
            committed = inventory.allocation.committed + excluded.committed,
            units = inventory.allocation.units || excluded.units
        """,
        {"rows": encoded(allocations)},
    )


async def put_allocations(tx: Transaction, allocations: Sequence[Allocation]) -> None:
    """Write allocations of holds in hand, some of which are new."""
    if not allocations:
        return
    await tx.run(
        """
        insert into inventory.allocation
            (hold_id, line, sku, location, quantity, held, committed, shipped, returned,
             held_until, lot, allotment, units, shipped_units)
        select hold_id, line, sku, location, quantity, held, committed, shipped, returned,
            held_until, coalesce(lot, ''), coalesce(allotment, ''), units, shipped_units
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            hold_id uuid, line integer, sku text, location text, quantity bigint, held bigint,
            committed bigint, shipped bigint, returned bigint, held_until timestamptz,
            lot text, allotment text, units integer[], shipped_units integer[])
        on conflict (hold_id, line, sku, location, lot, allotment) do update
        set quantity = excluded.quantity, held = excluded.held, committed = excluded.committed,
            shipped = excluded.shipped, returned = excluded.returned,
            held_until = excluded.held_until, units = excluded.units,
            shipped_units = excluded.shipped_units
        """,
        {"rows": encoded(allocations)},
    )
