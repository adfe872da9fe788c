"""Messages for outlets, made of what followers of a stream hear, and how they wait in line."""

import asyncio
import datetime
from collections.abc import Collection

from rackhouse.feeds import Message as Heard
from rackhouse.feeds import StreamListener
from rackhouse.outlets.kinds import SIGNALS, Message
from rackhouse.outlets.rules import Waiting
from rackhouse.platform.ids import derived_id, new_id

__all__ = ["Line", "message_id"]

WAITING_LIMIT = 1_000
CONFLATED_LIMIT = 20_000
INVENTORY = "inventory"


def message_id(log: str, stream: str, version: int) -> str:
    """The id of what is told of an event: the same for everyone and for ever."""
    return derived_id("message", log, stream, str(version))


class _Item:
    """A message in line; or just a place that was reached (no message)."""

    __slots__ = ("cursor", "heard", "level_of", "message", "superseded")

    def __init__(self, heard: Heard, message: Message | None, level_of: str | None) -> None:
        self.heard = heard
        self.cursor = heard.cursor
        self.message = message
        self.level_of = level_of
        self.superseded = 0

    def told(self) -> Message | None:
        """The message, which says how many levels it stands for besides its own."""
        message = self.message
        if message is None or not self.superseded:
            return message
        body = b'%b,"superseded":%d}' % (message.body[:-1], self.superseded)
        members = {field: getattr(message, field) for field in Message.__struct_fields__}
        return Message(**{**members, "body": body, "superseded": self.superseded})


class Line:
    """What a stream listener hears, as messages in line for an outlet; also some ``signals``."""

    def __init__(
        self, outlet_id: str, conflate_after: int | None, signals: Collection[str]
    ) -> None:
        self.live = False
        self.closed: str | None = None
        self.changed = asyncio.Event()
        self._outlet_id = outlet_id
        self._signals = signals
        self._snapshot_id = new_id()
        self._pages = 0
        self._waiting = Waiting(conflate_after)
        self._limit = WAITING_LIMIT if conflate_after is None else CONFLATED_LIMIT
        self._room = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether there is room for no more until something is taken."""
        return len(self._waiting) >= self._limit

    async def fill(self, listener: StreamListener) -> None:
        """Take what a listener hears, as long as there is room for it, until it ends."""
        batches = listener.batches()
        try:
            async for heard in batches:
                for each in heard:
                    self._add(each)
                self.changed.set()
                while self.is_full:
                    self._room.clear()
                    await self._room.wait()
        finally:
            await batches.aclose()
            self.closed = self.closed or listener.reason or "ended"
            self.changed.set()

    def take(self, limit: int) -> tuple[list[Message], list[str | None]]:
        """The next messages in order, and the cursor after each; without messages perhaps one
        cursor that was reached."""
        messages: list[Message] = []
        cursors: list[str | None] = []
        while len(messages) < limit and (item := self._waiting.first()) is not None:
            assert isinstance(item, _Item)
            self._waiting.take()
            message = item.told()
            if message is not None:
                messages.append(message)
                cursors.append(item.cursor)
            elif messages:
                cursors[-1] = item.cursor or cursors[-1]
            elif item.cursor is not None:
                cursors = [item.cursor]
                if self._waiting.first() is None:
                    break
                cursors = []
        self._room.set()
        return messages, cursors

    def oldest(self) -> Message | None:
        """The message that is next, if it is more than a signal."""
        item = self._waiting.first()
        message = item.message if isinstance(item, _Item) else None
        return None if message is None or message.is_signal else message

    def _add(self, heard: Heard) -> None:
        if heard.name == "closed":
            return
        if heard.name == "live":
            self.live = True
        self._waiting.add(_Item(heard, self._message(heard), _level_of(heard)))

    def _message(self, heard: Heard) -> Message | None:
        if heard.name == "snapshot":
            return self._page(heard)
        if heard.name in SIGNALS:
            return self._signal(heard)
        if heard.change is None:
            return None
        log, event = heard.change.log, heard.change.event
        return Message(
            id=message_id(log, event.stream, event.version),
            type=event.type,
            log=log,
            stream=event.stream,
            sequence=event.version,
            recorded_at=event.recorded_at,
            cursor=heard.cursor,
            body=heard.json,
        )

    def _signal(self, heard: Heard) -> Message | None:
        """Where it has come to, unless nobody asked. That nothing happens is not said while
        something waits to be sent, so heartbeats do not pile up."""
        name = heard.name
        if name not in self._signals or (name == "heartbeat" and len(self._waiting)):
            return None
        return self._of_now(new_id(), heard)

    def _page(self, heard: Heard) -> Message:
        """A page of a snapshot."""
        self._pages += 1
        pages = (self._outlet_id, self._snapshot_id, str(self._pages))
        return self._of_now(derived_id("snapshot", *pages), heard)

    def _of_now(self, message_id: str, heard: Heard) -> Message:
        """A message of what is, so its time is now."""
        return Message(
            id=message_id,
            type=heard.name,
            log=None,
            stream=None,
            sequence=None,
            recorded_at=datetime.datetime.now(datetime.UTC),
            cursor=heard.cursor,
            body=heard.json,
        )


def _level_of(heard: Heard) -> str | None:
    change = heard.change
    if change is None or change.about.kind != "stock":
        return None
    return change.event.stream
