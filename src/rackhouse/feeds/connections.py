"""What the transports have in common: problems as HTTP answers, and breaking a connection."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from rackhouse.feeds.messages import Message
from rackhouse.platform.context import Caller
from rackhouse.platform.errors import Busy, NotAuthenticated, Refusal
from rackhouse.platform.http import PROBLEM_MEDIA_TYPE, render_refusal
from rackhouse.platform.telemetry import REFUSALS

__all__ = [
    "Authenticator",
    "Receive",
    "Scope",
    "Send",
    "Straight",
    "abort",
    "problem_answer",
    "straight_chunks",
    "straight_frames",
]

# Below uvicorn's limit of 65,536, past which its own writes wait for the client.
STRAIGHT_BUFFER_LIMIT_BYTES = 32_768
RETRY_AFTER_SECONDS = 1

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Authenticator = Callable[[Scope, Mapping[bytes, bytes], str], Awaitable[Caller]]
"""Turns what a connection began with into its caller, for a permission."""
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


class Straight:
    """Writes messages to the transport below an ASGI connection, all of a batch at once.

    It is for the hot path: each message was encoded once for everyone, and no task is woken for
    it. Where the server is not one whose transport is known, or writes are waiting already,
    nothing is ready, and messages go through ASGI.
    """

    def __init__(self, transport: Any, encoded: Callable[[Message], bytes]) -> None:
        self._transport = transport
        self._encoded = encoded

    def is_ready(self) -> bool:
        """Whether a message would be written at once."""
        transport = self._transport
        return (
            not transport.is_closing()
            and transport.get_write_buffer_size() <= STRAIGHT_BUFFER_LIMIT_BYTES
        )

    def write(self, messages: Sequence[Message]) -> None:
        """Write messages."""
        if len(messages) == 1:
            self._transport.write(self._encoded(messages[0]))
        else:
            self._transport.write(b"".join([self._encoded(each) for each in messages]))

    def write_bytes(self, written: bytes) -> None:
        """Write what was encoded elsewhere."""
        self._transport.write(written)


def straight_chunks(receive: Receive) -> Straight | None:
    """A writer of chunks to an answer that was begun, where the server is uvicorn."""
    cycle = getattr(receive, "__self__", None)
    if getattr(cycle, "chunked_encoding", None) is not True:
        return None
    return Straight(cycle.transport, lambda message: message.chunk)  # type: ignore[union-attr]


def straight_frames(receive: Receive) -> Straight | None:
    """A writer of frames to a WebSocket that was accepted, where the server is uvicorn with
    `websockets`, and no extension changes frames."""
    protocol = getattr(receive, "__self__", None)
    extensions = getattr(getattr(protocol, "conn", None), "extensions", None)
    if extensions != [] or not getattr(protocol, "handshake_complete", False):
        return None
    return Straight(protocol.transport, lambda message: message.frame)  # type: ignore[union-attr]


def abort(receive: Receive) -> None:
    """Break a connection that takes nothing any more.

    ASGI can only end a connection once everything is written, which here it never is: a peer that
    does not read would keep it, and with it the server's shutdown. So the transport below is
    reached where uvicorn keeps it; elsewhere the server's own timeouts have to do.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
