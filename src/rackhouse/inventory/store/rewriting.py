"""Statements that write anew what events tell of."""

from collections.abc import Iterable, Mapping
from typing import Any

from rackhouse.inventory.events import Slot
from rackhouse.inventory.rules import Hold, Key, Stock
from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.inventory.store.writing import hold_row
from rackhouse.platform.database import Transaction

__all__ = [
    "drop_allocations",
    "drop_units",
    "replace_buckets",
    "unit_events",
    "write_hold",
]


async def replace_buckets(
    tx: Transaction, stock: Stock, buckets: Mapping[Slot, tuple[int, int, int]]
) -> None:
    """Let a row have these buckets and no others. Empty ones that are there may stay."""
    rows = [
        {
            "lot": lot,
            "allotment": allotment,
            "condition": condition,
            "on_hand": on_hand,
            "held": held,
            "committed": committed,
        }
        for (lot, allotment, condition), (on_hand, held, committed) in buckets.items()
    ]
    await tx.run(
        """
        with new as materialized (
            select * from jsonb_to_recordset(%(rows)s::jsonb) as given (
                lot text, allotment text, condition text, on_hand bigint, held bigint,
                committed bigint)),
        gone as (
            delete from inventory.bucket b
            where b.sku = %(sku)s and b.location = %(location)s and not exists (
                select from new where new.lot = b.lot and new.allotment = b.allotment
                  and new.condition = b.condition))
        insert into inventory.bucket
            (sku, location, lot, allotment, condition, on_hand, held, committed)
        select %(sku)s, %(location)s, lot, allotment, condition, on_hand, held, committed from new
        on conflict (sku, location, lot, allotment, condition) do update
        set on_hand = excluded.on_hand, held = excluded.held, committed = excluded.committed
        """,
        {"sku": stock.sku, "location": stock.location, "rows": encoded(rows)},
    )


async def unit_events(tx: Transaction, streams: Iterable[str], lot: str) -> list[tuple[Any, ...]]:
    """The whole events of some streams that name units of a lot, in the order of the log."""
    return await tx.all(
        whole_row,
        """
        select e.transaction_id::text::bigint, e.position, e.stream, e.version, e.type,
            e.data::text, e.actor, e.channel, e.correlation_id, e.recorded_at, e.hash
        from jsonb_array_elements_text(%(streams)s::jsonb) as asked (stream)
        join inventory.event e using (stream)
        where e.data->>'lot' = %(lot)s and e.data->'units' is not null
        order by e.transaction_id, e.position
        """,
        {"streams": encoded(list(streams)), "lot": lot},
    )


async def drop_units(tx: Transaction, sku: str, lot: str, *, but: Iterable[int]) -> None:
    """Take units of a lot away that nothing tells of."""
    await tx.run(
        """
        delete from inventory.unit
        where sku = %(sku)s and lot = %(lot)s and number not in (
            select number::integer from jsonb_array_elements_text(%(but)s::jsonb) as x (number))
        """,
        {"sku": sku, "lot": lot, "but": encoded(list(but))},
    )


async def drop_allocations(
    tx: Transaction, hold_id: str, key: Key, *, but: Iterable[tuple[int, str, str]]
) -> None:
    """Take allocations (line, lot, allotment) of a hold away that nothing tells of."""
    rows = [{"line": line, "lot": lot, "allotment": allotment} for line, lot, allotment in but]
    await tx.run(
        """
        delete from inventory.allocation a
        where a.hold_id = %(hold_id)s and a.sku = %(sku)s and a.location = %(location)s
          and not exists (
              select from jsonb_to_recordset(%(but)s::jsonb) as told (
                  line integer, lot text, allotment text)
              where told.line = a.line and told.lot = a.lot and told.allotment = a.allotment)
        """,
        {"hold_id": hold_id, "sku": key[0], "location": key[1], "but": encoded(rows)},
    )


async def write_hold(tx: Transaction, hold: Hold) -> None:
    """Write the status and the end of a hold, and all of it where it is gone."""
    await tx.run(
        """
        insert into inventory.hold
            (id, channel, customer_id, status, lines, memo, placed_by, placed_at, expires_at,
             sourcing)
        select id, channel, customer_id, status, lines, memo, placed_by, placed_at, expires_at,
            sourcing
        from jsonb_to_recordset(%(holds)s::jsonb) as new (
            id uuid, channel text, customer_id text, status text, lines jsonb, memo jsonb,
            placed_by text, placed_at timestamptz, expires_at timestamptz, sourcing jsonb)
        on conflict (id) do update
        set status = excluded.status, expires_at = excluded.expires_at
        """,
        {"holds": encoded([hold_row(hold)])},
    )
