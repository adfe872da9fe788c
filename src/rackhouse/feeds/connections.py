"""What the transports have in common: problems as HTTP answers, and breaking a connection."""

from collections.abc import Awaitable, Callable
from typing import Any

from rackhouse.platform.errors import Busy, NotAuthenticated, Refusal
from rackhouse.platform.http import PROBLEM_MEDIA_TYPE, render_refusal
from rackhouse.platform.telemetry import REFUSALS

__all__ = ["Receive", "Scope", "Send", "abort", "problem_answer"]

RETRY_AFTER_SECONDS = 1

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


def problem_answer(refusal: Refusal) -> tuple[int, Headers, bytes]:
    """The HTTP answer to a refused connection: status, headers and body."""
    REFUSALS.labels(refusal.type_name()).inc()
    rendered = render_refusal(refusal)
    body = rendered.body.encode()
    headers = [(b"content-type", PROBLEM_MEDIA_TYPE), (b"content-length", b"%d" % len(body))]
    if isinstance(refusal, NotAuthenticated):
        headers.append((b"www-authenticate", b'Bearer realm="rackhouse"'))
    if isinstance(refusal, Busy):
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
    return rendered.status, headers, body


def abort(receive: Receive) -> None:
    """Break a connection that takes nothing any more.

    ASGI can only end a connection once everything is written, which here it never is: a peer that
    does not read would keep it, and with it the server's shutdown. So the transport below is
    reached where uvicorn keeps it; elsewhere the server's own timeouts have to do.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
