"""Sync: one call, in which both sides speak until one of them ends it."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import grpc
import structlog

from rackhouse.feeds.clients import GONE
from rackhouse.feeds.connections import Authenticator
from rackhouse.feeds.conversations import Conversation, Heard
from rackhouse.feeds.errors import MessageTooLate, StreamFault
from rackhouse.feeds.messages import Message
from rackhouse.feeds.rpc.packing import (
    packed_messages,
    packed_result,
    packed_results,
    unpacked,
)
from rackhouse.platform.errors import (
    Busy,
    Conflict,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    RateLimited,
    Refusal,
)
from rackhouse.platform.house import House
from rackhouse.platform.http import CommandAnswer, render_refusal
from rackhouse.platform.ids import new_id
from rackhouse.platform.telemetry import FAULTS, REFUSALS

__all__ = ["SyncCall"]

PROBLEM = "problem-bin"
"""The metadata in which a refused call has its problem document."""

FIRST_MESSAGE_SECONDS = 10.0

_OF_REFUSALS: dict[type[Refusal], grpc.StatusCode] = {
    NotAuthenticated: grpc.StatusCode.UNAUTHENTICATED,
    NotAllowed: grpc.StatusCode.PERMISSION_DENIED,
    NotFound: grpc.StatusCode.NOT_FOUND,
    Conflict: grpc.StatusCode.FAILED_PRECONDITION,
    Invalid: grpc.StatusCode.INVALID_ARGUMENT,
    RateLimited: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Busy: grpc.StatusCode.UNAVAILABLE,
    Refusal: grpc.StatusCode.INTERNAL,
}
TOO_SLOW = "too_slow"
_OF_REASONS = {
    TOO_SLOW: grpc.StatusCode.RESOURCE_EXHAUSTED,
    "token_refused": grpc.StatusCode.UNAUTHENTICATED,
    "fault": grpc.StatusCode.INTERNAL,
}

_log = structlog.get_logger(__name__)


class SyncCall:
    """One call of `Sync`."""

    def __init__(
        self, house: House, authenticate: Authenticator, context: grpc.aio.ServicerContext
    ) -> None:
        self._context = context
        self._writing = asyncio.Lock()
        self._results = _Batch()
        self._flushing: asyncio.Task[None] | None = None
        self._task = asyncio.current_task()
        self._is_abandoned = False
        self._talk = Conversation(
            house,
            authenticate,
            transport="grpc",
            scope={"type": "grpc", "client": _client(context.peer())},
            headers=_headers(context),
            tell=self._tell,
            answer=self._answer,
            abandon=self._abandon,
        )

    async def serve(self) -> None:
        """Serve it."""
        try:
            await self._talk.introduce()
            await self._begin()
            await self._converse()
        except Refusal as refusal:
            await self._refuse(refusal)
        except asyncio.CancelledError:
            self._talk.leave()
            if self._is_abandoned:
                await self._context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, TOO_SLOW)
            raise
        except grpc.aio.AbortError:
            raise
        except grpc.aio.BaseError as error:
            _log.debug("call_ended", reason=str(error))
        except Exception:
            fault = StreamFault(correlation_id=new_id())
            _log.exception("fault", endpoint="sync", correlation_id=fault.correlation_id)
            FAULTS.inc()
            await self._refuse(fault)
        finally:
            self._talk.leave()

    async def _begin(self) -> None:
        """Hear what is asked for first, which may be refused."""
        try:
            async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
                request = await self._context.read()
        except TimeoutError as error:
            raise MessageTooLate(limit_seconds=FIRST_MESSAGE_SECONDS) from error
        if request is not grpc.aio.EOF:
            for said in unpacked(request):
                await self._talk.hear(said)
        await self._context.send_initial_metadata(())

    async def _converse(self) -> None:
        reading = asyncio.create_task(self._talk.hear_of(self._next))
        try:
            client = await self._talk.speak()
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        reason = client.reason or ""
        if reason == GONE:
            return
        await self._context.abort(_OF_REASONS.get(reason, grpc.StatusCode.UNAVAILABLE), reason)

    async def _next(self) -> list[Heard] | None:
        try:
            request = await self._context.read()
        except grpc.aio.BaseError:
            return None
        if request is not grpc.aio.EOF:
            return unpacked(request)
        await self._talk.finish()
        return None

    async def _tell(self, messages: Sequence[Message]) -> None:
        for written in packed_messages(messages):
            await self._write(written)

    async def _answer(self, command_id: str, answer: CommandAnswer) -> None:
        """Have an answer written with all others that are ready by then."""
        batch = self._results
        batch.pieces.append(packed_result(command_id, answer))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        await batch.written.wait()

    async def _flush(self) -> None:
        while self._results.pieces:
            batch, self._results = self._results, _Batch()
            try:
                await self._write(packed_results(batch.pieces))
            except grpc.aio.BaseError as error:
                _log.debug("result_not_written", reason=str(error))
            finally:
                batch.written.set()

    async def _write(self, written: bytes) -> None:
        async with self._writing:
            await self._context.write(written)

    def _abandon(self) -> None:
        """Give up a client that takes nothing any more. What was begun to be written and the
        status wait in the connection, with which they end."""
        assert self._task is not None
        self._is_abandoned = True
        self._task.cancel()

    async def _refuse(self, refusal: Refusal) -> None:
        REFUSALS.labels(refusal.type_name()).inc()
        kinds = (each for each in type(refusal).__mro__ if each in _OF_REFUSALS)
        problem: Any = render_refusal(refusal).body.encode()
        await self._context.abort(_OF_REFUSALS[next(kinds)], str(refusal), ((PROBLEM, problem),))


class _Batch:
    """Results that are written together."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.written = asyncio.Event()


def _headers(context: grpc.aio.ServicerContext) -> dict[bytes, bytes]:
    return {
        name.encode(): value if isinstance(value, bytes) else value.encode("latin-1", "replace")
        for name, value in context.invocation_metadata() or ()
    }


def _client(peer: str) -> tuple[str, int] | None:
    """The address in what gRPC calls a peer, such as `ipv4:127.0.0.1:4711`."""
    _, _, place = peer.partition(":")
    host, _, port = place.rpartition(":")
    return (host.strip("[]"), int(port)) if port.isdigit() else None
