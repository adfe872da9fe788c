"""A real RabbitMQ on the loopback, which can be killed and started anew on the same data."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError
from nats_servers import WAIT_SECONDS, attempts, free_port, skip_without

__all__ = ["MESSAGE_SIZE_LIMIT", "RabbitMq", "rabbitmq", "until_open"]

# Not /usr/sbin's, which changes to the user of the system's own service.
PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
MESSAGE_SIZE_LIMIT = 200_000

# It listens on the loopback alone, and writes all that it has to say to one place.
CONFIGURATION = f"""
listeners.tcp.default = 127.0.0.1:%d
max_message_size = {MESSAGE_SIZE_LIMIT}
log.console = true
log.console.level = warning
log.file = false
disk_free_limit.absolute = 50MB
"""


class RabbitMq:
    """One server, all of whose data is in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, self._mapper_port, self._between = free_port(), free_port(), free_port()
        self._mapper: subprocess.Popen[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._queues: dict[str, dict[str, AbstractIncomingMessage]] = {}
        (folder / "rabbitmq.conf").write_text(CONFIGURATION % self._port)
        (folder / "plugins").write_text("[].")

    @property
    def url(self) -> str:
        """Where the server is, as the setting says it."""
        return f"amqp://guest:guest@127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start the server, which needs something that maps its name to a port."""
        with (self._folder / "log").open("ab") as log:
            if self._mapper is None:
                mapper = shutil.which("epmd")
                assert mapper is not None, "Erlang has it"
                told = [mapper, "-port", str(self._mapper_port), "-address", "127.0.0.1"]
                self._mapper = subprocess.Popen(told, stdout=log, stderr=log)
                await until_open(self._mapper_port)
            self._process = subprocess.Popen(
                [PROGRAM],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill the server at once, with all that it started."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def end(self) -> None:
        """Kill everything."""
        self.kill()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait()

    async def ready(self) -> None:
        """Wait until the server answers."""
        await until_open(self._port)
        async for _ in attempts():
            with contextlib.suppress(AMQPError, OSError):
                async with self.channel():
                    return

    @contextlib.asynccontextmanager
    async def channel(self) -> AsyncIterator[AbstractChannel]:
        """A channel of the server."""
        async with await aio_pika.connect(self.url) as connection:
            yield await connection.channel()

    async def taken_from(self, name: str, **events: int) -> list[AbstractIncomingMessage]:
        """What somebody took from a queue in all, once so many events of some streams are among
        it. Whose id came before was dropped."""
        wanted = {(about, number + 1) for about in events for number in range(events[about])}
        return await self._taken(name, wanted)

    async def taken_until(
        self, name: str, about: str, number: int
    ) -> list[AbstractIncomingMessage]:
        """What somebody took from a queue in all, once an event is among it."""
        return await self._taken(name, {(about, number)})

    async def _taken(
        self, name: str, wanted: set[tuple[str, int]]
    ) -> list[AbstractIncomingMessage]:
        taken = self._queues.setdefault(name, {})
        complete = asyncio.Event()

        def look() -> None:
            if wanted <= {_event_of(each) for each in taken.values()}:
                complete.set()

        async def take(message: AbstractIncomingMessage) -> None:
            taken.setdefault(str(message.message_id), message)
            await message.ack()
            look()

        look()
        async with asyncio.timeout(WAIT_SECONDS):
            async for _ in attempts():
                if complete.is_set():
                    break
                with contextlib.suppress(AMQPError, OSError):
                    async with self.channel() as channel:
                        await channel.set_qos(prefetch_count=100)
                        await (await channel.get_queue(name)).consume(take)
                        await complete.wait()
        return list(taken.values())

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {
            "HOME": str(self._folder),
            "ERL_EPMD_PORT": str(self._mapper_port),
            "RABBITMQ_NODENAME": f"tests{self._port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._between),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONF_ENV_FILE": str(self._folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOG_BASE": str(self._folder / "logs"),
        }


def _event_of(message: AbstractIncomingMessage) -> tuple[str, int]:
    return str(message.headers["ce-subject"]), int(str(message.headers["ce-sequence"]))


async def until_open(port: int) -> None:
    """Wait until somebody listens on a port."""
    async for _ in attempts():
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return


@contextlib.asynccontextmanager
async def rabbitmq(folder: Path) -> AsyncIterator[RabbitMq]:
    """A server that is ready. Without it tests are skipped, except where they must not be."""
    skip_without(PROGRAM, install="Debian's rabbitmq-server")
    server = RabbitMq(folder)
    try:
        await server.start()
        await server.ready()
        yield server
    finally:
        server.end()
