"""Receivers of webhooks: real HTTP servers on the loopback."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

from aiohttp import web

from rackhouse.outlets.dispatching import keep_dispatching
from rackhouse.platform.house import House

__all__ = ["WAIT_SECONDS", "Received", "Receiver", "dispatching", "receiving"]

WAIT_SECONDS = 60


class Received(NamedTuple):
    """A request that came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The id that the request was signed with."""
        return self.headers["webhook-id"]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The CloudEvents in it."""
        found = json.loads(self.body)
        return found if isinstance(found, list) else [found]


class Receiver:
    """What a webhook sends to. ``answers`` are given one after the other, then what ``fate`` says:
    None breaks the connection after the request was taken."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[Received] = []
        self.answers: deque[web.Response] = deque()
        self.open = asyncio.Event()
        self.open.set()
        self.fate: Callable[[], int | None] = lambda: 204
        self._came = asyncio.Condition()

    async def receive(self, request: web.Request) -> web.Response:
        """Take a request."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(headers, await request.read())
        await self.open.wait()
        async with self._came:
            self.got.append(received)
            self._came.notify_all()
        if self.answers:
            return self.answers.popleft()
        status = self.fate()
        if status is None:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=status or 500)

    async def until(self, count: int) -> list[Received]:
        """The requests that came, once they are so many."""
        async with asyncio.timeout(WAIT_SECONDS), self._came:
            await self._came.wait_for(lambda: len(self.got) >= count)
        return self.got

    def sequences(self, stream: str) -> list[int]:
        """The numbers of the events of a stream, as they came."""
        return [
            int(event["sequence"])
            for received in self.got
            for event in received.events
            if event.get("subject") == stream
        ]


@contextlib.asynccontextmanager
async def dispatching(house: House) -> AsyncIterator[None]:
    """A worker that runs outlets."""
    task = asyncio.create_task(keep_dispatching(house))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port of the loopback."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/hook"
    try:
        yield receiver
    finally:
        receiver.open.set()
        await runner.cleanup()
