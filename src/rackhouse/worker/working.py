"""One worker process."""

import asyncio
import contextlib
import signal

import msgspec
import uvloop

from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.module import Job
from rackhouse.platform.settings import Settings
from rackhouse.platform.tail import listen_to_logs
from rackhouse.worker.clock import keep_doing
from rackhouse.worker.deliveries import keep_delivering
from rackhouse.worker.queue import MINUTE, keep_queue
from rackhouse.worker.queue_schema import migrate_queue
from rackhouse.worker.upkeep import JOBS

__all__ = ["run_worker", "work"]

# A turn, a cursor and a log are read side by side, while the work itself needs its own.
CONNECTIONS_OF_ONE = 4
CONNECTIONS_LIMIT = 100


def run_worker(settings: Settings) -> None:
    """Work until this process is told to end."""
    uvloop.run(_until_told(settings))


async def work(house: House) -> None:
    """Do every job of a house's modules, deliver every subscription and run every keeper, until
    cancelled.

    Any number of processes may do so at once.
    """
    await migrate_queue(house)
    await listen_to_logs(house)
    on_clock, in_queue = _jobs(house)
    async with asyncio.TaskGroup() as tasks:
        for name, job in on_clock:
            tasks.create_task(keep_doing(house, house.database(name), job))
        for module in house.modules:
            for subscription in module.subscriptions:
                tasks.create_task(keep_delivering(house, module, subscription))
            for keeper in module.keepers:
                tasks.create_task(keeper(house))
        tasks.create_task(keep_queue(house, in_queue))


async def _until_told(settings: Settings) -> None:
    async with House(_of_workers(settings), MODULES) as house:
        working = asyncio.create_task(work(house))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, working.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await working


def _jobs(house: House) -> tuple[list[tuple[str, Job]], list[Job]]:
    """Jobs for the clock, each with its module, and jobs for the queue."""
    named = [(module.name, job) for module in house.modules for job in module.jobs]
    named += [("platform", job) for job in JOBS]
    on_clock = [(name, job) for name, job in named if job.every_seconds < MINUTE]
    return on_clock, [job for _, job in named if job.every_seconds >= MINUTE]


def _of_workers(settings: Settings) -> Settings:
    """Enough connections for all that goes on side by side: none may wait for another's. What is
    relayed to a broker is not heard from there."""
    parts = sum(
        len(module.jobs) + len(module.subscriptions) + len(module.keepers) for module in MODULES
    )
    enough = min(settings.database_connections + CONNECTIONS_OF_ONE * parts, CONNECTIONS_LIMIT)
    return msgspec.structs.replace(settings, database_connections=enough, feed_from="database")
