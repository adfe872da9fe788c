"""WebSocket (RFC 6455): the same messages as over Server-Sent Events, each as one text message;
and commands, the other way."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from rackhouse.feeds.clients import GONE, StreamClient
from rackhouse.feeds.connections import (
    Authenticator,
    Receive,
    Scope,
    Send,
    Straight,
    abort,
    problem_answer,
    straight_frames,
)
from rackhouse.feeds.errors import (
    AnotherCaller,
    MessageTooLate,
    MessageUnreadable,
    NotAWebSocket,
    StreamFault,
    SubscribedAlready,
    TokenTooLate,
)
from rackhouse.feeds.hub import Hub
from rackhouse.feeds.listeners import StreamListener
from rackhouse.feeds.messages import Message, error, signed_in, text_frame
from rackhouse.feeds.pipelines import PipelinedCommands
from rackhouse.feeds.shapes import Authenticate, Subscribe
from rackhouse.feeds.sse import PERMISSION
from rackhouse.feeds.subscriptions import Subscription, read_message, read_query
from rackhouse.platform.context import Caller
from rackhouse.platform.errors import Busy, Refusal
from rackhouse.platform.house import House
from rackhouse.platform.http import Command
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

Received = Authenticate | Subscribe | Command
_decode: Callable[[str | bytes], Received] = msgspec.json.Decoder(Received).decode

_log = structlog.get_logger(__name__)


class _Gone(Exception):
    """The client has left."""


def event_socket(house: House, authenticate: Authenticator) -> Callable[..., Awaitable[None]]:
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
    """One WebSocket: who it is, then what it asks for: a stream, commands, or both."""

    def __init__(
        self,
        house: House,
        authenticate: Authenticator,
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
        self._straight: Straight | None = None
        self._first: Command | None = None
        self._commands = PipelinedCommands(house, scope, self._headers, self._write_text)

    async def serve(self) -> None:
        await self._receive()
        try:
            self._client = await self._enter()
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
            await self._serve_client()

    async def _enter(self) -> StreamClient:
        late = TokenTooLate(limit_seconds=FIRST_MESSAGE_SECONDS)
        if b"authorization" in self._headers:
            caller = await self._caller()
        else:
            await self._accept()
            first = await self._first_message(late, MESSAGE_LENGTH_LIMIT)
            if not isinstance(first, Authenticate):
                raise MessageUnreadable(problem='its type should be "authenticate"')
            self._headers[b"authorization"] = _bearer(first)
            caller = await self._caller()
            await self._write(signed_in())
        if self._scope["query_string"]:
            subscription = read_query(self._house, self._scope["query_string"], None)
            return await self._follow(caller, subscription)
        await self._accept()
        late_to_ask = MessageTooLate(limit_seconds=FIRST_MESSAGE_SECONDS)
        asked = await self._first_message(late_to_ask, self._length_limit)
        if isinstance(asked, Subscribe):
            return await self._follow(caller, read_message(self._house, asked))
        if isinstance(asked, Authenticate):
            raise MessageUnreadable(problem='its type should be "subscribe" or "command"')
        self._first = asked
        return self._hub.attend(
            transport="websocket", verify=self._caller, abandon=lambda: abort(self._receive)
        )

    async def _follow(self, caller: Caller, subscription: Subscription) -> StreamListener:
        caller.require(PERMISSION)
        return await self._hub.enter(
            caller=caller,
            subscription=subscription,
            transport="websocket",
            verify=self._follower,
            abandon=lambda: abort(self._receive),
        )

    async def _caller(self) -> Caller:
        return await self._authenticate(self._scope, self._headers, PERMISSION)

    async def _follower(self) -> Caller:
        caller = await self._caller()
        caller.require(PERMISSION)
        return caller

    @property
    def _length_limit(self) -> int:
        return self._house.settings.max_body_bytes + MESSAGE_LENGTH_LIMIT

    async def _first_message(self, late: Refusal, limit: int) -> Received:
        try:
            async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
                received = await self._receive()
        except TimeoutError as error:
            raise late from error
        if received["type"] == "websocket.disconnect":
            raise _Gone()
        return _read(received, limit)

    async def _serve_client(self) -> None:
        await self._accept()
        self._straight = straight_frames(self._receive)
        reading = asyncio.create_task(self._read_messages())
        try:
            client = await self._write_messages()
            reason = client.reason or ""
            await self._close(_CODES.get(reason, TRY_AGAIN_LATER), reason)
        finally:
            reading.cancel()
            self._hub.leave(self._client)

    async def _write_messages(self) -> StreamClient:
        """Write what there is for the client, also after it has begun to follow something, until
        it ends; answers who it was in the end."""
        while True:
            client = self._client
            if isinstance(client, StreamListener):
                client.straight = self._straight
            async with contextlib.aclosing(client.batches()) as batches:
                async for messages in batches:
                    if client.reason is not None:
                        await self._commands.finish()
                    for message in messages:
                        await self._write(message)
                    self._hub.count_sent("websocket", len(messages))
            if client is self._client:
                return client

    async def _read_messages(self) -> None:
        try:
            if self._first is not None:
                await self._commands.begin(self._first)
            while (received := await self._receive())["type"] != "websocket.disconnect":
                try:
                    message = _read(received, self._length_limit)
                    if isinstance(message, Command):
                        await self._commands.begin(message)
                    elif isinstance(message, Subscribe):
                        await self._subscribe(message)
                    else:
                        await self._authenticate_again(message)
                except Refusal as refusal:
                    await self._write(error(refusal))
        except OSError:
            self._client.end(GONE)
        except Exception:
            _log.exception("fault", endpoint="socket")
            FAULTS.inc()
            self._client.end("fault", "something failed that should not; it is logged")
        else:
            self._client.end(GONE)

    async def _subscribe(self, asked: Subscribe) -> None:
        if isinstance(self._client, StreamListener):
            raise SubscribedAlready()
        caller = await self._caller()
        listener = await self._follow(caller, read_message(self._house, asked))
        before, self._client = self._client, listener
        self._hub.leave(before)

    async def _authenticate_again(self, message: Authenticate) -> None:
        before = await self._caller()
        renewed = {**self._headers, b"authorization": _bearer(message)}
        if await self._authenticate(self._scope, renewed, PERMISSION) != before:
            raise AnotherCaller()
        self._headers.update(renewed)
        await self._write(signed_in())

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
        await self._write_text(message.json)

    async def _write_text(self, text: bytes) -> None:
        if self._straight is not None and self._straight.is_ready():
            self._straight.write_bytes(text_frame(text))
        else:
            await self._send({"type": "websocket.send", "text": text.decode()})

    async def _close(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


def _bearer(message: Authenticate) -> bytes:
    return b"Bearer " + message.token.encode("latin-1", "replace")


def _read(received: dict[str, Any], limit: int) -> Received:
    text = received.get("text") or received.get("bytes") or ""
    if len(text) > limit:
        raise MessageUnreadable(problem=f"it is longer than {limit} characters")
    try:
        return _decode(text)
    except msgspec.MsgspecError as error:
        raise MessageUnreadable(problem=str(error)) from error
