"""What the worker does for webhooks on a clock."""

import datetime
import time

from rackhouse.platform.context import Context
from rackhouse.platform.module import Job
from rackhouse.platform.store import server_time
from rackhouse.webhooks import store
from rackhouse.webhooks.settling import settle_webhooks

__all__ = ["JOBS", "forget_what_is_old"]

CHUNK_LIMIT = 5_000
RUN_SECONDS = 30.0


async def forget_what_is_old(*, context: Context) -> None:
    """Delete attempts that are no longer listed, and secrets that have retired."""
    house = context.house
    give_up_at = time.monotonic() + RUN_SECONDS
    kept = datetime.timedelta(hours=house.settings.webhook_attempts_hours)
    forgotten = CHUNK_LIMIT
    while forgotten == CHUNK_LIMIT and time.monotonic() < give_up_at:
        async with house.database("webhooks").transaction() as tx:
            before = await server_time(tx) - kept
            forgotten = await store.forget_attempts(tx, before=before, limit=CHUNK_LIMIT)
    async with house.database("webhooks").transaction() as tx:
        await store.forget_secrets(tx, limit=CHUNK_LIMIT)


JOBS = (
    Job(
        name="webhooks.settle",
        every_seconds=15,
        permissions=frozenset({"webhooks:write"}),
        run=settle_webhooks,
    ),
    Job(
        name="webhooks.forget_what_is_old",
        every_seconds=600,
        permissions=frozenset(),
        run=forget_what_is_old,
    ),
)
