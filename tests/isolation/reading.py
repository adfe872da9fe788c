"""What the database holds of a round in the end, read as of one moment."""

import time
from typing import Any

import psycopg

from isolation.history import (
    Event,
    Found,
    FoundAllocation,
    FoundHold,
    FoundOrder,
    FoundStock,
    Scene,
)

__all__ = ["is_alone", "is_settled", "read_found"]

SOON_SECONDS = 1.5

_STOCK = """
    select sku, location, on_hand, held, committed, version from inventory.stock
    where sku = any(%(skus)s) order by sku, location
"""
_HOLDS = """
    select id::text, channel, status, lines, memo ->> 'order_id', placed_at, expires_at
    from inventory.hold where channel = any(%(channels)s) order by placed_at, id
"""
_ALLOCATIONS = """
    select hold_id::text, line, sku, location, quantity, held, committed, shipped, returned,
        held_until, lot, allotment
    from inventory.allocation where sku = any(%(skus)s) order by hold_id, line, sku, location
"""
_ORDERS = """
    select id::text, hold_id::text, status, channel, external_id, lines, version
    from orders."order" where channel = any(%(channels)s) order by placed_at, id
"""
_EVENTS = """
    select transaction_id::text::bigint, position, stream, version, type, data, actor,
        correlation_id, recorded_at
    from inventory.event where stream = any(%(streams)s)
    order by event.transaction_id, event.position
"""
# Nothing is due that the jobs would still tidy up, and the orders have read the whole log.
_UNSETTLED = """
    select exists (
            select from inventory.hold
            where status = 'held' and expires_at < clock_timestamp() + %(soon)s * interval '1 s')
        or coalesce((
            select (transaction_id::text || '-' || position) from inventory.event
            order by event.transaction_id desc, event.position desc limit 1), '') <> coalesce((
            select position from platform.subscription
            where subscriber = 'orders.follow_holds'), '')
"""

_OTHERS = """
    select count(*) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and backend_type = 'client backend'
"""


def is_settled(session: psycopg.Connection[Any]) -> bool:
    """Whether the jobs have nothing left to do for any round."""
    (unsettled,) = session.execute(_UNSETTLED, {"soon": SOON_SECONDS}).fetchone() or (True,)
    return not unsettled


def is_alone(session: psycopg.Connection[Any]) -> bool:
    """Whether nobody else has a session on this database any more: a transaction of a process that
    was killed may still commit."""
    (others,) = session.execute(_OTHERS).fetchone() or (1,)
    return not others


def read_found(session: psycopg.Connection[Any], scene: Scene, *, settled: bool) -> Found:
    """Everything of a scene, as of one moment."""
    asked = {
        "skus": list(scene.skus),
        "channels": list(scene.channels),
        "streams": [f"{sku}@{place}" for sku in scene.skus for place in scene.locations],
    }
    with session.transaction():
        session.execute("set transaction isolation level repeatable read")
        rows = {
            name: session.execute(statement, asked).fetchall()
            for name, statement in (
                ("stock", _STOCK),
                ("holds", _HOLDS),
                ("allocations", _ALLOCATIONS),
                ("orders", _ORDERS),
                ("events", _EVENTS),
            )
        }
        (now,) = session.execute("select clock_timestamp()").fetchone() or (None,)
    assert now is not None
    allocations: dict[str, list[FoundAllocation]] = {}
    for row in rows["allocations"]:
        found = FoundAllocation(*row)
        allocations.setdefault(found.hold_id, []).append(found)
    return Found(
        settled=settled,
        at=time.monotonic(),
        wall=time.time(),
        now=now,
        stock=[FoundStock(*row) for row in rows["stock"]],
        holds=[FoundHold(*row, allocations.get(row[0], [])) for row in rows["holds"]],
        orders=[FoundOrder(*row) for row in rows["orders"]],
        events=[Event(*row) for row in rows["events"]],
    )
