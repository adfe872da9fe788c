"""Where a run takes place: the embedded PostgreSQL and several processes of the real program on it.

Every API process has a port of its own, so that a client knows whom it asks; as in the program,
its socket is kept by the parent, and connections to a killed process wait for its successor.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import psycopg

from cli.rackhouse_program import environment, is_gone, passable_directory
from houses import fresh_database
from rackhouse.cli.processes import Lifeline
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.postgres import PostgresServer, start_postgres
from rackhouse.platform.settings import Settings
from rackhouse.rehearsal.http_client import (
    AnswerUnknown,
    HttpConnection,
    ServiceUnreachable,
    request_bytes,
)

__all__ = ["JOBS", "ApiProcess", "Program", "Site", "eventually", "site_on"]

FOLDER = Path(__file__).parent
CLOCK = FOLDER / "clock"
REAL = "rackhouse.cli.child"
PLANTED = "isolation.planted"
BACKLOG = 256
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.02
CONNECTIONS = 6
JOBS = "jobs"


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what nobody tells us of."""
    give_up_at = time.monotonic() + WAIT_SECONDS
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < give_up_at, "waited in vain"
        await asyncio.sleep(POLL_SECONDS)


class Program:
    """One process of the program: run, killed, paused, run again."""

    def __init__(self, name: str, arguments: Sequence[str], descriptors: Sequence[int]) -> None:
        self.name = name
        self._arguments = tuple(arguments)
        self._descriptors = tuple(descriptors)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has been started and not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def was_started(self) -> bool:
        """Whether it is meant to run."""
        return self._process is not None

    def start(
        self, settings: dict[str, object], log: Path, *, skew_seconds: float, plant: str | None
    ) -> None:
        """Run it: the real program, or with a bug planted in it."""
        assert not self.is_running, f"{self.name} runs already"
        paths = [str(CLOCK), str(FOLDER.parent), os.environ.get("PYTHONPATH", "")]
        surroundings = environment(**settings) | {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "ISOLATION_CLOCK_SKEW_SECONDS": str(skew_seconds),
            "ISOLATION_PLANT": plant or "",
        }
        module = PLANTED if plant else REAL
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *self._arguments],
                env=surroundings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=self._descriptors,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self._send(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(WAIT_SECONDS)
            self._process = None

    def pause(self) -> None:
        """Stop it where it is."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)


class ApiProcess(Program):
    """A process that serves the API on a port of its own."""

    def __init__(self, number: int, lifeline: int) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.port: int = self.socket.getsockname()[1]
        descriptors = (lifeline, self.socket.fileno())
        modules = ",".join(module.name for module in MODULES)
        arguments = (str(lifeline), "api", str(self.socket.fileno()), modules)
        super().__init__(f"api-{number}", arguments, descriptors)

    async def is_ready(self) -> bool:
        """Whether it can serve requests."""
        request = request_bytes(
            "GET", "/health/ready", host="127.0.0.1", token=None, key=None, body=None
        )
        try:
            connection = await HttpConnection.open("127.0.0.1", self.port)
            try:
                answer = await connection.ask(request, timeout_seconds=WAIT_SECONDS)
            finally:
                connection.close()
        except (AnswerUnknown, ServiceUnreachable):
            return False
        return answer.status == 200


class Site:
    """A PostgreSQL server and the processes on one database of it."""

    def __init__(self, directory: Path, server: PostgresServer, *, processes: int) -> None:
        self.directory = directory
        self.server = server
        self.database_url = ""
        self._lifeline = Lifeline()
        self.api = [ApiProcess(number, self._lifeline.descriptor) for number in range(processes)]
        jobs = (str(self._lifeline.descriptor), "work")
        self.jobs = Program(JOBS, jobs, (self._lifeline.descriptor,))

    @property
    def settings(self) -> dict[str, object]:
        """The settings of every process."""
        return {
            "data": self.directory / "house",
            "database_url": self.database_url,
            "database_connections": CONNECTIONS,
            "public_url": "http://isolation",
            "rate_limit_per_second": 0,
            "log_level": "warning",
            "log_format": "json",
        }

    def log_of(self, program: Program) -> Path:
        """Where a process says what went wrong."""
        return self.directory / f"{program.name}.log"

    def use(self, database_url: str) -> None:
        """Let everything that starts from now on work on this database."""
        self.database_url = database_url

    async def use_new(self) -> str:
        """The same with a new database, whose URL is answered."""
        self.use(fresh_database(self.server.url))
        async with self.house() as house:
            await migrate(house)
        return self.database_url

    def house(self) -> House:
        """A house of this process on the database in use."""
        settings: dict[str, object] = self.settings
        return House(Settings(**settings), MODULES)  # type: ignore[arg-type]

    def start(
        self, program: Program, *, skew_seconds: float = 0.0, plant: str | None = None
    ) -> None:
        """Run a process."""
        log = self.log_of(program)
        program.start(self.settings, log, skew_seconds=skew_seconds, plant=plant)

    async def until_ready(self) -> None:
        """Wait until every API process that was started answers."""
        give_up_at = time.monotonic() + WAIT_SECONDS
        for process in filter(lambda each: each.was_started, self.api):
            while not await process.is_ready():
                assert process.is_running, self.log_of(process).read_text()
                assert time.monotonic() < give_up_at, f"{process.name} is not ready"
                await asyncio.sleep(POLL_SECONDS)

    async def kill_database(self) -> None:
        """Kill the server as a power cut would, and start it again."""
        os.kill(self.server.pid, signal.SIGKILL)
        await eventually(lambda: is_gone(self.server.pid))
        url = self.server.url
        self.server = await asyncio.to_thread(start_postgres, data_directory=self.data_directory)
        assert self.server.url == url, "the server is at another place now"

    @property
    def data_directory(self) -> Path:
        """Where PostgreSQL keeps its data."""
        return self.directory / "postgres"

    def session(self) -> psycopg.Connection[tuple[object, ...]]:
        """A session of our own on the database in use."""
        return psycopg.connect(self.database_url, autocommit=True)

    async def end(self, *programs: Program) -> None:
        """End processes: nobody waits for an answer of theirs any more."""
        await asyncio.gather(*(asyncio.to_thread(each.kill) for each in programs))

    async def close(self) -> None:
        """End everything."""
        for program in (*self.api, self.jobs):
            program.resume()
            program.kill()
        for process in self.api:
            process.socket.close()
        self._lifeline.close()
        await asyncio.to_thread(self.server.stop)


@contextlib.asynccontextmanager
async def site_on(*, processes: int) -> AsyncIterator[Site]:
    """A site in a directory of its own with a fresh database in use; nothing of it is left."""
    with passable_directory() as directory:
        server = await asyncio.to_thread(start_postgres, data_directory=directory / "postgres")
        site = Site(directory, server, processes=processes)
        try:
            await site.use_new()
            yield site
        finally:
            await site.close()
