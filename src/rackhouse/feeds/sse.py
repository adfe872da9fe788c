"""Server-Sent Events: the stream of events as WHATWG HTML, section 9.2, describes it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from rackhouse.feeds.clients import GONE
from rackhouse.feeds.connections import (
    Authenticator,
    Receive,
    Scope,
    Send,
    abort,
    problem_answer,
    straight_chunks,
)
from rackhouse.feeds.conversations import PERMISSION
from rackhouse.feeds.errors import MethodNotServed, StreamFault
from rackhouse.feeds.hub import Hub
from rackhouse.feeds.listeners import StreamListener
from rackhouse.feeds.subscriptions import read_query
from rackhouse.platform.context import Caller
from rackhouse.platform.errors import Refusal
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.telemetry import FAULTS

__all__ = ["event_stream"]

RETRY_MILLISECONDS = 1000

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_FIRST = b"retry: %d\n\n" % RETRY_MILLISECONDS

_log = structlog.get_logger(__name__)


def event_stream(house: House, authenticate: Authenticator) -> Callable[..., Awaitable[None]]:
    """The ASGI application of GET /api/v1/stream."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            listener = await _enter(house, authenticate, scope, receive)
        except Refusal as refusal:
            await _refuse(send, refusal)
        except Exception:
            fault = StreamFault(correlation_id=new_id())
            _log.exception("fault", endpoint="stream", correlation_id=fault.correlation_id)
            FAULTS.inc()
            await _refuse(send, fault, status=500)
        else:
            await _stream(house.the(Hub), listener, receive, send)

    return serve


async def _enter(
    house: House, authenticate: Authenticator, scope: Scope, receive: Receive
) -> StreamListener:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if scope["method"] != "GET":
        raise MethodNotServed(method=scope["method"])

    async def verified() -> Caller:
        caller = await authenticate(scope, headers, PERMISSION)
        caller.require(PERMISSION)
        return caller

    return await house.the(Hub).enter(
        caller=await verified(),
        subscription=read_query(house, scope["query_string"], headers.get(b"last-event-id")),
        transport="sse",
        verify=verified,
        abandon=lambda: abort(receive),
    )


async def _stream(hub: Hub, listener: StreamListener, receive: Receive, send: Send) -> None:
    watching = asyncio.create_task(_end_when_gone(listener, receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _FIRST, "more_body": True})
        listener.straight = straight_chunks(receive)
        async with contextlib.aclosing(listener.batches()) as batches:
            async for messages in batches:
                body = b"".join([message.sse for message in messages])
                await send({"type": "http.response.body", "body": body, "more_body": True})
                hub.count_sent("sse", len(messages))
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except OSError:
        listener.end(GONE)
    finally:
        watching.cancel()
        hub.leave(listener)


async def _end_when_gone(listener: StreamListener, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    listener.end(GONE)


async def _refuse(send: Send, refusal: Refusal, status: int | None = None) -> None:
    rendered, headers, body = problem_answer(refusal)
    if isinstance(refusal, MethodNotServed):
        status, headers = 405, [*headers, (b"allow", b"GET")]
    start: dict[str, Any] = {"type": "http.response.start", "headers": headers}
    await send({**start, "status": status or rendered})
    await send({"type": "http.response.body", "body": body})
