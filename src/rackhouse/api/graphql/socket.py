"""GraphQL over WebSocket: the subprotocol graphql-transport-ws (enisdenjo/graphql-ws)."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from rackhouse.api.callers import Authenticator
from rackhouse.api.graphql.asking import Asking
from rackhouse.api.graphql.errors import OperationsAtLimit
from rackhouse.api.graphql.executing import (
    GraphqlBody,
    answer,
    answer_text,
    is_subscription,
    read_question,
    refused,
    stream_of,
)
from rackhouse.api.graphql.http import PERMISSION
from rackhouse.api.rate_limits import RateLimits
from rackhouse.api.served import UnforeseenFault
from rackhouse.feeds import abort
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.errors import MalformedRequest, Refusal
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.telemetry import FAULTS

__all__ = ["SUBPROTOCOL", "graphql_route"]

SUBPROTOCOL = "graphql-transport-ws"
FIRST_MESSAGE_SECONDS = 10.0
MESSAGE_LENGTH_LIMIT = 131_072
OPERATIONS_LIMIT = 20

INVALID_MESSAGE = (4400, "Invalid message")
UNAUTHORIZED = (4401, "Unauthorized")
FORBIDDEN = (4403, "Forbidden")
SUBPROTOCOL_NOT_ACCEPTABLE = (4406, "Subprotocol not acceptable")
INITIALISATION_TIMEOUT = (4408, "Connection initialisation timeout")
TOO_MANY_INITIALISATIONS = (4429, "Too many initialisation requests")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Serve = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = structlog.get_logger(__name__)


class _Ended(Exception):
    """The connection is to be closed, with a code and a reason; or has been, without."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class _Message(msgspec.Struct, frozen=True):
    """A message of the subprotocol."""

    type: str
    id: str | None = None
    payload: dict[str, Any] | None = None


def graphql_route(
    house: House, authenticate: Authenticator, limits: RateLimits, over_http: Serve
) -> Serve:
    """The ASGI application at /graphql: WebSockets here, requests over HTTP there."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await over_http(scope, receive, send)
            return
        with contextlib.suppress(OSError):
            await _Connection(house, authenticate, limits, scope, receive, send).serve()

    return serve


class _Connection:
    """One WebSocket and the operations that are under way on it."""

    def __init__(
        self,
        house: House,
        authenticate: Authenticator,
        limits: RateLimits,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._house = house
        self._authenticate = authenticate
        self._limits = limits
        self._scope = scope
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._receive = receive
        self._send = send
        self._operations: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        await self._receive()
        try:
            await self._begin()
            while True:
                await self._hear(await self._message())
        except _Ended as ended:
            if ended.code is not None:
                close = {"type": "websocket.close", "code": ended.code, "reason": ended.reason}
                await self._send(close)
        finally:
            await self._end_all()

    async def _begin(self) -> None:
        """Agree on the subprotocol and on who is calling."""
        if SUBPROTOCOL not in self._scope.get("subprotocols", ()):
            await self._send({"type": "websocket.accept"})
            raise _Ended(*SUBPROTOCOL_NOT_ACCEPTABLE)
        await self._send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        try:
            async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
                message = await self._message()
                while message.type in ("ping", "pong"):
                    await self._hear(message)
                    message = await self._message()
        except TimeoutError as error:
            raise _Ended(*INITIALISATION_TIMEOUT) from error
        if message.type != "connection_init":
            raise _Ended(*UNAUTHORIZED)
        if b"authorization" not in self._headers:
            self._headers[b"authorization"] = _authorization(message.payload or {})
        try:
            await self._caller()
        except Refusal as refusal:
            raise _Ended(FORBIDDEN[0], refusal.type_name()) from refusal
        await self._write("connection_ack")

    async def _hear(self, message: _Message) -> None:
        match message:
            case _Message(type="ping"):
                await self._write("pong")
            case _Message(type="pong"):
                pass
            case _Message(type="subscribe", id=str(id_), payload=dict(payload)):
                if id_ in self._operations:
                    raise _Ended(4409, f"Subscriber for {id_} already exists"[:100])
                operation = self._carry_out(id_, payload)
                self._operations[id_] = asyncio.create_task(operation)
            case _Message(type="complete", id=str(id_)):
                task = self._operations.pop(id_, None)
                if task is not None:
                    task.cancel()
            case _Message(type="connection_init"):
                raise _Ended(*TOO_MANY_INITIALISATIONS)
            case _:
                raise _Ended(*INVALID_MESSAGE)

    async def _carry_out(self, id_: str, payload: dict[str, Any]) -> None:
        """Answer one operation; what is foreseen and what is not both end this one only."""
        problems: Any = None
        try:
            await self._answer(id_, payload)
        except Refusal as refusal:
            problems = refused(refusal)["errors"]
        except OSError:
            return
        except Exception:
            fault = UnforeseenFault(correlation_id=new_id())
            _log.exception("fault", endpoint="graphql", correlation_id=fault.correlation_id)
            FAULTS.inc()
            problems = refused(fault)["errors"]
        self._operations.pop(id_, None)
        with contextlib.suppress(OSError):
            await self._write("error" if problems else "complete", id_, problems)

    async def _answer(self, id_: str, payload: dict[str, Any]) -> None:
        if len(self._operations) > OPERATIONS_LIMIT:
            raise OperationsAtLimit(limit=OPERATIONS_LIMIT)
        caller = await self._caller()
        self._limits.spend(caller.subject, [])
        question = read_question(_body(payload), self._house.settings)
        context = Context(house=self._house, caller=caller, correlation_id=new_id())
        asking = Asking(context, abandon=lambda: abort(self._receive), verify=self._caller)
        if not is_subscription(question):
            await self._write("next", id_, await answer(question, asking))
            return
        async with contextlib.aclosing(stream_of(question, asking)) as answers:
            async for each in answers:
                await self._write("next", id_, each)

    async def _caller(self) -> Caller:
        caller = await self._authenticate(self._scope, self._headers, PERMISSION)
        caller.require(PERMISSION)
        return caller

    async def _message(self) -> _Message:
        received = await self._receive()
        if received["type"] == "websocket.disconnect":
            raise _Ended()
        text = received.get("text") or received.get("bytes") or ""
        if len(text) > MESSAGE_LENGTH_LIMIT:
            raise _Ended(*INVALID_MESSAGE)
        try:
            return msgspec.json.decode(text, type=_Message)
        except msgspec.MsgspecError as error:
            raise _Ended(*INVALID_MESSAGE) from error

    async def _write(self, type_: str, id_: str | None = None, payload: Any = None) -> None:
        message: dict[str, Any] = {"type": type_}
        if id_ is not None:
            message["id"] = id_
        if payload is not None:
            message["payload"] = payload
        await self._send({"type": "websocket.send", "text": answer_text(message)})

    async def _end_all(self) -> None:
        tasks = list(self._operations.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _authorization(payload: dict[str, Any]) -> bytes:
    """The token that a browser sends with its first message, as it can send no header."""
    given = payload.get("authorization") or payload.get("Authorization") or ""
    return str(given).encode("latin-1", "replace")


def _body(payload: dict[str, Any]) -> GraphqlBody:
    try:
        return msgspec.convert(payload, GraphqlBody)
    except msgspec.ValidationError as error:
        raise MalformedRequest(field="payload", problem=str(error)) from error
