"""The tail: hears of new events as they are committed, and hands them on in order."""

import asyncio
import functools
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from rackhouse.platform.database import Database, DatabaseUnavailable
from rackhouse.platform.events import Event, EventLog, Position
from rackhouse.platform.house import House
from rackhouse.platform.tasks import ended, set_within

__all__ = ["Hear", "LogTail", "Tail", "Tails", "listen_to_logs"]

POLL_SECONDS = 1.0
UNSETTLED_POLL_SECONDS = 0.004
RECONNECT_SECONDS = 0.25

Hear = Callable[[Sequence[Event]], None]

_log = structlog.get_logger(__name__)


class Tail(Protocol):
    """Follows one log for whoever listens."""

    async def listen(self, hear: Hear) -> Position:
        """Be told of every event after the returned position, in order."""

    async def leave(self, hear: Hear) -> None:
        """Be told no more."""

    async def close(self) -> None:
        """Stop following, whoever listens."""


class LogTail:
    """Follows one log. Whoever listens hears every event after the position that ``listen``
    returned, in the order of the log."""

    def __init__(self, database: Database, log: EventLog) -> None:
        self._database = database
        self._log = log
        self._listeners: set[Hear] = set()
        self._task: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._started = asyncio.Lock()
        self._wake = asyncio.Event()
        self.position: Position | None = None

    async def listen(self, hear: Hear) -> Position:
        """Be told of every event after the returned position."""
        async with self._started:
            if self.position is None:
                async with self._database.transaction() as tx:
                    self.position = await self._log.horizon(tx)
                self._listening = asyncio.create_task(self._listen())
                self._task = asyncio.create_task(self._follow())
            self._listeners.add(hear)
            return self.position

    async def leave(self, hear: Hear) -> None:
        """Be told no more. The last one to leave stops the tail."""
        self._listeners.discard(hear)
        async with self._started:
            if not self._listeners:
                await self._stop()

    async def close(self) -> None:
        """Stop following, whoever listens."""
        async with self._started:
            await self._stop()

    async def _stop(self) -> None:
        try:
            await ended(self._task, self._listening)
        finally:
            self._task = self._listening = self.position = None

    async def _follow(self) -> None:
        while True:
            try:
                unsettled = await self._hand_on()
            except DatabaseUnavailable as reason:
                _log.warning("tail_interrupted", log=self._log.schema, reason=str(reason))
                await asyncio.sleep(RECONNECT_SECONDS)
                continue
            if unsettled:
                await asyncio.sleep(UNSETTLED_POLL_SECONDS)
                continue
            await set_within(self._wake, POLL_SECONDS)

    async def _hand_on(self) -> bool:
        assert self.position is not None
        self._wake.clear()
        async with self._database.transaction() as tx:
            page = await self._log.read(tx, after=self.position)
        if page.events:
            self.position = page.events[-1].position
            for hear in tuple(self._listeners):
                hear(page.events)
        return page.unsettled

    async def _listen(self) -> None:
        while True:
            try:
                connection = await self._database.connect()
                async with connection:
                    await connection.execute(f"listen {self._log.channel}")
                    self._wake.set()
                    async for _ in connection.notifies():
                        self._wake.set()
            except Exception as reason:
                _log.warning("listen_interrupted", log=self._log.schema, reason=str(reason))
                await asyncio.sleep(RECONNECT_SECONDS)


class Tails:
    """This process's tails, one a log; and those for feeds, which may hear from elsewhere."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._feeds: dict[str, Tail] = {}
        self._tails = {
            module.event_log.schema: LogTail(house.database(module.name), module.event_log)
            for module in house.modules
            if module.event_log is not None
        }

    def of(self, log: str) -> LogTail:
        """The tail of a module's log."""
        return self._tails[log]

    def feed_of(self, log: str) -> Tail:
        """The tail of what is public of a log. Where the setting says so it is one that a module
        makes (``feed_tail``), which may leave out what nobody is told."""
        if self._house.settings.feed_from == "database":
            return self.of(log)
        if log not in self._feeds:
            makers = [each.feed_tail for each in self._house.modules if each.feed_tail is not None]
            assert len(makers) == 1, "one module makes the tails of feeds"
            self._feeds[log] = makers[0](self._house, log, self._tails[log])
        return self._feeds[log]

    def logs(self) -> list[str]:
        """The names of all logs."""
        return list(self._tails)

    async def close(self) -> None:
        """Stop every tail."""
        for tail in (*self._feeds.values(), *self._tails.values()):
            await tail.close()


async def listen_to_logs(house: House) -> None:
    """Let every module hear what it follows in the memory of this process, from now on."""
    for module in house.modules:
        for listener in module.listeners:
            hear = functools.partial(listener.hear, house)
            await house.the(Tails).of(listener.log).listen(hear)
