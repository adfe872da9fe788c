"""The service of a simulation: the real application and the real worker, in this process.

Requests come in at the ASGI application, tokens and all. The worker's jobs and deliveries are
done when the simulation says so, by the functions that a worker calls.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import msgspec

from rackhouse.api.app import App, build_app
from rackhouse.identity import mint_token
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.module import Job, Module, Subscription
from rackhouse.platform.settings import Settings
from rackhouse.platform.subscriptions import deliver
from rackhouse.platform.tail import listen_to_logs
from rackhouse.simulation.network import Answer, Request

__all__ = ["LiveHouse", "WorkerCrashed"]

TOKEN_SECONDS = 86_400
# Real seconds, after which a stream that should have said something is taken for broken.
STREAM_PATIENCE_SECONDS = 20.0
DELIVERIES_LIMIT = 1000


class WorkerCrashed(Exception):
    """A worker ended after it had carried a delivery out, and before it could say so."""


class LiveHouse:
    """Rackhouse itself. ``is_up`` is false while it restarts."""

    def __init__(self, settings: Settings) -> None:
        self.is_up = False
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
        self._house = House(self._settings, MODULES)
        self._app = build_app(self._house)
        await self._house.open()
        await listen_to_logs(self._house)
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

    async def do_jobs(self, *, up_to_every_seconds: int) -> None:
        """Do every job of the worker that is due that often, one after the other."""
        for module in self.house.modules:
            for job in module.jobs:
                if job.every_seconds <= up_to_every_seconds:
                    await self._do(job)

    async def deliver_all(self, *, crash: bool = False) -> None:
        """Deliver every subscription until nothing is left; with ``crash`` the worker ends after
        the first delivery that it carried out."""
        for module in self.house.modules:
            for subscription in module.subscriptions:
                await self._deliver(module, subscription, crash=crash)

    async def _do(self, job: Job) -> None:
        context = Context.of_service(self.house, job.name, job.permissions)
        await job.run(context=context)

    async def _deliver(self, module: Module, subscription: Subscription, *, crash: bool) -> None:
        if crash:
            subscription = msgspec.structs.replace(subscription, receive=_crashing(subscription))
        for _ in range(DELIVERIES_LIMIT):
            if not await deliver(self.house, module, subscription):
                return


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
        (b"authorization", b"Bearer " + request.token.encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(request.body)).encode()),
    ]
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
