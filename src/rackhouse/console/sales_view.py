"""The sales view: what each channel sold in the last hour and day, in memory, by the minute.

It hears each sale as it is committed. What was sold before it began to listen is counted in the
log, from the newest event back to a day ago, a stretch at a time, while the page is shown already.
"""

import asyncio
import contextlib
import datetime
import time
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import msgspec
import structlog

from rackhouse.inventory import SoldStretch, sold_before
from rackhouse.platform.context import Context
from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.events import Event, Position
from rackhouse.platform.house import House
from rackhouse.platform.tail import Tails

__all__ = ["MINUTES_OF_HOUR", "SalesView"]

MINUTE_SECONDS = 60
MINUTES_OF_HOUR = 60
MINUTES_OF_DAY = 24 * 60
STRETCHES_LIMIT = 1000
"""How many stretches of the log are counted; further back nothing is known of the day."""
SALES_LIMIT = 1_000_000
"""So many SKUs sold by a channel from a location in a minute are kept; of further ones it is known
only which channel sold them."""
RETRY_SECONDS = 1.0

Sale = tuple[str, str, str]
"""A channel, a SKU and a location."""

Key = TypeVar("Key")

_log = structlog.get_logger(__name__)


class _Confirmed(msgspec.Struct):
    quantity: int


class SalesView:
    """This process's view of what was sold lately. ``counted_back_to`` says how far back of the
    day is known while it is still being counted, and None once all of it is."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._opening = asyncio.Lock()
        self._opened = False
        self._counting: asyncio.Task[None] | None = None
        self._forget()

    def _forget(self) -> None:
        self._rolled = 0
        self._minutes: dict[int, Counter[Sale]] = {}
        self._day_minutes: dict[int, Counter[str]] = {}
        self._kept = 0
        self._of_channel_in_day: Counter[str] = Counter()
        self._of_sku: Counter[str] = Counter()
        self._of_both: Counter[tuple[str, str]] = Counter()
        self._of_place: Counter[tuple[str, str]] = Counter()
        self.counted_back_to: datetime.datetime | None = None

    async def open(self) -> "SalesView":
        """Listen, and count the newest stretch of the log, if that was not done yet."""
        async with self._opening:
            if not self._opened:
                await self._begin()
                self._opened = True
        return self

    async def close(self) -> None:
        """Count no further."""
        if self._counting is not None:
            self._counting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._counting

    def hour_of_channel(self, channel: str) -> int:
        """Pieces that a channel sold in the last hour."""
        return sum(self.by_minute(channel))

    def day_of_channel(self, channel: str) -> int:
        """Pieces that a channel sold in the last day."""
        self._roll()
        return self._of_channel_in_day[channel]

    def hour_of_sku(self, sku: str, channel: str | None = None) -> int:
        """Pieces of a SKU that were sold in the last hour, by one channel or by all."""
        self._roll()
        return self._of_sku[sku] if channel is None else self._of_both[channel, sku]

    def hour_of_place(self, channel: str, location: str) -> int:
        """Pieces that a channel sold from a location in the last hour."""
        self._roll()
        return self._of_place[channel, location]

    def by_minute(self, channel: str) -> tuple[int, ...]:
        """Pieces that a channel sold in each minute of the last hour, the running one last."""
        newest = self._roll()
        first = newest - MINUTES_OF_HOUR + 1
        return tuple(
            self._day_minutes[minute][channel] if minute in self._day_minutes else 0
            for minute in range(first, newest + 1)
        )

    async def _begin(self) -> None:
        tail = self._house.the(Tails).of("inventory")
        try:
            position = await tail.listen(self._hear)
            stretch = await self._count(Position(position.transaction_id, position.position + 1))
        except BaseException:
            await tail.leave(self._hear)
            self._forget()  # or what was heard meanwhile would be counted twice
            raise
        if self.counted_back_to is not None and stretch.first is not None:
            self._counting = asyncio.create_task(self._count_on(stretch.first))

    async def _count_on(self, before: Position) -> None:
        for _ in range(STRETCHES_LIMIT):
            try:
                stretch = await self._count(before)
            except DatabaseUnavailable as reason:
                _log.warning("counting_of_sales_interrupted", reason=str(reason))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if self.counted_back_to is None or stretch.first is None:
                return
            before = stretch.first

    async def _count(self, before: Position) -> SoldStretch:
        allowed = frozenset({"inventory:read"})
        context = Context.of_service(self._house, "console", allowed)
        now = datetime.datetime.now(datetime.UTC)
        since = now - datetime.timedelta(minutes=MINUTES_OF_DAY)
        stretch = await sold_before(
            context=context,
            before=before,
            since=since,
            by_sku_since=now - datetime.timedelta(minutes=MINUTES_OF_HOUR + 1),
            step_seconds=MINUTE_SECONDS,
        )
        for each in stretch.sold:
            self._add((each.channel, each.sku, each.location), each.at, each.pieces)
        reaches_to = stretch.reaches_to
        self.counted_back_to = reaches_to if reaches_to and reaches_to > since else None
        return stretch

    def _hear(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.type == "HoldConfirmed" and event.channel is not None:
                sku, _, location = event.stream.rpartition("@")
                pieces = msgspec.json.decode(event.data, type=_Confirmed).quantity
                self._add((event.channel, sku, location), event.recorded_at, pieces)

    def _add(self, sale: Sale, at: datetime.datetime, pieces: int) -> None:
        minute = int(at.timestamp()) // MINUTE_SECONDS
        newest = self._roll()
        if minute > newest - MINUTES_OF_DAY:
            self._day_minutes.setdefault(minute, Counter())[sale[0]] += pieces
            self._of_channel_in_day[sale[0]] += pieces
        if minute > newest - MINUTES_OF_HOUR and sale[1] and self._kept < SALES_LIMIT:
            sales = self._minutes.setdefault(minute, Counter())
            self._kept += sale not in sales
            sales[sale] += pieces
            self._note(sale, pieces)

    def _note(self, sale: Sale, pieces: int) -> None:
        channel, sku, location = sale
        _change(self._of_sku, sku, pieces)
        _change(self._of_both, (channel, sku), pieces)
        _change(self._of_place, (channel, location), pieces)

    def _roll(self) -> int:
        """Forget the minutes that are over an hour or a day old; says which one is running."""
        newest = int(time.time()) // MINUTE_SECONDS
        if newest == self._rolled:
            return newest
        self._rolled = newest
        for minute in [each for each in self._minutes if each <= newest - MINUTES_OF_HOUR]:
            sales = self._minutes.pop(minute)
            self._kept -= len(sales)
            for sale, pieces in sales.items():
                self._note(sale, -pieces)
        for minute in [each for each in self._day_minutes if each <= newest - MINUTES_OF_DAY]:
            for channel, pieces in self._day_minutes.pop(minute).items():
                _change(self._of_channel_in_day, channel, -pieces)
        return newest


def _change(counter: Counter[Key], key: Key, pieces: int) -> None:
    counter[key] += pieces
    if not counter[key]:
        del counter[key]
