"""What the worker does for search on a clock."""

import datetime

from rackhouse.platform.context import Context
from rackhouse.platform.module import Job
from rackhouse.platform.store import server_time
from rackhouse.search import store

__all__ = ["JOBS"]


async def forget_asked(*, context: Context) -> None:
    """Delete what was asked longer ago than the settings say."""
    days = context.house.settings.search_asked_days
    async with context.house.database("search").transaction() as tx:
        before = (await server_time(tx)).date() - datetime.timedelta(days=days)
        await store.forget_asked(tx, before=before)


JOBS = (
    Job(
        name="search.forget_asked",
        every_seconds=3600,
        permissions=frozenset(),
        run=forget_asked,
    ),
)
