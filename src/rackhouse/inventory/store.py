"""Every SQL statement of inventory."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rackhouse.inventory.rules import Allocation, Hold, Key, Line, Stock
from rackhouse.platform.database import Pending, Transaction


async def open_stock(tx: Transaction, keys: Iterable[Key]) -> None:
    """Make empty stock rows where there are none."""
    await tx.run(
        """
        insert into inventory.stock (sku, location, on_hand, held, committed, version)
        select sku, location, 0, 0, 0, 0
        from jsonb_to_recordset(%(keys)s::jsonb) as new (sku text, location text)
        order by sku, location
        on conflict (sku, location) do nothing
        """,
        {"keys": _keys(keys)},
    )


async def take_turns(tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]) -> None:
    """Wait until nobody else changes the stock of some keys and of some holds.

    This comes before anything that gives the transaction its id, so that of two transactions that
    change one stock the later has the higher id: the log is read in the order of these ids, and
    every stream with it. Row locks alone do not give that: a transaction has its id from its
    first row on, and may wait for the second one behind a transaction with a higher id.
    """
    await tx.run(
        """
        with asked as materialized (
            select sku, location
            from jsonb_to_recordset(%(keys)s::jsonb) as named (sku text, location text)
            union
            select sku, location from inventory.allocation
            where hold_id in (
                select id::uuid from jsonb_array_elements_text(%(hold_ids)s::jsonb) as ids (id)))
        select pg_advisory_xact_lock(turn.lock) from (
            select distinct hashtextextended(sku || '@' || location, 0) as lock from asked
            order by lock) as turn
        """,
        {"keys": _keys(keys), "hold_ids": _encoded(list(hold_ids))},
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
        select s.sku, s.location, s.on_hand, s.held, s.committed, s.version
        from asked join inventory.stock s using (sku, location)
        order by s.sku, s.location
        for no key update of s
        """,
        {"keys": _keys(keys), "hold_ids": _encoded(list(hold_ids))},
    )


async def send_time(tx: Transaction) -> Pending:
    """Ask for the time, after the locks: a clock read while waiting for one is stale."""
    return await tx.send("select clock_timestamp()")


async def send_holds(tx: Transaction, hold_ids: Iterable[str]) -> Pending:
    """Ask for some holds."""
    return await tx.send(
        """
        select id::text, channel, customer_id, status, lines::text, memo::text, placed_by,
            placed_at, expires_at
        from inventory.hold
        where id in (
            select id::uuid from jsonb_array_elements_text(%(hold_ids)s::jsonb) as ids (id))
        """,
        {"hold_ids": _encoded(list(hold_ids))},
    )


async def send_allocations(tx: Transaction, hold_ids: Iterable[str]) -> Pending:
    """Ask for the allocations of some holds."""
    return await tx.send(
        """
        select hold_id::text, line, sku, location, quantity, held, committed, shipped, returned,
            held_until
        from inventory.allocation
        where hold_id in (
            select id::uuid from jsonb_array_elements_text(%(hold_ids)s::jsonb) as ids (id))
        order by hold_id, line, sku, location
        """,
        {"hold_ids": _encoded(list(hold_ids))},
    )


async def lapsed_allocations(
    tx: Transaction, keys: Iterable[Key], now: datetime.datetime
) -> list[Allocation]:
    """What is still set aside of some stock although its time is over."""
    return await tx.all(
        Allocation,
        """
        select a.hold_id::text, a.line, a.sku, a.location, a.quantity, a.held, a.committed,
            a.shipped, a.returned, a.held_until
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (sku text, location text)
        join inventory.allocation a using (sku, location)
        where a.held > 0 and a.held_until <= %(now)s
        order by a.held_until, a.hold_id, a.line
        """,
        {"keys": _keys(keys), "now": now},
    )


async def write_stock(tx: Transaction, rows: Sequence[Stock]) -> None:
    """Write the new figures of stock rows that are locked."""
    if not rows:
        return
    await tx.run(
        """
        update inventory.stock s
        set on_hand = new.on_hand, held = new.held, committed = new.committed,
            version = new.version
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            sku text, location text, on_hand bigint, held bigint, committed bigint,
            version bigint)
        where s.sku = new.sku and s.location = new.location
        """,
        {"rows": _encoded(rows)},
    )


async def insert_holds(tx: Transaction, holds: Sequence[Hold]) -> None:
    """Write new holds with their allocations."""
    if not holds:
        return
    await tx.run(
        """
        with new_holds as (
            insert into inventory.hold
                (id, channel, customer_id, status, lines, memo, placed_by, placed_at, expires_at)
            select id, channel, customer_id, status, lines, memo, placed_by, placed_at,
                expires_at
            from jsonb_to_recordset(%(holds)s::jsonb) as new (
                id uuid, channel text, customer_id text, status text, lines jsonb, memo jsonb,
                placed_by text, placed_at timestamptz, expires_at timestamptz))
        insert into inventory.allocation
            (hold_id, line, sku, location, quantity, held, committed, shipped, returned,
             held_until)
        select hold_id, line, sku, location, quantity, held, committed, shipped, returned,
            held_until
        from jsonb_to_recordset(%(allocations)s::jsonb) as new (
            hold_id uuid, line integer, sku text, location text, quantity bigint, held bigint,
            committed bigint, shipped bigint, returned bigint, held_until timestamptz)
        """,
        {
            "holds": _encoded([_hold_row(hold) for hold in holds]),
            "allocations": _encoded([each for hold in holds for each in hold.allocations]),
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
        {"rows": _encoded(rows)},
    )
    await update_allocations(tx, [each for hold in holds for each in hold.allocations])


async def update_allocations(tx: Transaction, allocations: Sequence[Allocation]) -> None:
    """Write what changed of allocations that exist."""
    if not allocations:
        return
    await tx.run(
        """
        update inventory.allocation a
        set held = new.held, committed = new.committed, shipped = new.shipped,
            returned = new.returned, held_until = new.held_until
        from jsonb_to_recordset(%(allocations)s::jsonb) as new (
            hold_id uuid, line integer, sku text, location text, held bigint, committed bigint,
            shipped bigint, returned bigint, held_until timestamptz)
        where a.hold_id = new.hold_id and a.line = new.line and a.sku = new.sku
          and a.location = new.location
        """,
        {"allocations": _encoded(allocations)},
    )


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


async def stock_of_skus(
    tx: Transaction, skus: Iterable[str]
) -> list[tuple[str, str, int, int, int, int]]:
    """The stock rows of some SKUs as of now: what has lapsed does not count as held."""
    return await tx.all(
        _row,
        """
        select s.sku, s.location, s.on_hand, s.held - coalesce(lapsed.held, 0)::bigint,
            s.committed, s.version
        from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)
        join inventory.stock s using (sku)
        cross join lateral (
            select sum(a.held) as held from inventory.allocation a
            where a.sku = s.sku and a.location = s.location and a.held > 0
              and a.held_until <= statement_timestamp()) as lapsed
        order by s.sku, s.location
        """,
        {"skus": _encoded(list(skus))},
    )


async def recorded_stock(
    tx: Transaction, *, skus: Iterable[str] | None, locations: Iterable[str] | None
) -> list[Stock]:
    """The stock rows as their last events left them, of some SKUs and locations or of all."""
    return await tx.all(
        Stock,
        """
        select sku, location, on_hand, held, committed, version from inventory.stock
        where (%(skus)s::jsonb is null or sku in (
                select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku)))
          and (%(locations)s::jsonb is null or location in (
                select name from jsonb_array_elements_text(%(locations)s::jsonb) as y (name)))
        order by sku, location
        """,
        {
            "skus": None if skus is None else _encoded(list(skus)),
            "locations": None if locations is None else _encoded(list(locations)),
        },
    )


async def stock_page(
    tx: Transaction, *, after: Key | None, location: str | None, limit: int
) -> list[Stock]:
    """Stock rows in key order after a key."""
    return await tx.all(
        Stock,
        """
        select sku, location, on_hand, held, committed, version from inventory.stock
        where (sku, location) > (%(sku)s::text, %(at)s::text)
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


async def streams_of_skus(tx: Transaction, skus: Iterable[str]) -> list[str]:
    """The event streams of some SKUs."""
    return await tx.all(
        str,
        """
        select sku || '@' || location from inventory.stock
        where sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"skus": _encoded(list(skus))},
    )


async def open_location(
    tx: Transaction, *, location: str, name: str, kind: str, now: datetime.datetime
) -> int:
    """Make a location or give it another name; answers its version."""
    return await tx.one(
        int,
        """
        insert into inventory.location (id, name, kind, version, created_at)
        values (%(id)s, %(name)s, %(kind)s, 1, %(now)s)
        on conflict (id) do update
        set name = excluded.name, kind = excluded.kind, version = inventory.location.version + 1
        returning version
        """,
        {"id": location, "name": name, "kind": kind, "now": now},
    )


async def location_page(
    tx: Transaction, *, after: str, limit: int
) -> list[tuple[str, str, str, int]]:
    """Locations (id, name, kind, version) in order of their ids after one."""
    return await tx.all(
        _row,
        """
        select id, name, kind, version from inventory.location
        where id > %(after)s order by id limit %(limit)s
        """,
        {"after": after, "limit": limit},
    )


async def locations_of(tx: Transaction, ids: Iterable[str]) -> list[tuple[str, str, str, int]]:
    """The locations (id, name, kind, version) of some ids."""
    return await tx.all(
        _row,
        """
        select id, name, kind, version from inventory.location
        where id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        """,
        {"ids": _encoded(list(ids))},
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


async def unbalanced_stock(tx: Transaction, *, limit: int) -> list[tuple[Any, ...]]:
    """Stock rows whose figures are not the sum of their allocations."""
    return await tx.all(
        _row,
        """
        select sku, location, s.held, coalesce(a.held, 0)::bigint, s.committed,
            coalesce(a.committed, 0)::bigint
        from inventory.stock s
        left join (
            select sku, location, sum(held) as held, sum(committed) as committed
            from inventory.allocation where held > 0 or committed > 0
            group by sku, location) as a using (sku, location)
        where s.held <> coalesce(a.held, 0) or s.committed <> coalesce(a.committed, 0)
        order by sku, location limit %(limit)s
        """,
        {"limit": limit},
    )


async def allocations_of_holds(tx: Transaction, hold_ids: Iterable[str]) -> list[Allocation]:
    """The allocations of some holds."""
    return await (await send_allocations(tx, hold_ids)).all(Allocation)


async def lock_all_stock(tx: Transaction) -> list[Stock]:
    """Every stock row, with all changes held up until the end of the transaction."""
    await tx.run("lock table inventory.stock in share row exclusive mode")
    return await recorded_stock(tx, skus=None, locations=None)


def read_hold(hold: tuple[Any, ...], allocations: dict[str, list[Allocation]]) -> Hold:
    """A hold from its row and the allocations of all holds in hand."""
    id_, channel, customer_id, status, lines, memo, placed_by, placed_at, expires_at = hold
    return Hold(
        id_,
        channel,
        customer_id,
        status,
        msgspec.json.decode(lines, type=tuple[Line, ...]),
        None if memo is None else msgspec.Raw(memo.encode()),
        placed_by,
        placed_at,
        expires_at,
        tuple(allocations.get(id_, ())),
    )


def _hold_row(hold: Hold) -> dict[str, Any]:
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
    }


def _keys(keys: Iterable[Key]) -> str:
    return _encoded([{"sku": sku, "location": location} for sku, location in keys])


def _encoded(rows: object) -> str:
    return msgspec.json.encode(rows).decode()


def _row(*values: Any) -> tuple[Any, ...]:
    return values
