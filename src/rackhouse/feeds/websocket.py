"""WebSocket (RFC 6455): the same messages as over Server-Sent Events, each as one text message."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from rackhouse.feeds.connections import Receive, Scope, Send, abort, problem_answer
from rackhouse.feeds.errors import (
    MessageTooLate,
    MessageUnreadable,
    NotAWebSocket,
    StreamFault,
    SubscribedAlready,
    TokenTooLate,
)
from rackhouse.feeds.hub import Hub
from rackhouse.feeds.listeners import GONE, StreamListener
from rackhouse.feeds.messages import Message, error, signed_in
from rackhouse.feeds.sse import PERMISSION, Authenticate
from rackhouse.feeds.subscriptions import Subscription, read_message, read_query
from rackhouse.platform.context import Caller
from rackhouse.platform.errors import Busy, Refusal
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.telemetry import FAULTS

__all__ = ["event_socket"]

FIRST_MESSAGE_SECONDS = 10.0
MESSAGE_LENGTH_LIMIT = 131_072

POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013

_CODES = {
    "too_slow": TRY_AGAIN_LATER,
    "shutting_down": SERVICE_RESTART,
    "token_refused": POLICY_VIOLATION,
    "fault": INTERNAL_ERROR,
}

_log = structlog.get_logger(__name__)


class _Gone(Exception):
    """The client has left."""


def event_socket(house: House, authenticate: Authenticate) -> Callable[..., Awaitable[None]]:
    """The ASGI application of the WebSocket at /api/v1/socket."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            _, headers, body = problem_answer(NotAWebSocket())
            headers = [*headers, (b"upgrade", b"websocket"), (b"connection", b"upgrade")]
            await send({"type": "http.response.start", "status": 426, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        with contextlib.suppress(_Gone, OSError):
            await _Connection(house, authenticate, scope, receive, send).serve()

    return serve


class _Connection:
    """One WebSocket: who it is, what it asks for, then the stream."""

    def __init__(
        self,
        house: House,
        authenticate: Authenticate,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._house = house
        self._hub = house.the(Hub)
        self._authenticate = authenticate
        self._scope = scope
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._receive = receive
        self._send = send
        self._accepted = False

    async def serve(self) -> None:
        await self._receive()
        try:
            listener = await self._enter()
        except Refusal as refusal:
            await self._refuse(refusal)
        except (OSError, _Gone):
            raise
        except Exception:
            fault = StreamFault(correlation_id=new_id())
            _log.exception("fault", endpoint="socket", correlation_id=fault.correlation_id)
            FAULTS.inc()
            await self._refuse(fault)
        else:
            await self._stream(listener)

    async def _enter(self) -> StreamListener:
        late = TokenTooLate(limit_seconds=FIRST_MESSAGE_SECONDS)
        if b"authorization" in self._headers:
            caller = await self._caller()
        else:
            await self._accept()
            self._headers[b"authorization"] = _bearer(await self._message(late))
            caller = await self._caller()
            await self._write(signed_in())
        return await self._hub.enter(
            caller=caller,
            subscription=await self._subscription(),
            transport="websocket",
            verify=self._caller,
            abandon=lambda: abort(self._receive),
        )

    async def _caller(self) -> Caller:
        caller = await self._authenticate(self._scope, self._headers, PERMISSION)
        caller.require(PERMISSION)
        return caller

    async def _subscription(self) -> Subscription:
        if self._scope["query_string"]:
            return read_query(self._house, self._scope["query_string"], None)
        await self._accept()
        message = await self._message(MessageTooLate(limit_seconds=FIRST_MESSAGE_SECONDS))
        if message.get("type") != "subscribe":
            raise MessageUnreadable(problem='its type should be "subscribe"')
        return read_message(self._house, message)

    async def _message(self, late: Refusal) -> dict[str, Any]:
        try:
            async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
                received = await self._receive()
        except TimeoutError as error:
            raise late from error
        if received["type"] == "websocket.disconnect":
            raise _Gone()
        return _read(received)

    async def _stream(self, listener: StreamListener) -> None:
        reading = asyncio.create_task(self._answer_messages(listener))
        try:
            await self._accept()
            async with contextlib.aclosing(listener.batches()) as batches:
                async for messages in batches:
                    for message in messages:
                        await self._write(message)
                    self._hub.count_sent("websocket", len(messages))
            reason = listener.reason or ""
            await self._close(_CODES.get(reason, TRY_AGAIN_LATER), reason)
        finally:
            reading.cancel()
            self._hub.leave(listener)

    async def _answer_messages(self, listener: StreamListener) -> None:
        """A client has nothing more to say; whoever does is told so, and cut off if that does
        not stop them."""
        while (await self._receive())["type"] != "websocket.disconnect":
            listener.offer(error(SubscribedAlready()))
            listener.wake(self._house.settings.stream_queue_limit)
        listener.end(GONE)

    async def _accept(self) -> None:
        if not self._accepted:
            self._accepted = True
            await self._send({"type": "websocket.accept"})

    async def _refuse(self, refusal: Refusal) -> None:
        if self._accepted:
            await self._write(error(refusal))
            code = TRY_AGAIN_LATER if isinstance(refusal, Busy) else POLICY_VIOLATION
            await self._close(code, refusal.type_name())
            return
        if "websocket.http.response" not in self._scope.get("extensions", {}):
            await self._close(POLICY_VIOLATION, refusal.type_name())
            return
        status, headers, body = problem_answer(refusal)
        start = {"type": "websocket.http.response.start", "status": status, "headers": headers}
        await self._send(start)
        await self._send({"type": "websocket.http.response.body", "body": body})

    async def _write(self, message: Message) -> None:
        await self._send({"type": "websocket.send", "text": message.text})

    async def _close(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


def _bearer(message: dict[str, Any]) -> bytes:
    token = message.get("token")
    if message.get("type") != "authenticate" or not isinstance(token, str):
        raise MessageUnreadable(problem='it should be {"type": "authenticate", "token": "..."}')
    return b"Bearer " + token.encode("latin-1", "replace")


def _read(received: dict[str, Any]) -> dict[str, Any]:
    text = received.get("text") or received.get("bytes") or ""
    if len(text) > MESSAGE_LENGTH_LIMIT:
        raise MessageUnreadable(problem=f"it is longer than {MESSAGE_LENGTH_LIMIT} characters")
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise MessageUnreadable(problem=str(error)) from error
