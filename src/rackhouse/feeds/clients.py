"""Clients: one connection each, looked after until it ends, whatever it asks for."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import structlog

from rackhouse.feeds.messages import Message, closed, heartbeat
from rackhouse.platform.errors import Refusal
from rackhouse.platform.telemetry import FAULTS, STREAM_CLIENTS_CUT

if TYPE_CHECKING:
    from rackhouse.feeds.hub import Hub

__all__ = ["GONE", "LEFT", "StreamClient"]

GONE = "gone"
LEFT = "left"

_log = structlog.get_logger(__name__)


class StreamClient:
    """A connected client that follows nothing: it hears that it is still served, and why it is
    no longer. Its transport takes messages from ``batches`` and writes them; ``abandon`` breaks a
    connection that takes nothing any more."""

    def __init__(
        self,
        hub: "Hub",
        *,
        transport: str,
        verify: Callable[[], Awaitable[object]],
        abandon: Callable[[], None],
    ) -> None:
        self.transport = transport
        self.verify = verify
        self.abandon = abandon
        self.sending_since: float | None = None
        self.sent_at = self.verified_at = hub.now()
        self._hub = hub
        self._reason: str | None = None
        self._detail = ""
        self._waiting: asyncio.Future[None] | None = None
        self._heartbeat_due = False
        self._cursor: str | None = None

    @property
    def reason(self) -> str | None:
        """Why it ends, or None while it goes on."""
        return self._reason

    def end(self, reason: str, detail: str = "") -> None:
        """Send nothing but the reason any more. The first reason counts."""
        if self._reason is None:
            self._reason, self._detail = reason, detail
            if reason not in (GONE, LEFT):
                STREAM_CLIENTS_CUT.labels(reason).inc()
        self._go_on()

    def send_heartbeat(self) -> None:
        """Tell the client that nothing happened, if it waits for something to happen."""
        if self._waiting is not None:
            self._heartbeat_due = True
            self._go_on()

    def forget_contained(self, now: float) -> None:
        """Forget what need not be kept any longer."""

    async def batches(self) -> AsyncGenerator[list[Message], None]:
        """What to send, some messages at a time, until the reason why the stream ends."""
        try:
            async for messages in self._messages():
                self.sending_since = self._hub.now()
                yield messages
                self.sent_at, self.sending_since = self._hub.now(), None
        except Refusal as refusal:
            self.end(refusal.type_name().replace("-", "_"), str(refusal))
        except Exception:
            _log.exception("stream_fault", transport=self.transport)
            FAULTS.inc()
            self.end("fault", "something failed that should not; it is logged")
        if self._reason not in (GONE, LEFT):
            self.sending_since = self._hub.now()
            yield [closed(self._reason or "", self._detail, self._cursor)]

    async def _messages(self) -> AsyncIterator[list[Message]]:
        while self._reason is None:
            await self._pause()
            if self._heartbeat_due and self._reason is None:
                self._heartbeat_due = False
                yield [heartbeat(None)]

    async def _pause(self) -> None:
        """Wait until something is offered, or something else is to be done."""
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _go_on(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
