"""What the worker does for inventory on a clock."""

import asyncio

from rackhouse.inventory.holds import due_holds, expire_hold
from rackhouse.inventory.lots import due_lots, turn_lot
from rackhouse.inventory.promises import keep_promises
from rackhouse.inventory.snapshots import take_snapshots
from rackhouse.inventory.topping_up import JOB, top_up_allotments
from rackhouse.platform.context import Context
from rackhouse.platform.module import Job

__all__ = ["JOBS", "expire_due_holds", "turn_lots"]

EXPIRE_LIMIT = 1000
TURN_LIMIT = 200


async def expire_due_holds(*, context: Context) -> int:
    """Tidy up holds whose time is over, `EXPIRE_LIMIT` at most; says how many."""
    due = await due_holds(house=context.house, limit=EXPIRE_LIMIT)
    await asyncio.gather(*(expire_hold(context=context, hold_id=each) for each in due))
    return len(due)


async def turn_lots(*, context: Context) -> int:
    """Tell of lots whose release or expiry has come, `TURN_LIMIT` at most; says how many."""
    due = await due_lots(house=context.house, limit=TURN_LIMIT)
    await asyncio.gather(*(turn_lot(context=context, sku=sku, lot=lot) for sku, lot in due))
    return len(due)


JOBS = [
    Job(
        name="inventory.expire_due_holds",
        every_seconds=1,
        permissions=frozenset({"holds:write"}),
        run=expire_due_holds,
    ),
    Job(
        name="inventory.keep_promises",
        every_seconds=2,
        permissions=frozenset({"inventory:write"}),
        run=keep_promises,
    ),
    Job(
        name="inventory.turn_lots",
        every_seconds=1,
        permissions=frozenset({"inventory:write"}),
        run=turn_lots,
    ),
    Job(
        name="inventory.take_snapshots",
        every_seconds=10,
        permissions=frozenset({"inventory:write"}),
        run=take_snapshots,
    ),
    Job(
        name=JOB,
        every_seconds=10,
        permissions=frozenset({"inventory:write"}),
        run=top_up_allotments,
    ),
]
