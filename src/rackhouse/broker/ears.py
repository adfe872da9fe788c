"""Ears: this process's one connection to the broker for those who hear from it."""

import asyncio
import functools
from collections.abc import Mapping
from typing import Protocol

import structlog

from rackhouse.broker.bus import Bus, bus_of
from rackhouse.platform.house import House
from rackhouse.platform.tasks import ended, set_within

__all__ = ["Ears"]

RECONNECT_SECONDS = 1.0
CHECK_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class _Taker(Protocol):
    log: str

    def take(self, attributes: Mapping[str, str], body: bytes) -> None: ...


class Ears:
    """Hears what the broker brings for as long as somebody takes it, and connects anew."""

    def __init__(self, house: House) -> None:
        self._settings = house.settings
        self._takers: dict[str, _Taker] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._bus: Bus | None = None

    def add(self, taker: _Taker) -> None:
        """Let somebody take what the broker brings of a log."""
        self._takers[taker.log] = taker
        self._changed.set()
        if self._task is None:
            self._task = asyncio.create_task(self._listen())

    async def remove(self, taker: _Taker) -> None:
        """Let somebody take no more. The last one to leave ends the connection."""
        self._takers.pop(taker.log, None)
        if not self._takers:
            await self.close()

    def connected(self) -> bool:
        """Whether the broker is there, as far as is known."""
        return self._bus is not None and self._bus.connected()

    async def close(self) -> None:
        """End the connection."""
        task, self._task = self._task, None
        await ended(task)

    async def _listen(self) -> None:
        while self._task is asyncio.current_task():
            try:
                bus = await bus_of(self._settings)
                try:
                    self._bus = bus
                    await self._follow(bus)
                finally:
                    self._bus = None
                    await bus.close()
            except Exception as reason:
                _log.warning("bus_not_heard", reason=f"{type(reason).__name__}: {reason}")
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _follow(self, bus: Bus) -> None:
        """Follow the logs that somebody takes, until the connection breaks."""
        followed: set[str] = set()
        while self._task is asyncio.current_task() and bus.connected():
            self._changed.clear()
            for log in self._takers.keys() - followed:
                await bus.follow(log, functools.partial(self._hear, log))
                followed.add(log)
            await set_within(self._changed, CHECK_SECONDS)

    def _hear(self, log: str, attributes: Mapping[str, str], body: bytes) -> None:
        taker = self._takers.get(log)
        if taker is not None:
            taker.take(attributes, body)
