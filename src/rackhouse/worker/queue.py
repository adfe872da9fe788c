"""What is done every few minutes or seldom: periodic tasks of procrastinate, in PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import procrastinate
import psycopg
import structlog
from procrastinate import exceptions, jobs
from psycopg.conninfo import make_conninfo

from rackhouse.platform.context import Context
from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.house import House
from rackhouse.platform.module import Job
from rackhouse.worker.queue_schema import queue_options

__all__ = ["cron_of", "keep_queue"]

CONNECTIONS = 4
CONCURRENCY = 4
RUN_SECONDS = 300
STOP_SECONDS = 5.0
RETRY_SECONDS = 1.0
STALLED_AFTER_SECONDS = 30
FORGET_STALLED = "platform.forget_stalled_runs"
MINUTE, HOUR, DAY = 60, 3_600, 86_400

_log = structlog.get_logger(__name__)


async def keep_queue(house: House, periodic: Sequence[Job]) -> None:
    """Run periodic jobs from now on. When the database fails, begin anew."""
    while True:
        queue = _queue(house, periodic)
        try:
            async with queue.open_async():
                await queue.run_worker_async(
                    concurrency=CONCURRENCY,
                    install_signal_handlers=False,
                    delete_jobs=jobs.DeleteJobCondition.ALWAYS,
                    shutdown_graceful_timeout=STOP_SECONDS,
                    stalled_worker_timeout=STALLED_AFTER_SECONDS,
                )
        except (exceptions.ProcrastinateException, psycopg.Error) as reason:
            _log.warning("queue_interrupted", reason=str(reason) or type(reason).__name__)
            ours = asyncio.current_task()
            if ours is not None and ours.cancelling():
                # Saying good-bye to a database that is gone failed, in place of our end.
                raise asyncio.CancelledError from reason
        await asyncio.sleep(RETRY_SECONDS)


def cron_of(every_seconds: int) -> str:
    """The cron expression for whole minutes, hours or a day; raises ValueError for what would
    not come at even distances."""
    for unit, limit, pattern in ((MINUTE, HOUR, "*/{} * * * *"), (HOUR, DAY, "0 */{} * * *")):
        if every_seconds < limit:
            if every_seconds % unit or limit % every_seconds:
                break
            return pattern.format(every_seconds // unit)
    if every_seconds == DAY:
        return "0 0 * * *"
    raise ValueError(f"{every_seconds} seconds do not divide an hour or a day evenly")


def _queue(house: House, periodic: Sequence[Job]) -> procrastinate.App:
    url = make_conninfo(house.database("platform").url, options=queue_options())
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=CONNECTIONS)
    )
    for job in periodic:
        _announce(queue, job.name, job.every_seconds, _run(house, job))
    _announce(queue, FORGET_STALLED, MINUTE, lambda: _forget_stalled(queue))
    return queue


def _announce(
    queue: procrastinate.App, name: str, every_seconds: int, run: Callable[[], Awaitable[None]]
) -> None:
    """Make a periodic task: one waits at most, and one runs at most."""
    # A run that was cut off keeps its lock until it is forgotten, so the one that forgets has none.
    lock = None if name == FORGET_STALLED else name

    async def on_time(timestamp: int) -> None:
        try:
            async with asyncio.timeout(RUN_SECONDS):
                await run()
        except DatabaseUnavailable as reason:
            _log.warning("job_put_off", job=name, reason=str(reason))
        except Exception:
            _log.exception("job_failed", job=name)

    task = queue.task(name=name, queue=name, lock=lock, queueing_lock=name)(on_time)
    queue.periodic(cron=cron_of(every_seconds), periodic_id=name)(task)


def _run(house: House, job: Job) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await job.run(context=Context.of_service(house, job.name, job.permissions))

    return run


async def _forget_stalled(queue: procrastinate.App) -> None:
    """Forget runs that a killed worker left behind: the clock brings the next one."""
    stalled = await queue.job_manager.get_stalled_jobs(
        seconds_since_heartbeat=STALLED_AFTER_SECONDS
    )
    for run in stalled:
        _log.warning("stalled_run_forgotten", job=run.task_name)
        await queue.job_manager.finish_job(run, jobs.Status.FAILED, delete_job=True)
