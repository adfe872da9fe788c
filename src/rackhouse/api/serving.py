"""Serving endpoints over HTTP: read the request, have it carried out, write the answer."""

import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rackhouse.api.served import (
    Headers,
    HungUp,
    Request,
    ServedEndpoint,
    correlation_id_of,
    encoded,
)
from rackhouse.platform.errors import Invalid, PayloadTooLarge
from rackhouse.platform.http import PROBLEM_MEDIA_TYPE, Answer, render_refusal

__all__ = ["ServedPath"]

# What is counted for requests that nobody waits for, as other servers do; it is never sent.
HUNG_UP = 499

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(eq=False)
class BodyTooLarge(PayloadTooLarge):
    """The body is larger than {limit_bytes} bytes."""

    limit_bytes: int


@dataclass(eq=False)
class MethodUnknown(Invalid):
    """This path does not know {method}; it knows {allowed}."""

    method: str
    allowed: str


class ServedPath:
    """One path with an endpoint for each of its methods, as an ASGI application."""

    def __init__(self, endpoints: Sequence[ServedEndpoint]) -> None:
        self._methods = {each.endpoint.method: _ServedOverHttp(each) for each in endpoints}
        self._allowed = ", ".join(sorted(self._methods))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        served = self._methods.get(scope["method"])
        if served is not None:
            await served(scope, receive, send)
            return
        body = render_refusal(MethodUnknown(method=scope["method"], allowed=self._allowed)).body
        headers = [(b"allow", self._allowed.encode())]
        await _send(send, 405, body.encode(), PROBLEM_MEDIA_TYPE, headers)


class _ServedOverHttp:
    def __init__(self, served: ServedEndpoint) -> None:
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        served = self._served
        headers: dict[bytes, bytes] = dict(scope["headers"])
        correlation_id = correlation_id_of(headers)
        extra: list[tuple[bytes, bytes]] = [(b"x-correlation-id", correlation_id.encode())]
        work = self._answer(scope, headers, receive, correlation_id, extra)
        try:
            answer = await served.settled(work, correlation_id)
        except HungUp:
            served.count(HUNG_UP, time.perf_counter() - started)
            return
        told = [*answer.headers, *extra]
        if isinstance(answer.body, AsyncGenerator):
            await _send_pieces(send, answer.status, answer.body, answer.media_type, told)
        else:
            await _send(send, answer.status, encoded(answer.body), answer.media_type, told)
        served.count(answer.status, time.perf_counter() - started)

    async def _answer(
        self,
        scope: Scope,
        headers: Headers,
        receive: Receive,
        correlation_id: str,
        extra: list[tuple[bytes, bytes]],
    ) -> Answer:
        served = self._served
        caller = await served.admit(scope, headers, extra)
        key = headers.get(b"idempotency-key")
        streamed = served.endpoint.streamed_body
        request = Request(
            path=scope["path"],
            path_params=scope["path_params"],
            query=scope["query_string"],
            raw=b"" if streamed else await _read_body(receive, headers, served.body_limit),
            key=None if key is None else key.decode("latin-1"),
            headers=headers,
            pieces=_pieces(receive) if streamed else None,
        )
        return await served.carry_out(caller, request, correlation_id)


async def _read_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body. What was read of a request whose caller has hung up is no request: for one
    that takes a body or none, nothing would mean everything."""
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > limit:
        raise BodyTooLarge(limit_bytes=limit)
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HungUp
        body += message.get("body", b"")
        if len(body) > limit:
            raise BodyTooLarge(limit_bytes=limit)
        more = message.get("more_body", False)
    return body


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    """The body as it comes; whoever reads it ends where it is enough."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HungUp
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _send_pieces(
    send: Send,
    status: int,
    pieces: AsyncGenerator[bytes, None],
    media_type: bytes,
    headers: Sequence[tuple[bytes, bytes]],
) -> None:
    """Send the pieces of an answer as they come; whatever happens, they are closed."""
    own = [(b"content-type", media_type), *headers]
    async with contextlib.aclosing(pieces):
        await send({"type": "http.response.start", "status": status, "headers": own})
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _send(
    send: Send,
    status: int,
    body: bytes,
    media_type: bytes,
    headers: Sequence[tuple[bytes, bytes]],
) -> None:
    length = b"%d" % len(body)
    own = [(b"content-type", media_type), (b"content-length", length), *headers]
    if status == 204:
        own = list(headers)
    await send({"type": "http.response.start", "status": status, "headers": own})
    await send({"type": "http.response.body", "body": body})
