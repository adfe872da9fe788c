"""A live stream of a page: fragments of what changed, for as long as somebody looks.

However many events there are, a client is sent what is true now, a few times a second; so nothing
queues up for a slow one.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Protocol

import msgspec
import structlog
from litestar import Request, asgi
from litestar.types import ControllerRouterHandler, Receive, Scope, Send

from rackhouse.console.security import context_of_session
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Busy, Refusal
from rackhouse.platform.house import House

__all__ = ["Following", "Parts", "Refreshing", "stream_route"]

SESSION_SECONDS = 60.0
RETRY_MILLISECONDS = 1000
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

AnyRequest = Request[Any, Any, Any]

_log = structlog.get_logger(__name__)


class Following(Protocol):
    """What one client was shown last, and what is different now."""

    def updates(self) -> AsyncIterator[str]:
        """Fragments of what changed, the whole first; empty text after a while of nothing."""
        ...

    def leave(self) -> None:
        """Follow no more."""
        ...


class Parts(msgspec.Struct, frozen=True):
    """What there is to see at a moment: as a whole, and by its parts, which can be swapped."""

    whole: str
    parts: Mapping[str, str]


class Refreshing:
    """Follows what is asked for anew every few seconds: parts that are not what they were are sent,
    or the whole where there are other parts than before."""

    def __init__(
        self, look: Callable[[], Awaitable[Parts]], *, seconds: float, heartbeat_seconds: float
    ) -> None:
        self._look = look
        self._seconds = seconds
        self._heartbeat_seconds = heartbeat_seconds

    async def updates(self) -> AsyncIterator[str]:
        """Fragments of what changed, the whole first; empty text after a while of nothing."""
        shown = await self._look()
        told_at = time.monotonic()
        yield shown.whole
        while True:
            await asyncio.sleep(self._seconds)
            before, shown = shown, await self._look()
            text = shown.whole
            if shown.parts.keys() == before.parts.keys():
                text = "".join(
                    part for name, part in shown.parts.items() if part != before.parts[name]
                )
            if text or time.monotonic() - told_at >= self._heartbeat_seconds:
                told_at = time.monotonic()
                yield text

    def leave(self) -> None:
        """Nothing is kept for it."""


Follow = Callable[[Context, AnyRequest], Awaitable[Following]]


def stream_route(house: House, path: str, follow: Follow) -> ControllerRouterHandler:
    """The stream of a page, at a path of its own.

    It takes the connection over: a stream does not end by itself, so the server cancels it when it
    stops, which is no fault.
    """

    @asgi(path, copy_scope=False)
    async def serve_live(scope: Scope, receive: Receive, send: Send) -> None:
        request: AnyRequest = Request(scope, receive, send)
        ending = asyncio.create_task(_until_gone(receive))
        sending = asyncio.create_task(_send_updates(house, request, follow, send))
        try:
            await asyncio.wait({ending, sending}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            _log.debug("live_stream_ended_by_the_server")
        finally:
            ending.cancel()
            sending.cancel()
            await asyncio.wait({ending, sending})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        if not sending.cancelled():
            sending.result()

    return serve_live


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_updates(house: House, request: AnyRequest, follow: Follow, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    async with aclosing(_updates(house, request, follow)) as updates:
        async for message in updates:
            await send({"type": "http.response.body", "body": message, "more_body": True})


async def _updates(
    house: House, request: AnyRequest, follow: Follow
) -> AsyncGenerator[bytes, None]:
    """Updates until the client leaves or is no longer signed in."""
    yield b"retry: %d\n\n" % RETRY_MILLISECONDS
    following: Following | None = None
    try:
        context = await context_of_session(house, request)
        session_read_at = time.monotonic()
        following = await follow(context, request)
        async for text in following.updates():
            yield _message("update", text) if text else b": still here\n\n"
            if time.monotonic() - session_read_at > SESSION_SECONDS:
                session_read_at = time.monotonic()
                await context_of_session(house, request)
    except Busy:
        return  # the browser asks again by itself
    except Refusal:
        yield _message("signedout", "")
    finally:
        if following is not None:
            following.leave()


def _message(event: str, text: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
    return f"event: {event}\n{lines}\n".encode()
