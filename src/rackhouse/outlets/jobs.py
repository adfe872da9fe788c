"""What the worker does for outlets on a clock."""

import datetime

from rackhouse.outlets import store
from rackhouse.outlets.lag_rules import judge_lag
from rackhouse.outlets.rules import WINDOW_HOURS_LIMIT
from rackhouse.platform.context import Context
from rackhouse.platform.module import Job
from rackhouse.platform.store import server_time

__all__ = ["JOBS", "forget_old_minutes"]


async def forget_old_minutes(*, context: Context) -> None:
    """Delete what was counted before the longest window of a promise."""
    async with context.house.database("outlets").transaction() as tx:
        before = await server_time(tx) - datetime.timedelta(hours=WINDOW_HOURS_LIMIT)
        await store.forget_minutes(tx, before=before)


JOBS = (
    Job(
        name="outlets.judge_lag",
        every_seconds=5,
        permissions=frozenset(
            {"channels:read", "channels:write", "inventory:read", "inventory:write"}
        ),
        run=judge_lag,
    ),
    Job(
        name="outlets.forget_old_minutes",
        every_seconds=3600,
        permissions=frozenset(),
        run=forget_old_minutes,
    ),
)
