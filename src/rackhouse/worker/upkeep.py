"""What the worker does for the platform's own tables."""

import datetime
import time

import structlog

from rackhouse.platform.archive import ArchivedFile, archive_events, month_that_is_old
from rackhouse.platform.context import Context
from rackhouse.platform.idempotency import KEPT_FOR_HOURS
from rackhouse.platform.module import Job
from rackhouse.platform.store import forget_keys, server_time

__all__ = ["JOBS", "archive_old_events", "forget_old_keys"]

CHUNK_LIMIT = 5_000
# A run ends after this, however much is left; the next one goes on.
RUN_SECONDS = 30.0

_log = structlog.get_logger(__name__)


async def forget_old_keys(context: Context) -> None:
    """Delete idempotency keys that were answered more than `KEPT_FOR_HOURS` ago."""
    give_up_at = time.monotonic() + RUN_SECONDS
    for database in set(context.house.databases().values()):
        forgotten = CHUNK_LIMIT
        while forgotten == CHUNK_LIMIT and time.monotonic() < give_up_at:
            async with database.transaction() as tx:
                kept_since = await server_time(tx) - datetime.timedelta(hours=KEPT_FOR_HOURS)
                forgotten = await forget_keys(tx, answered_before=kept_since, limit=CHUNK_LIMIT)


async def archive_old_events(context: Context) -> None:
    """Move events that are older than the settings say into files, one file of each log."""
    house = context.house
    before = await month_that_is_old(house)
    if before is not None:
        moved = await archive_events(house=house, before=before, files_limit=1, progress=_tell)
        for each in moved:
            if each.stopped is not None:
                _log.warning("archive_waits", log=each.log, reason=each.stopped)


def _tell(file: ArchivedFile) -> None:
    _log.info("events_archived", log=file.log, file=file.name, events=file.events)


JOBS = (
    Job(
        name="platform.forget_old_keys",
        every_seconds=600,
        permissions=frozenset(),
        run=forget_old_keys,
    ),
    Job(
        name="platform.archive_old_events",
        every_seconds=600,
        permissions=frozenset(),
        run=archive_old_events,
    ),
)
