"""The hub: hears of every change once, and offers it to all clients of this process who asked."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence

import structlog

from rackhouse.feeds.audiences import Audience, AudienceIndex
from rackhouse.feeds.backlog import Backlog
from rackhouse.feeds.clients import LEFT, StreamClient
from rackhouse.feeds.cursors import Positions, cursor_text, read_cursor
from rackhouse.feeds.errors import StreamsAtLimit, StreamsEnding
from rackhouse.feeds.filters import Scope, scope_of
from rackhouse.feeds.listeners import StreamListener
from rackhouse.feeds.messages import Change, Message, heartbeat
from rackhouse.feeds.resolving import resolve
from rackhouse.feeds.shutdown import SignalWatch
from rackhouse.feeds.subjects import INVENTORY, LOGS
from rackhouse.feeds.subscriptions import Subscription
from rackhouse.feeds.tending import Tending
from rackhouse.platform.context import Caller
from rackhouse.platform.events import START, Event
from rackhouse.platform.house import House
from rackhouse.platform.tail import Hear, Tails
from rackhouse.platform.telemetry import FAULTS

__all__ = ["Hub"]

CLIENTS_LIMIT = 10_000
READS_AT_ONCE_LIMIT = 2

_log = structlog.get_logger(__name__)


class Hub:
    """This process's one ear on the logs. It follows them while it has clients, and a little
    longer, so that one who comes right back finds what it missed in memory.

    ``reads`` lets `READS_AT_ONCE_LIMIT` clients read the database at a time, so that many who
    come at once do not take every connection.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.listeners: dict[StreamListener, None] = {}
        self.attendants: dict[StreamClient, None] = {}
        self.heard: Positions = {}
        self.cursor = ""
        self.reads = asyncio.Semaphore(READS_AT_ONCE_LIMIT)
        self.backlog = self._new_backlog()
        self._logs = tuple(log for log in LOGS if log in house.the(Tails).logs())
        self._hears: dict[str, Hear] = {}
        self._audiences: dict[Scope, Audience] = {}
        self._index = AudienceIndex()
        self._awaiting: dict[StreamListener, None] = {}
        self._opening = asyncio.Lock()
        self._ending: str | None = None
        self._tending = Tending(self)
        self._signals = SignalWatch(lambda: self.end_all("shutting_down"))
        self._queue_limit = house.settings.stream_queue_limit
        self._heartbeat: Message | None = None
        self._stock_types = frozenset(
            name
            for module in house.modules
            if module.name == INVENTORY
            for name in module.event_types
        )

    async def enter(
        self,
        *,
        caller: Caller,
        subscription: Subscription,
        transport: str,
        verify: Callable[[], Awaitable[object]],
        abandon: Callable[[], None],
    ) -> StreamListener:
        """Take a client in; whoever calls this calls ``leave`` in the end.

        Refuses with `StreamsAtLimit`, `StreamsEnding`, `OtherChannel`, `ChannelNotFound`,
        `ProductNotFound`, `CursorUnreadable`, `CursorAhead` and `CursorTooOld`.
        """
        self._refuse_more()
        scope = scope_of(subscription.filter, caller)
        seen = subscription.cursor and read_cursor(subscription.cursor, self._logs)
        async with self._opening:
            await self._follow()
            audience = await self._audience(scope)
            audience.clients += 1
        listener = StreamListener(
            self,
            audience,
            transport=transport,
            seen=seen or None,
            with_snapshot=subscription.snapshot,
            verify=verify,
            abandon=abandon,
        )
        self.listeners[listener] = None
        if self._ending is not None:
            listener.end(self._ending)
        try:
            await self.backlog.refuse_out_of_reach(seen or {})
        except BaseException:
            self.leave(listener)
            raise
        return listener

    def attend(
        self,
        *,
        transport: str,
        verify: Callable[[], Awaitable[object]],
        abandon: Callable[[], None],
    ) -> StreamClient:
        """Look after a client that follows nothing; whoever calls this calls ``leave`` in the end.

        Refuses with `StreamsAtLimit` and `StreamsEnding`.
        """
        self._refuse_more()
        client = StreamClient(self, transport=transport, verify=verify, abandon=abandon)
        self.attendants[client] = None
        self._signals.start()
        self._tending.start()
        return client

    def clients(self) -> tuple[StreamClient, ...]:
        """Everyone who is connected, whatever they follow."""
        return (*self.listeners, *self.attendants)

    def leave(self, listener: StreamClient) -> None:
        """Forget a client."""
        listener.end(LEFT)
        self.attendants.pop(listener, None)
        if not isinstance(listener, StreamListener):
            return
        self._awaiting.pop(listener, None)
        if listener not in self.listeners:
            return
        del self.listeners[listener]
        audience = listener.audience
        audience.clients -= 1
        if audience.clients == 0:
            self._index.remove(audience)
            del self._audiences[audience.scope]

    def join(self, listener: StreamListener, seen: Positions) -> bool:
        """Offer all that is heard from here on to a client who has seen everything so far."""
        if seen != self.heard or self._ending is not None:
            return False
        listener.audience.live[listener] = None
        return True

    def tell_of_changes(self, listener: StreamListener) -> None:
        """Wake a client once something was heard, whether it asked for that or not."""
        self._awaiting[listener] = None

    def heartbeat(self) -> Message:
        """The heartbeat of everyone who has seen everything so far."""
        if self._heartbeat is None or self._heartbeat.cursor != self.cursor:
            self._heartbeat = heartbeat(self.cursor)
        return self._heartbeat

    def is_silent(self, listener: StreamClient) -> bool:
        """Whether a client has got nothing for so long that a heartbeat is due."""
        return self.now() - listener.sent_at >= self.house.settings.stream_heartbeat_seconds

    def tells_stock(self, scope: Scope) -> bool:
        """Whether a scope includes events of stock at all."""
        return scope.filter.type is None or not self._stock_types.isdisjoint(scope.filter.type)

    def now(self) -> float:
        """Seconds on the clock by which streams are tended."""
        return asyncio.get_running_loop().time()

    def count_sent(self, transport: str, messages: int) -> None:
        """Count messages that were sent."""
        self._tending.sent[transport] += messages

    def end_all(self, reason: str) -> None:
        """End every stream and take nobody in any more: this process is about to stop."""
        self._ending = reason
        for client in self.clients():
            client.end(reason)

    async def close(self) -> None:
        """End every stream and stop following the logs."""
        self.end_all("shutting_down")
        async with self._opening:
            await self._unfollow()
        self._signals.stop()
        await self._tending.stop()

    async def rest(self) -> bool:
        """Stop following the logs unless somebody follows; says whether nobody is left at all."""
        async with self._opening:
            if not self.listeners:
                await self._unfollow()
            if self.listeners or self.attendants:
                return False
            self._signals.stop()
            return True

    def _refuse_more(self) -> None:
        if self._ending is not None:
            raise StreamsEnding()
        if len(self.listeners) + len(self.attendants) >= CLIENTS_LIMIT:
            raise StreamsAtLimit(limit=CLIENTS_LIMIT)

    async def _follow(self) -> None:
        if self._hears:
            return
        self.heard = dict.fromkeys(self._logs, START)
        try:
            for log in self._logs:
                hear = self._hears[log] = functools.partial(self._hear, log)
                position = await self.house.the(Tails).feed_of(log).listen(hear)
                self.heard[log] = max(self.heard[log], position)
        except BaseException:
            await self._unfollow()
            raise
        self.backlog = self._new_backlog()
        self.cursor = cursor_text(self.heard)
        self._signals.start()
        self._tending.start()

    async def _unfollow(self) -> None:
        for log, hear in self._hears.items():
            await self.house.the(Tails).feed_of(log).leave(hear)
        self._hears.clear()

    def _new_backlog(self) -> Backlog:
        return Backlog(self.house, self.heard, self.reads)

    async def _audience(self, scope: Scope) -> Audience:
        known = self._audiences.get(scope)
        if known is not None:
            return known
        audience = Audience(scope)
        self._index.add(audience)
        try:
            products, channels = await resolve(self.house, scope.filter)
        except BaseException:
            self._index.remove(audience)
            raise
        self._index.remove(audience)
        audience.resolve(products, channels)
        self._index.add(audience)
        self._audiences[scope] = audience
        return audience

    def _hear(self, log: str, events: Sequence[Event]) -> None:
        offered: dict[StreamListener, None] = {}
        try:
            for event in events:
                self._hear_one(Change(log, event), offered)
        except Exception:
            _log.exception("event_not_told", log=log)
            FAULTS.inc()
            for listener in tuple(self.listeners):
                listener.end("fault", "an event could not be told; it is logged")
            self.heard[log] = events[-1].position
            self.cursor = cursor_text(self.heard)
            self.backlog = self._new_backlog()
        for listener in (*offered, *self._awaiting):
            listener.wake(self._queue_limit)
        self._awaiting.clear()

    def _hear_one(self, change: Change, offered: dict[StreamListener, None]) -> None:
        self.heard[change.log] = change.event.position
        self.cursor = cursor_text(self.heard)
        self.backlog.add(change)
        audiences = self._index.matching(change.about)
        for audience in audiences:
            if audience.follows(change.about):
                self._widen(audience, change, offered)
        message: Message | None = None
        for audience in audiences:
            if audience.live and audience.admits(change.about):
                message = message or Message.of(change, self.cursor)
                for listener in audience.live:
                    listener.offer(message)
                offered.update(audience.live)

    def _widen(
        self, audience: Audience, change: Change, offered: dict[StreamListener, None]
    ) -> None:
        self._index.remove(audience)
        came_in = audience.widen(change.about)
        self._index.add(audience)
        if came_in.skus == frozenset() or came_in.locations == frozenset():
            return
        for listener in audience.live:
            listener.offer(came_in)
        offered.update(audience.live)
