"""The tail of what is public of a log, heard from the broker. The database says what is missing."""

import asyncio
import datetime
import heapq
import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import structlog

from rackhouse.broker.ears import Ears
from rackhouse.inventory import LEVELS
from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.events import START, Event, EventLog, Position
from rackhouse.platform.house import House
from rackhouse.platform.tail import Hear, LogTail
from rackhouse.platform.tasks import ended, set_within
from rackhouse.platform.telemetry import FEED_EVENTS

__all__ = ["BusTail", "Heard", "heard_of"]

# Streams are relayed side by side, so a neighbour may come first: it waits so long for the other.
GAP_SECONDS = 0.1
CHECK_SECONDS = 1.0
UNSETTLED_SECONDS = 0.004
RECONNECT_SECONDS = 1.0
WAITING_LIMIT = 5_000
NEVER = float("inf")

_log = structlog.get_logger(__name__)


class Heard(NamedTuple):
    """An event from the broker. Who has heard all that is public up to ``after`` misses nothing
    before it."""

    event: Event
    after: Position


def heard_of(attributes: Mapping[str, str], body: bytes) -> Heard:
    """What a message from the broker says. Who did it, and its hash, are not public."""
    told = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    facts = msgspec.json.decode(told["data"], type=dict[str, msgspec.Raw])
    facts.update((name, told[name]) for name in LEVELS if name in told)
    event = Event(
        position=Position.parse(attributes["position"]),
        stream=msgspec.json.decode(told["stream"], type=str),
        version=msgspec.json.decode(told["sequence"], type=int),
        type=msgspec.json.decode(told["type"], type=str),
        data=msgspec.json.encode(facts).decode(),
        actor="",
        channel=msgspec.json.decode(told["channel"], type=str | None),
        correlation_id="",
        recorded_at=msgspec.json.decode(told["recorded_at"], type=datetime.datetime),
        hash=b"",
    )
    return Heard(event, Position.parse(attributes["after"]))


class BusTail:
    """Follows one log by what the broker brings, in order and without gaps.

    What is missing before an event is read from the database. Once a second the database is asked
    whether there is anything else: what the broker does not bring comes by then. While the broker
    is away or behind, it is not ``trusted``, and this follows the database as soon as it grows.
    """

    def __init__(self, house: House, log: str, database_tail: LogTail) -> None:
        self.log = log
        self.trusted = False
        self._house = house
        self._events = _log_named(house, log)
        self._database_tail = database_tail
        self._listeners: set[Hear] = set()
        self._position = START
        self._waiting: list[tuple[Position, int, Heard]] = []
        self._numbers = itertools.count()
        self._stuck_at = NEVER
        self._check_at = 0.0
        self._checked = START
        self._is_new = False
        self._grown = False
        self._started = asyncio.Lock()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def listen(self, hear: Hear) -> Position:
        """Be told of every public event after the returned position."""
        async with self._started:
            if self._task is None:
                await self._start()
            self._listeners.add(hear)
            return self._position

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

    def take(self, attributes: Mapping[str, str], body: bytes) -> None:
        """Take what the broker brings. What can not be read, or is too much, is missing, and found
        by that."""
        try:
            heard = heard_of(attributes, body)
        except (KeyError, ValueError) as error:
            _log.warning("bus_message_unreadable", log=self.log, reason=repr(error))
            return
        position = heard.event.position
        self._is_new = self._is_new or position > self._checked
        if position > self._position and len(self._waiting) < WAITING_LIMIT:
            heapq.heappush(self._waiting, (position, next(self._numbers), heard))
            self._wake.set()

    async def _start(self) -> None:
        async with self._house.database(self.log).transaction() as tx:
            self._position = self._checked = await self._events.horizon(tx)
        await self._database_tail.listen(self._notice)
        self._check_at, self._stuck_at, self._grown = 0.0, NEVER, False
        self._task = asyncio.create_task(self._follow())
        self._house.the(Ears).add(self)

    async def _stop(self) -> None:
        if self._task is None:
            return
        await self._house.the(Ears).remove(self)
        try:
            await ended(self._task)
        finally:
            await self._database_tail.leave(self._notice)
            self._task, self.trusted = None, False
            self._waiting.clear()

    def _notice(self, _: Sequence[Event]) -> None:
        """The database has something new; it is read in the order that is kept here."""
        self._grown = True
        self._wake.set()

    async def _follow(self) -> None:
        now = asyncio.get_running_loop().time
        while True:
            self._wake.clear()
            self._hand_on_what_fits(now())
            due_at = 0.0 if self._grown else min(self._check_at, self._stuck_at)
            if due_at > now():
                await set_within(self._wake, due_at - now())
                continue
            try:
                await self._read(now())
            except DatabaseUnavailable as reason:
                _log.warning("tail_interrupted", log=self.log, reason=str(reason))
                await asyncio.sleep(RECONNECT_SECONDS)

    def _hand_on_what_fits(self, now: float) -> None:
        """Hand on what the broker brought, up to the first gap."""
        events = []
        reached = self._position
        while self._waiting and min(self._waiting[0][2].after, self._waiting[0][0]) <= reached:
            event = heapq.heappop(self._waiting)[2].event
            if event.position > reached:
                events.append(event)
                reached = event.position
        if not self._waiting:
            self._stuck_at = NEVER
        elif self._stuck_at == NEVER:
            self._stuck_at = now + GAP_SECONDS
        self._hand_on(events, "bus")

    async def _read(self, now: float) -> None:
        """Hand on what the database has beyond what was heard."""
        self._grown, self._stuck_at = False, NEVER
        async with self._house.database(self.log).transaction() as tx:
            page = await self._events.read(tx, after=self._position)
        self._hand_on(page.events, "database")
        if now >= self._check_at:
            await self._judge(found=bool(page.events))
            self._check_at, self._checked, self._is_new = now + CHECK_SECONDS, self._position, False
        if page.unsettled and not self.trusted:
            await asyncio.sleep(UNSETTLED_SECONDS)
            self._grown = True

    async def _judge(self, *, found: bool) -> None:
        """Trust the broker if it is there and brings what is new, or nothing is."""
        brings = self._is_new or (self.trusted and not found)
        trusted = brings and self._house.the(Ears).connected()
        if trusted and not self.trusted:
            await self._database_tail.leave(self._notice)
        elif self.trusted and not trusted:
            await self._database_tail.listen(self._notice)
            self._grown = True
        self.trusted = trusted

    def _hand_on(self, events: Sequence[Event], source: str) -> None:
        if not events:
            return
        self._position = events[-1].position
        FEED_EVENTS.labels(source).inc(len(events))
        for hear in tuple(self._listeners):
            hear(events)


def _log_named(house: House, name: str) -> EventLog:
    logs = (module.event_log for module in house.modules if module.name == name)
    found = next(logs)
    assert found is not None, "a feed follows what has a log"
    return found
