"""What the worker does for the platform's own tables."""

import datetime
import time

from rackhouse.platform.context import Context
from rackhouse.platform.idempotency import KEPT_FOR_HOURS
from rackhouse.platform.module import Job
from rackhouse.platform.store import forget_keys, server_time

__all__ = ["JOBS", "forget_old_keys"]

CHUNK_LIMIT = 5_000
# A run ends after this, however much is left; the next one goes on.
RUN_SECONDS = 30.0


async def forget_old_keys(context: Context) -> None:
    """Delete idempotency keys that were answered more than `KEPT_FOR_HOURS` ago."""
    give_up_at = time.monotonic() + RUN_SECONDS
    for database in set(context.house.databases().values()):
        forgotten = CHUNK_LIMIT
        while forgotten == CHUNK_LIMIT and time.monotonic() < give_up_at:
            async with database.transaction() as tx:
                kept_since = await server_time(tx) - datetime.timedelta(hours=KEPT_FOR_HOURS)
                forgotten = await forget_keys(tx, answered_before=kept_since, limit=CHUNK_LIMIT)


JOBS = (
    Job(
        name="platform.forget_old_keys",
        every_seconds=600,
        permissions=frozenset(),
        run=forget_old_keys,
    ),
)
