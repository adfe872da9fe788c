"""A running house: PostgreSQL first, then the processes; all of them kept up, and ended in the
reverse order."""

import asyncio
import contextlib
import os
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec
import structlog

from rackhouse.cli.command_line import Failure
from rackhouse.cli.listening import listen, local_url, reserve_grpc
from rackhouse.cli.processes import KeptProcess, Lifeline
from rackhouse.cli.session import start_embedded
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.postgres import PostgresServer
from rackhouse.platform.settings import Settings
from rackhouse.platform.settling import refuse_events_ahead
from rackhouse.platform.telemetry import share_metrics_between_processes

__all__ = ["NotReady", "Plan", "keep_running"]

READY_SECONDS = 60.0
READY_POLL_SECONDS = 0.03
DATABASE_POLL_SECONDS = 0.5
DATABASE_RETRY_SECONDS = 2.0
MODULE = "rackhouse.cli.child"
GRPC = "feeds"
"""The module whose streams gRPC carries."""

_log = structlog.get_logger(__name__)


class NotReady(Failure):
    """The API did not answer in time."""

    def __init__(self) -> None:
        super().__init__(
            f"the API was not ready after {READY_SECONDS:.0f} s; its messages above say why."
        )


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to run: how many API processes with which modules, and whether the jobs.

    ``prepare`` is done with an open house before any process starts, ``ready`` as soon as the
    API answers, or without an API when the processes were started.
    """

    api_workers: int
    modules: tuple[str, ...]
    jobs: bool
    prepare: Callable[[House], Awaitable[None]]
    ready: Callable[[House], Awaitable[None]]


def keep_running(settings: Settings, plan: Plan) -> None:
    """Run the plan until SIGINT, SIGTERM or SIGHUP; refuses what can not be started."""
    asyncio.run(_until_told(_running(settings, plan)))


async def _until_told(work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _running(settings: Settings, plan: Plan) -> None:
    with contextlib.ExitStack() as opened:
        listening = listen(settings, processes=plan.api_workers) if plan.api_workers else []
        for each in listening:
            opened.callback(each.close)
        settings = _with_grpc(settings, plan, opened)
        async with _kept_database(settings) as database:
            async with House(database.settings, MODULES) as house:
                await migrate(house)
                await refuse_events_ahead(house)
                await plan.prepare(house)
            async with _kept_processes(database, plan, listening):
                if plan.api_workers:
                    await _until_ready(settings)
                async with House(database.settings, MODULES) as house:
                    await plan.ready(house)
                await asyncio.Event().wait()


def _with_grpc(settings: Settings, plan: Plan, opened: contextlib.ExitStack) -> Settings:
    """The settings with the port on which gRPC is really served, which is kept until the end."""
    reserved = reserve_grpc(settings) if plan.api_workers and GRPC in plan.modules else None
    if reserved is None:
        return msgspec.structs.replace(settings, grpc_port=0)
    opened.callback(reserved.close)
    return msgspec.structs.replace(settings, grpc_port=reserved.getsockname()[1])


class _KeptDatabase:
    """The embedded PostgreSQL, started again when it ends; or one that is none of our business."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._server: PostgresServer | None = None
        self.moved = asyncio.Event()

    async def start(self) -> None:
        self._server = await asyncio.to_thread(start_embedded, self.settings)
        moved_to = self._server.url
        if self.settings.database_url not in (None, moved_to):
            self.moved.set()
        self.settings = msgspec.structs.replace(self.settings, database_url=moved_to)

    async def keep(self) -> None:
        while self._server is not None:
            await asyncio.sleep(DATABASE_POLL_SECONDS)
            if await asyncio.to_thread(self._server.is_running):
                continue
            _log.warning("postgres_ended", pid=self._server.pid)
            try:
                await self.start()
                _log.warning("postgres_started_again", pid=self._server.pid)
            except Exception:  # whatever it is: without a database there is nothing else to do
                _log.exception("postgres_would_not_start")
                await asyncio.sleep(DATABASE_RETRY_SECONDS)

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()


@asynccontextmanager
async def _kept_database(settings: Settings) -> AsyncIterator[_KeptDatabase]:
    database = _KeptDatabase(settings)
    keeping = None
    try:
        if settings.database_url is None:
            await database.start()
            keeping = asyncio.create_task(database.keep())
        yield database
    finally:
        if keeping is not None:
            keeping.cancel()
            await asyncio.wait([keeping])
        await asyncio.to_thread(database.stop)


@asynccontextmanager
async def _kept_processes(
    database: _KeptDatabase, plan: Plan, listening: Sequence[socket.socket]
) -> AsyncIterator[None]:
    lifeline = Lifeline()
    processes = _processes(database.settings, plan, lifeline, listening)
    keeping = [asyncio.create_task(process.keep()) for process in processes]
    keeping.append(asyncio.create_task(_follow(database, processes)))
    try:
        yield
    finally:
        await asyncio.gather(*(process.stop() for process in processes))
        for task in keeping:
            task.cancel()
        await asyncio.wait(keeping)
        lifeline.close()


def _processes(
    settings: Settings, plan: Plan, lifeline: Lifeline, listening: Sequence[socket.socket]
) -> list[KeptProcess]:
    environment = _environment(settings)
    start = ("-m", MODULE, str(lifeline.descriptor))
    found = [
        KeptProcess(
            f"api-{number}",
            (*start, "api", str(each.fileno()), ",".join(plan.modules)),
            environment=environment,
            descriptors=(lifeline.descriptor, each.fileno()),
        )
        for number, each in enumerate(listening, start=1)
    ]
    if plan.jobs:
        found.append(
            KeptProcess(
                "jobs",
                (*start, "work"),
                environment=environment,
                descriptors=(lifeline.descriptor,),
            )
        )
    return found


async def _follow(database: _KeptDatabase, processes: list[KeptProcess]) -> None:
    """Tell the processes when the database moved: where sockets can not be used, a server that
    is started again has another port."""
    while True:
        await database.moved.wait()
        database.moved.clear()
        for process in processes:
            process.environment = _environment(database.settings)
            process.restart()


def _environment(settings: Settings) -> dict[str, str]:
    assert settings.database_url is not None
    folder = (settings.data / f"metrics-{settings.port}").absolute()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR") != str(folder):
        share_metrics_between_processes(folder)
    return {
        **os.environ,
        "RACKHOUSE_DATABASE_URL": settings.database_url,
        "RACKHOUSE_GRPC_PORT": str(settings.grpc_port or 0),
    }


async def _until_ready(settings: Settings) -> None:
    url = f"{local_url(settings)}/health/ready"
    try:
        async with asyncio.timeout(READY_SECONDS):
            # Nobody tells when a port begins to answer, so it is asked.
            while not await asyncio.to_thread(_answers, url):  # noqa: ASYNC110
                await asyncio.sleep(READY_POLL_SECONDS)
    except TimeoutError:
        raise NotReady from None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=READY_SECONDS) as answer:  # noqa: S310 - our own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
