"""Statements that lock what a batch needs and read it."""

import datetime
from collections.abc import Iterable
from typing import Any

import msgspec

from rackhouse.inventory.rules import Allocation, Hold, Key, Line, Stock
from rackhouse.inventory.store.asking import recorded_stock
from rackhouse.inventory.store.parameters import encoded, keys_text
from rackhouse.platform.database import Pending, Transaction

__all__ = [
    "lapsed_allocations",
    "lock_all_stock",
    "lock_stock",
    "open_stock",
    "read_allocation",
    "read_hold",
    "send_allocations",
    "send_holds",
    "send_time",
    "take_turn_at_location",
    "take_turns",
]


_read_lines = msgspec.json.Decoder(tuple[Line, ...]).decode


async def open_stock(tx: Transaction, keys: Iterable[Key]) -> None:
    """Make empty stock rows where there are none, which know of quotas and waiting customers."""
    await tx.run(
        """
        insert into inventory.stock (sku, location, on_hand, held, committed, version, details)
        select sku, location, 0, 0, 0, 0,
            case when exists (
                select from inventory.quota_sku q where q.sku = new.sku) then 2 else 0 end
            | case when exists (
                select from inventory.waiting w where w.sku = new.sku and w.status = 'waiting')
              then 4 else 0 end
        from jsonb_to_recordset(%(keys)s::jsonb) as new (sku text, location text)
        order by sku, location
        on conflict (sku, location) do nothing
        """,
        {"keys": keys_text(keys)},
    )


async def take_turns(tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]) -> Pending:
    """Wait until nobody else changes the stock of some keys and of some holds; the answer is of
    which stock: while it was waited for, a hold may have got pieces elsewhere.

    This comes before anything that gives the transaction its id, so that of two transactions that
    change one stock the later has the higher id: the log is read in the order of these ids, and
    every stream with it. Row locks alone do not give that: a transaction has its id from its
    first row on, and may wait for the second one behind a transaction with a higher id.
    """
    return await tx.send(
        """
        with asked as materialized (
            select sku, location
            from jsonb_to_recordset(%(keys)s::jsonb) as named (sku text, location text)
            union
            select sku, location from inventory.allocation
            where hold_id in (
                select id::uuid from jsonb_array_elements_text(%(hold_ids)s::jsonb) as ids (id)))
        select pg_advisory_xact_lock(turn.lock), turn.sku, turn.location from (
            select sku, location, hashtextextended(sku || '@' || location, 0) as lock from asked
            order by lock) as turn
        """,
        {"keys": keys_text(keys), "hold_ids": encoded(list(hold_ids))},
    )


async def take_turn_at_location(tx: Transaction, location: str) -> None:
    """Wait until nobody else opens or renames a location, before anything gives the transaction its
    id, as `take_turns` does for stock."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('location:' || %(id)s::text, 0))",
        {"id": location},
    )


async def lock_stock(tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]) -> Pending:
    """Lock the stock of some keys and of some holds, in key order."""
    return await tx.send(
        """
        with asked as materialized (
            select sku, location
            from jsonb_to_recordset(%(keys)s::jsonb) as named (sku text, location text)
            union
            select sku, location from inventory.allocation
            where hold_id in (
                select id::uuid from jsonb_array_elements_text(%(hold_ids)s::jsonb) as ids (id)))
        select s.sku, s.location, s.on_hand, s.held, s.committed, s.version, s.unavailable,
            s.allotted, s.safety, s.frozen, s.details, s.head
        from asked join inventory.stock s using (sku, location)
        order by s.sku, s.location
        for no key update of s
        """,
        {"keys": keys_text(keys), "hold_ids": encoded(list(hold_ids))},
    )


async def send_time(tx: Transaction) -> Pending:
    """Ask for the time, after the locks: a clock read while waiting for one is stale."""
    return await tx.send("select clock_timestamp()")


async def send_holds(tx: Transaction, hold_ids: Iterable[str]) -> Pending:
    """Ask for some holds."""
    return await tx.send(
        """
        select id::text, channel, customer_id, status, lines::text, memo::text, placed_by,
            placed_at, expires_at, sourcing::text
        from inventory.hold
        where id in (
            select id::uuid from jsonb_array_elements_text(%(hold_ids)s::jsonb) as ids (id))
        """,
        {"hold_ids": encoded(list(hold_ids))},
    )


async def send_allocations(tx: Transaction, hold_ids: Iterable[str]) -> Pending:
    """Ask for the allocations of some holds."""
    return await tx.send(
        """
        select hold_id::text, line, sku, location, quantity, held, committed, shipped, returned,
            held_until, lot, allotment, units, shipped_units
        from inventory.allocation
        where hold_id in (
            select id::uuid from jsonb_array_elements_text(%(hold_ids)s::jsonb) as ids (id))
        order by hold_id, line, sku, location, lot, allotment
        """,
        {"hold_ids": encoded(list(hold_ids))},
    )


async def lapsed_allocations(
    tx: Transaction, keys: Iterable[Key], now: datetime.datetime, *, limit: int
) -> list[Allocation]:
    """What is still set aside of some stock although its time is over, the oldest first."""
    return await tx.all(
        read_allocation,
        """
        select a.hold_id::text, a.line, a.sku, a.location, a.quantity, a.held, a.committed,
            a.shipped, a.returned, a.held_until, a.lot, a.allotment, a.units, a.shipped_units
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        join inventory.allocation a using (sku, location)
        where a.held > 0 and a.held_until <= %(now)s
        order by a.held_until, a.hold_id, a.line
        limit %(limit)s
        """,
        {"keys": keys_text(keys), "now": now, "limit": limit},
    )


async def lock_all_stock(tx: Transaction) -> list[Stock]:
    """Every stock row, with all changes held up until the end of the transaction.

    The lock also waits for those who have locked a row and not yet written it.
    """
    await tx.run("lock table inventory.stock in exclusive mode")
    return await recorded_stock(tx, skus=None, locations=None)


def read_hold(hold: tuple[Any, ...], allocations: dict[str, list[Allocation]]) -> Hold:
    """A hold from its row and the allocations of all holds in hand."""
    id_, channel, customer_id, status, lines, memo, placed_by, placed_at, expires_at, why = hold
    return Hold(
        id_,
        channel,
        customer_id,
        status,
        _read_lines(lines),
        None if memo is None else msgspec.Raw(memo.encode()),
        placed_by,
        placed_at,
        expires_at,
        tuple(allocations.get(id_, ())),
        None if why is None else msgspec.Raw(why.encode()),
    )


def read_allocation(*row: Any) -> Allocation:
    """An allocation from its row."""
    units, shipped_units = row[-2:]
    return Allocation(*[*row[:-2], tuple(units or ()), tuple(shipped_units or ())])
