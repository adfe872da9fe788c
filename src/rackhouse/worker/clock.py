"""What is done every few seconds: a plain loop for each, because a queue would write a dozen rows
for every tick, and would wait for half a minute after a worker was killed."""

import asyncio
import time

import structlog

from rackhouse.platform.context import Context
from rackhouse.platform.database import Database, DatabaseUnavailable
from rackhouse.platform.house import House
from rackhouse.platform.module import Job
from rackhouse.worker.turns import TURN_SECONDS, turn_at

__all__ = ["do_once", "keep_doing"]

_log = structlog.get_logger(__name__)


async def keep_doing(house: House, database: Database, job: Job) -> None:
    """Do a job every ``every_seconds``, from now on."""
    while True:
        started = time.monotonic()
        try:
            await do_once(house, database, job)
        except DatabaseUnavailable as reason:
            _log.warning("job_put_off", job=job.name, reason=str(reason))
        except Exception:
            _log.exception("job_failed", job=job.name)
        await asyncio.sleep(max(0.0, job.every_seconds - (time.monotonic() - started)))


async def do_once(house: House, database: Database, job: Job) -> bool:
    """Do a job if nobody else is at it; says whether it was done."""
    async with turn_at(database, job.name) as ours:
        if ours:
            async with asyncio.timeout(TURN_SECONDS):
                await job.run(context=Context.of_service(house, job.name, job.permissions))
    return ours
