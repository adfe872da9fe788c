"""Listeners: clients of a stream, what waits for each, and how far it has come."""

import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from rackhouse.feeds.audiences import Audience, Selection
from rackhouse.feeds.clients import StreamClient
from rackhouse.feeds.cursors import Positions, cursor_text
from rackhouse.feeds.messages import Change, Message, heartbeat, live, snapshot
from rackhouse.feeds.snapshots import newest_position, stock_pages
from rackhouse.feeds.subjects import INVENTORY
from rackhouse.platform.events import START, Position

if TYPE_CHECKING:
    from rackhouse.feeds.hub import Hub

__all__ = ["StraightWriter", "StreamListener"]

COALESCED_LIMIT = 64
CONTAINED_FOR_SECONDS = 300.0


class StraightWriter(Protocol):
    """Writes messages at once, where nothing waits to be written before them."""

    def is_ready(self) -> bool:
        """Whether a message would be written at once."""

    def write(self, messages: Sequence[Message]) -> None:
        """Write messages."""


class StreamListener(StreamClient):
    """A client of one audience. The hub offers it messages; once its transport has said how, and
    where the client has taken all that came before, they are written ``straight``, without waking
    the task that serves it."""

    def __init__(
        self,
        hub: "Hub",
        audience: Audience,
        *,
        transport: str,
        seen: Positions | None,
        with_snapshot: bool,
        verify: Callable[[], Awaitable[object]],
        abandon: Callable[[], None],
    ) -> None:
        super().__init__(hub, transport=transport, verify=verify, abandon=abandon)
        self.audience = audience
        self.straight: StraightWriter | None = None
        self._queue: deque[Message | Selection] = deque()
        self._cursor = None if seen is None else cursor_text(seen)
        self._seen: Positions = dict(hub.heard if seen is None else seen)
        self._with_snapshot = with_snapshot and seen is None
        self._contained: dict[str, int] = {}
        self._contained_until = math.inf
        self._not_before: Position = START

    def offer(self, message: Message | Selection) -> None:
        """Put a message in line, or some stock that came into its scope."""
        self._queue.append(message)

    def wake(self, queue_limit: int) -> None:
        """Let it take what was offered; one that is too slow for that is cut off."""
        if self._waiting is None:
            if len(self._queue) > queue_limit:
                self.end("too_slow", f"more than {queue_limit} messages waited to be sent")
        elif not self._waiting.done() and not self._is_told_straight():
            self._waiting.set_result(None)

    def end(self, reason: str, detail: str = "") -> None:
        """Send nothing but the reason any more. The first reason counts."""
        self._queue.clear()
        self.audience.live.pop(self, None)
        super().end(reason, detail)

    def forget_contained(self, now: float) -> None:
        """Forget what the snapshot contained, once no transaction of that time can still run."""
        if now > self._contained_until:
            self._contained.clear()

    def _is_told_straight(self) -> bool:
        """Write all that was offered, if it is not too much and the connection takes it."""
        straight, queue = self.straight, self._queue
        if straight is None or not 0 < len(queue) <= COALESCED_LIMIT or not straight.is_ready():
            return False
        if self._heartbeat_due or any(isinstance(each, Selection) for each in queue):
            return False
        if messages := self._taken():
            straight.write(messages)
            self.sent_at = self._hub.now()
            self._hub.count_sent(self.transport, len(messages))
        return True

    async def _messages(self) -> AsyncIterator[list[Message]]:
        if self._with_snapshot:
            async for message in self._snapshot(self.audience.selection):
                yield [message]
        async for messages in self._catch_up():
            yield messages
        while self._reason is None:
            if not self._queue:
                await self._pause()
                if self._heartbeat_due and not self._queue and self._reason is None:
                    yield self._heartbeat(self._hub.heartbeat())
            elif isinstance(head := self._queue[0], Selection):
                self._queue.popleft()
                async for message in self._snapshot(head):
                    yield [message]
            elif messages := self._taken():
                yield messages

    async def _catch_up(self) -> AsyncIterator[list[Message]]:
        """Changes that are missing, until this client has seen all that its process has heard."""
        while self._reason is None:
            if self._seen[INVENTORY] >= self._not_before and self._hub.join(self, self._seen):
                self._cursor = self._hub.cursor
                yield [live(self._hub.cursor)]
                return
            changes = await self._hub.backlog.after(self._seen)
            if not changes:
                self._hub.tell_of_changes(self)
                await self._pause()
            for start in range(0, len(changes), COALESCED_LIMIT):
                async for messages in self._told(changes[start : start + COALESCED_LIMIT]):
                    yield messages
            if self._heartbeat_due or self._hub.is_silent(self):
                yield self._heartbeat(heartbeat(self._cursor))

    async def _told(self, changes: list[Change]) -> AsyncIterator[list[Message]]:
        messages: list[Message] = []
        for change in changes:
            if self.audience.follows(change.about):
                if messages:
                    yield messages
                    messages = []
                async for message in self._snapshot(self.audience.named_by(change.about)):
                    yield [message]
            self._seen[change.log] = change.event.position
            if self.audience.admits(change.about) and not self._contains(change):
                messages.append(Message.of(change, cursor_text(self._seen)))
        self._cursor = cursor_text(self._seen)
        if messages:
            yield messages

    async def _snapshot(self, selection: Selection) -> AsyncIterator[Message]:
        if not self._hub.tells_stock(self.audience.scope):
            return
        house, reads = self._hub.house, self._hub.reads
        async for rows in stock_pages(house, selection, reads):
            newest = await newest_position(house, rows, reads)
            self._not_before = max(self._not_before, newest)
            self._contained.update({f"{row.sku}@{row.location}": row.version for row in rows})
            yield snapshot(rows)
            if self._reason is not None:
                return
        self._contained_until = self._hub.now() + CONTAINED_FOR_SECONDS

    def _taken(self) -> list[Message]:
        messages: list[Message] = []
        while self._queue and len(messages) < COALESCED_LIMIT:
            item = self._queue[0]
            if isinstance(item, Selection):
                break
            self._queue.popleft()
            if item.cursor is not None:
                self._cursor = item.cursor
            if item.change is None or not self._contains(item.change):
                messages.append(item)
        return messages

    def _contains(self, change: Change) -> bool:
        """Whether the snapshot that this client got contains a change already."""
        if not self._contained:
            return False
        sequence = self._contained.get(change.event.stream)
        if sequence is None:
            return False
        if sequence >= change.event.version:
            return True
        del self._contained[change.event.stream]
        return False

    def _heartbeat(self, message: Message) -> list[Message]:
        self._heartbeat_due = False
        self._cursor = message.cursor
        return [message]
