"""Origins: which web pages of elsewhere may read the API in a browser (WHATWG Fetch, CORS).

Other programs send no `Origin` and are not asked. A page of an origin that is not allowed gets no
leave to read, so the browser keeps answers from it; its WebSocket, for which browsers ask no leave,
is refused.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from rackhouse.platform.errors import NotAllowed
from rackhouse.platform.http import PROBLEM_MEDIA_TYPE, render_refusal
from rackhouse.platform.settings import Settings
from rackhouse.platform.telemetry import REFUSALS

__all__ = ["Origins"]

PREFLIGHT_SECONDS = 600

_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_MAY_SEND = (
    b"authorization, content-type, idempotency-key, if-match, last-event-id, traceparent, "
    b"x-correlation-id"
)
_MAY_READ = (
    b"etag, idempotency-replayed, location, ratelimit, ratelimit-policy, retry-after, "
    b"www-authenticate, x-correlation-id"
)

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Serve = Callable[[Scope, Any, Any], Awaitable[None]]


@dataclass(eq=False)
class OriginNotAllowed(NotAllowed):
    """Pages of {origin} may not read this service. Its operator may allow them with the setting
    RACKHOUSE_ALLOWED_ORIGINS."""

    origin: str


class Origins:
    """Lets pages of the allowed origins read what is served."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = frozenset(settings.origins)
        self._own = _origin_of(settings.issuer)

    async def serve(self, scope: Scope, receive: Any, send: Send, serve: Serve) -> None:
        """Serve one connection as ``serve`` does, with what a browser must be told."""
        told = next((value for name, value in scope["headers"] if name == b"origin"), None)
        if told is None:
            await serve(scope, receive, send)
            return
        origin, headers = told.decode("latin-1"), dict(scope["headers"])
        if self._is_own(origin, headers):
            await serve(scope, receive, send)
        elif origin not in self._allowed and scope["type"] == "websocket":
            await receive()
            await _refuse_socket(scope, send, OriginNotAllowed(origin=origin))
        elif _is_preflight(scope, headers):
            await self._answer_preflight(origin, send)
        elif origin not in self._allowed or scope["type"] == "websocket":
            await serve(scope, receive, send)
        else:
            await serve(scope, receive, _telling(send, origin))

    def _is_own(self, origin: str, headers: dict[bytes, bytes]) -> bool:
        host = headers.get(b"host", b"").decode("latin-1")
        return origin == self._own or urlsplit(origin).netloc == host

    async def _answer_preflight(self, origin: str, send: Send) -> None:
        if origin not in self._allowed:
            await _refuse(send, OriginNotAllowed(origin=origin))
            return
        told = [
            *_leave(origin),
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _MAY_SEND),
            (b"access-control-max-age", b"%d" % PREFLIGHT_SECONDS),
        ]
        await send({"type": "http.response.start", "status": 204, "headers": told})
        await send({"type": "http.response.body", "body": b""})


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_preflight(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    return scope.get("method") == "OPTIONS" and b"access-control-request-method" in headers


def _leave(origin: str) -> list[tuple[bytes, bytes]]:
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin")]


def _telling(send: Send, origin: str) -> Send:
    """Tells an allowed origin that it may read, unless what is sent is for everybody to read."""

    async def tell(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            told = list(message.get("headers", ()))
            if all(name != b"access-control-allow-origin" for name, _ in told):
                more = [*_leave(origin), (b"access-control-expose-headers", _MAY_READ)]
                message = {**message, "headers": [*told, *more]}
        await send(message)

    return tell


async def _refuse(send: Send, refusal: OriginNotAllowed, prefix: str = "") -> None:
    REFUSALS.labels(refusal.type_name()).inc()
    rendered = render_refusal(refusal)
    body = rendered.body.encode()
    headers = [(b"content-type", PROBLEM_MEDIA_TYPE), (b"content-length", b"%d" % len(body))]
    start = {"type": f"{prefix}http.response.start", "status": rendered.status, "headers": headers}
    await send(start)
    await send({"type": f"{prefix}http.response.body", "body": body})


async def _refuse_socket(scope: Scope, send: Send, refusal: OriginNotAllowed) -> None:
    if "websocket.http.response" in scope.get("extensions", {}):
        await _refuse(send, refusal, prefix="websocket.")
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.type_name()})
