"""What the worker does for inventory on a clock."""

import asyncio

from rackhouse.inventory.holds import due_holds, expire_hold
from rackhouse.inventory.topping_up import JOB, top_up_allotments
from rackhouse.platform.context import Context
from rackhouse.platform.module import Job

__all__ = ["JOBS", "expire_due_holds"]

EXPIRE_LIMIT = 1000


async def expire_due_holds(*, context: Context) -> int:
    """Tidy up holds whose time is over, `EXPIRE_LIMIT` at most; says how many."""
    due = await due_holds(house=context.house, limit=EXPIRE_LIMIT)
    await asyncio.gather(*(expire_hold(context=context, hold_id=each) for each in due))
    return len(due)


JOBS = [
    Job(
        name="inventory.expire_due_holds",
        every_seconds=1,
        permissions=frozenset({"holds:write"}),
        run=expire_due_holds,
    ),
    Job(
        name=JOB,
        every_seconds=10,
        permissions=frozenset({"inventory:write"}),
        run=top_up_allotments,
    ),
]
