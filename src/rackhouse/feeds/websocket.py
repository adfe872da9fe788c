"""WebSocket (RFC 6455): the same messages as over Server-Sent Events, each as one text message;
and commands, the other way."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import structlog

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
from rackhouse.feeds.conversations import Conversation, Heard, bearer
from rackhouse.feeds.errors import (
    MessageTooLate,
    MessageUnreadable,
    NotAWebSocket,
    StreamFault,
    TokenTooLate,
)
from rackhouse.feeds.messages import Message, error, result, signed_in, text_frame
from rackhouse.feeds.shapes import Authenticate
from rackhouse.feeds.subscriptions import read_query
from rackhouse.platform.errors import Busy, Refusal
from rackhouse.platform.house import House
from rackhouse.platform.http import CommandAnswer
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

_decode: Callable[[str | bytes], Heard] = msgspec.json.Decoder(Heard).decode

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
    """One WebSocket: who it is, then what it asks for."""

    def __init__(
        self,
        house: House,
        authenticate: Authenticator,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._house = house
        self._scope = scope
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._receive = receive
        self._send = send
        self._accepted = False
        self._is_closed = False
        self._straight: Straight | None = None
        self._results: list[bytes] = []
        self._talk = Conversation(
            house,
            authenticate,
            transport="websocket",
            scope=scope,
            headers=self._headers,
            tell=self._write,
            answer=self._write_result,
            abandon=lambda: abort(receive),
        )

    async def serve(self) -> None:
        await self._receive()
        try:
            await self._begin()
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
            await self._converse()
        finally:
            self._talk.leave()

    async def _begin(self) -> None:
        if b"authorization" in self._headers:
            await self._talk.introduce()
        else:
            await self._accept()
            late = TokenTooLate(limit_seconds=FIRST_MESSAGE_SECONDS)
            first = await self._first_message(late, MESSAGE_LENGTH_LIMIT)
            if not isinstance(first, Authenticate):
                raise MessageUnreadable(problem='its type should be "authenticate"')
            await self._talk.introduce(bearer(first.token))
            await self._write([signed_in()])
        if self._scope["query_string"]:
            query = read_query(self._house, self._scope["query_string"], None)
            await self._talk.follow(query)
            return
        await self._accept()
        late_to_ask = MessageTooLate(limit_seconds=FIRST_MESSAGE_SECONDS)
        await self._talk.hear(await self._first_message(late_to_ask, self._length_limit))

    @property
    def _length_limit(self) -> int:
        return self._house.settings.max_body_bytes + MESSAGE_LENGTH_LIMIT

    async def _first_message(self, late: Refusal, limit: int) -> Heard:
        try:
            async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
                received = await self._receive()
        except TimeoutError as error:
            raise late from error
        if received["type"] == "websocket.disconnect":
            raise _Gone()
        return _read(received, limit)

    async def _converse(self) -> None:
        await self._accept()
        self._straight = self._talk.straight = straight_frames(self._receive)
        reading = asyncio.create_task(self._talk.hear_of(self._next))
        try:
            client = await self._talk.speak()
            reason = client.reason or ""
            await self._close(_CODES.get(reason, TRY_AGAIN_LATER), reason)
        finally:
            reading.cancel()

    async def _next(self) -> tuple[Heard] | None:
        received = await self._receive()
        if received["type"] == "websocket.disconnect":
            return None
        return (_read(received, self._length_limit),)

    async def _accept(self) -> None:
        if not self._accepted:
            self._accepted = True
            await self._send({"type": "websocket.accept"})

    async def _refuse(self, refusal: Refusal) -> None:
        if self._accepted:
            await self._write([error(refusal)])
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

    async def _write(self, messages: Sequence[Message]) -> None:
        if self._is_closed:
            return
        if self._straight is not None and self._straight.is_ready():
            self._straight.write(messages)
            return
        for message in messages:
            await self._send({"type": "websocket.send", "text": message.json.decode()})

    async def _write_result(self, command_id: str, answer: CommandAnswer) -> None:
        if self._is_closed:  # nothing follows the frame that closes
            return
        text = result(command_id, answer)
        if self._straight is not None and self._straight.is_ready():
            if not self._results:
                asyncio.get_running_loop().call_soon(self._write_results)
            self._results.append(text_frame(text))
        else:
            await self._send({"type": "websocket.send", "text": text.decode()})

    def _write_results(self) -> None:
        """Write the results that were ready together in one go."""
        written, self._results = self._results, []
        if written and self._straight is not None:
            self._straight.write_bytes(b"".join(written))

    async def _close(self, code: int, reason: str) -> None:
        self._write_results()
        self._is_closed = True
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


def _read(received: dict[str, Any], limit: int) -> Heard:
    text = received.get("text") or received.get("bytes") or ""
    if len(text) > limit:
        raise MessageUnreadable(problem=f"it is longer than {limit} characters")
    try:
        return _decode(text)
    except msgspec.MsgspecError as error:
        raise MessageUnreadable(problem=str(error)) from error
