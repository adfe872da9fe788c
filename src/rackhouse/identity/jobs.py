"""What the worker does for identity on a clock."""

import datetime

from rackhouse.identity import store
from rackhouse.platform.context import Context
from rackhouse.platform.module import Job
from rackhouse.platform.store import server_time

__all__ = ["JOBS", "forget_old_signin_codes"]

EVERY_SECONDS = 3_600
FORGOTTEN_AFTER_DAYS = 7
FORGET_LIMIT = 1_000


async def forget_old_signin_codes(context: Context) -> None:
    """Delete one-time codes that expired a while ago; the log keeps who signed in."""
    async with context.house.database("identity").transaction() as tx:
        expired_before = await server_time(tx) - datetime.timedelta(days=FORGOTTEN_AFTER_DAYS)
        await store.forget_codes(tx, expired_before=expired_before, limit=FORGET_LIMIT)


JOBS = (
    Job(
        name="identity.forget_old_signin_codes",
        every_seconds=EVERY_SECONDS,
        permissions=frozenset(),
        run=forget_old_signin_codes,
    ),
)
