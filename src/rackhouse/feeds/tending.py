"""Tending: now and then, look after every client: heartbeats, dead connections, expired tokens."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import structlog

from rackhouse.feeds.clients import StreamClient
from rackhouse.platform.errors import NotAllowed, Refusal
from rackhouse.platform.tasks import ended
from rackhouse.platform.telemetry import EVENTS_SENT

if TYPE_CHECKING:
    from rackhouse.feeds.hub import Hub

__all__ = ["SEND_LIMIT_SECONDS", "VERIFY_AGAIN_SECONDS", "Tending"]

SEND_LIMIT_SECONDS = 10.0
VERIFY_AGAIN_SECONDS = 15.0
REST_AFTER_SECONDS = 10.0
ROUND_LIMIT_SECONDS = 1.0
ROUNDS_A_HEARTBEAT = 4

_log = structlog.get_logger(__name__)


class Tending:
    """The one task that looks after the clients of a hub, in rounds."""

    def __init__(self, hub: "Hub") -> None:
        self.sent: Counter[str] = Counter()
        self._hub = hub
        self._task: asyncio.Task[None] | None = None
        self._verifying: asyncio.Task[None] | None = None
        self._empty_since: float | None = None
        heartbeat = hub.house.settings.stream_heartbeat_seconds
        self._round_seconds = min(ROUND_LIMIT_SECONDS, heartbeat / ROUNDS_A_HEARTBEAT)

    def start(self) -> None:
        """Begin the rounds."""
        self._empty_since = None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End the rounds."""
        await ended(self._task, self._verifying)
        self._count()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._round_seconds)
            now = self._hub.now()
            self._count()
            for listener in self._hub.clients():
                self._look_after(listener, now)
            if self._verifying is None or self._verifying.done():
                self._verifying = asyncio.create_task(self._verify(now))
            if self._is_empty(now) and await self._hub.rest():
                return

    def _look_after(self, listener: StreamClient, now: float) -> None:
        listener.forget_contained(now)
        since = listener.sending_since
        if since is not None and now - since > SEND_LIMIT_SECONDS:
            listener.end("too_slow", f"nothing could be sent for {SEND_LIMIT_SECONDS:g} s")
            listener.abandon()
        elif self._hub.is_silent(listener):
            listener.send_heartbeat()

    async def _verify(self, now: float) -> None:
        """End the streams of those whose token is no longer accepted."""
        for listener in self._hub.clients():
            if now - listener.verified_at < VERIFY_AGAIN_SECONDS:
                continue
            try:
                await listener.verify()
            except NotAllowed as refusal:
                listener.end("token_refused", str(refusal))
            except Refusal as busy:
                _log.warning("token_not_verified", reason=str(busy))
            listener.verified_at = now

    def _is_empty(self, now: float) -> bool:
        if self._hub.listeners:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = now
        return self._empty_since is not None and now - self._empty_since >= REST_AFTER_SECONDS

    def _count(self) -> None:
        for transport, sent in self.sent.items():
            EVENTS_SENT.labels(transport).inc(sent)
        self.sent.clear()
