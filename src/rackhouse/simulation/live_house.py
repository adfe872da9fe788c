"""The service of a simulation: the real application and the real worker, in this process.

Requests come in at the ASGI application, tokens and all. The worker's jobs and deliveries are
done when the simulation says so, by the functions that a worker calls.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import msgspec

from rackhouse.api.app import App, build_app
from rackhouse.connectors import TEND_CONNECTIONS, Adapters, Lines
from rackhouse.identity import mint_token
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event, Position
from rackhouse.platform.house import House
from rackhouse.platform.module import Job, Module, Subscription
from rackhouse.platform.outbound import Outbound
from rackhouse.platform.settings import Settings
from rackhouse.platform.subscriptions import deliver
from rackhouse.platform.tail import Tails, listen_to_logs
from rackhouse.simulation.network import Answer, Request
from rackhouse.simulation.peril import PerilousHouse
from rackhouse.simulation.timeline import Timeline
from rackhouse.simulation.wires import SimulatedPatience, Wire, WiredOutbound

__all__ = ["LiveHouse", "WorkerCrashed"]

TOKEN_SECONDS = 86_400
# Real seconds, after which a stream that should have said something is taken for broken.
STREAM_PATIENCE_SECONDS = 20.0
HEARING_SECONDS = 0.001
DELIVERIES_LIMIT = 1000
# What streams and outlets follow.
LOGS = ("catalog", "channels", "orders", "inventory")


class WorkerCrashed(Exception):
    """A worker ended after it had carried a delivery out, and before it could say so."""


class LiveHouse:
    """Rackhouse itself. ``is_up`` is false while it restarts. It reaches channels by ``wires``, by
    their hosts."""

    def __init__(
        self, settings: Settings, timeline: Timeline, adapters: type[Adapters] = Adapters
    ) -> None:
        self.is_up = False
        self.wires: dict[str, Wire] = {}
        self._timeline = timeline
        self._adapters = adapters
        self._settings = settings
        self._house: House | None = None
        self._app: App | None = None

    @property
    def house(self) -> House:
        """The house of the running process."""
        assert self._house is not None, "the service is down"
        return self._house

    async def start(self) -> None:
        """Start a process with nothing in its memory."""
        house = self._house = PerilousHouse(self._settings, MODULES)
        house.let(Outbound, WiredOutbound(house, self.wires))
        house.let(Adapters, self._adapters(house))
        house.let(Lines, Lines(house, SimulatedPatience(self._timeline)))
        self._app = build_app(house)
        await house.open()
        await listen_to_logs(house)
        await self._keep_listening(house)
        self.is_up = True

    async def stop(self) -> None:
        """End the process."""
        self.is_up = False
        if self._house is not None:
            await self._house.close()
            self._house = self._app = None

    async def token(self, role: str, channel: str | None = None) -> str:
        """An access token that outlasts the simulation."""
        return await mint_token(
            house=self.house,
            roles=[role],
            subject=f"simulated-{channel or role}",
            channel=channel,
            ttl_seconds=TOKEN_SECONDS,
        )

    async def serve(self, request: Request) -> Answer | None:
        """Answer a request; None while the service is down."""
        if not self.is_up:
            return None
        assert self._app is not None
        answered = _Answered(request.body)
        await self._app(_scope(request), answered.receive, answered.send)
        return Answer(answered.status, b"".join(answered.body))

    async def listen(
        self, token: str, channel: str, cursor: str | None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The messages of a channel's stream: what came since the cursor, then what comes."""
        assert self._app is not None
        target = f"/api/v1/stream?channel={quote(channel)}"
        if cursor is not None:
            target += f"&cursor={quote(cursor)}"
        heard = _Heard()
        stream = asyncio.create_task(
            self._app(_scope(Request("GET", target, token)), heard.receive, heard.send)
        )
        try:
            while True:
                async with asyncio.timeout(STREAM_PATIENCE_SECONDS):
                    message = await heard.messages.get()
                yield message
        finally:
            heard.hang_up()
            with suppress(asyncio.CancelledError):
                await stream

    async def hear_all(self) -> None:
        """Have heard of every event that there is: the logs tell of them by themselves, soon."""
        for log in LOGS:
            newest = await self._settled(log)
            tail = self.house.the(Tails).of(log)
            async with asyncio.timeout(STREAM_PATIENCE_SECONDS):
                while tail.position is None or tail.position < newest:  # noqa: ASYNC110
                    await asyncio.sleep(HEARING_SECONDS)

    async def do_jobs(self, *, up_to_every_seconds: int) -> None:
        """Do every job of the worker that is due that often, one after the other; but connections,
        which have workers of their own here."""
        for module in self.house.modules:
            for job in module.jobs:
                if job.every_seconds <= up_to_every_seconds and job.name != TEND_CONNECTIONS:
                    await self._do(job)

    async def deliver_all(self, *, crash: bool = False) -> None:
        """Deliver every subscription until nothing is left; with ``crash`` the worker ends after
        the first delivery that it carried out."""
        for module in self.house.modules:
            for subscription in module.subscriptions:
                await self._deliver(module, subscription, crash=crash)

    async def _settled(self, log: str) -> Position:
        """The position of the newest event of a log, once readers are shown it: they are as soon
        as no transaction is under way that is older."""
        module = next(each for each in self.house.modules if each.name == log)
        assert module.event_log is not None
        async with asyncio.timeout(STREAM_PATIENCE_SECONDS):
            while True:
                async with self.house.database(log).transaction() as tx:
                    newest = await module.event_log.horizon(tx)
                    page = await module.event_log.read(tx, after=newest)
                if not page.events and not page.unsettled:
                    return newest
                await asyncio.sleep(HEARING_SECONDS)

    async def _keep_listening(self, house: House) -> None:
        """Follow the logs all the time: to begin again each time that somebody follows a stream
        takes longer."""
        for log in LOGS:
            await house.the(Tails).of(log).listen(_nothing)

    async def _do(self, job: Job) -> None:
        context = Context.of_service(self.house, job.name, job.permissions)
        await job.run(context=context)

    async def _deliver(self, module: Module, subscription: Subscription, *, crash: bool) -> None:
        if crash:
            subscription = msgspec.structs.replace(subscription, receive=_crashing(subscription))
        await self._settled(subscription.log)
        for _ in range(DELIVERIES_LIMIT):
            if not await deliver(self.house, module, subscription):
                return


def _nothing(_: Sequence[Event]) -> None:
    """Nobody in particular wants to hear it."""


def _crashing(subscription: Subscription) -> Any:
    async def receive(context: Context, events: list[Event]) -> None:
        await subscription.receive(context, events)
        raise WorkerCrashed(subscription.name)

    return receive


class _Answered:
    """One end of an ASGI connection that carries a request and keeps its answer."""

    def __init__(self, body: bytes) -> None:
        self.status = 0
        self.body: list[bytes] = []
        self._request: dict[str, Any] | None = {"type": "http.request", "body": body}

    async def receive(self) -> dict[str, Any]:
        if self._request is not None:
            request, self._request = self._request, None
            return request
        await asyncio.Event().wait()
        raise AssertionError("nobody hangs up")

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.body.append(message.get("body", b""))


class _Heard:
    """One end of an ASGI connection that reads Server-Sent Events until it hangs up."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._hung_up = asyncio.Event()
        self._asked = False
        self._rest = b""

    def hang_up(self) -> None:
        self._hung_up.set()

    async def receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b""}
        await self._hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200, f"the stream was refused with {message['status']}"
            return
        *events, self._rest = (self._rest + message.get("body", b"")).split(b"\n\n")
        for event in events:
            for line in event.split(b"\n"):
                if line.startswith(b"data:"):
                    self.messages.put_nowait(msgspec.json.decode(line[5:]))


def _scope(request: Request) -> dict[str, Any]:
    path, _, query = request.target.partition("?")
    headers = [
        (b"host", b"simulated"),
        (b"content-length", str(len(request.body)).encode()),
        *((name.encode(), value.encode()) for name, value in request.headers),
    ]
    if request.token is not None:
        headers.append((b"authorization", b"Bearer " + request.token.encode()))
        headers.append((b"content-type", b"application/json"))
    if request.key is not None:
        headers.append((b"idempotency-key", request.key.encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }
