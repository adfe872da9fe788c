"""Listening to what feeds hear of a log."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from nats_servers import WAIT_SECONDS
from prometheus_client import REGISTRY as FIGURES

from houses import Shop
from rackhouse.broker.tailing import BusTail
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.tail import Tails

__all__ = ["LOG", "Ear", "heard_from", "hearing", "numbers", "until_trusted"]

LOG = "inventory"
# Slower than any relay, which would otherwise never catch up with what is to bring about something.
PACE_SECONDS = 0.02


class Ear:
    """What a listener of a tail heard."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self._came = asyncio.Condition()
        self._telling: set[asyncio.Task[None]] = set()

    def hear(self, events: Sequence[Event]) -> None:
        """Hear of some events."""
        self.heard += events
        task = asyncio.create_task(self._tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def until(self, *, stream: str, version: int) -> list[Event]:
        """What was heard, once that includes an event."""
        async with asyncio.timeout(WAIT_SECONDS), self._came:
            await self._came.wait_for(
                lambda: any(
                    each.stream == stream and each.version >= version for each in self.heard
                )
            )
        return self.heard

    async def _tell(self) -> None:
        async with self._came:
            self._came.notify_all()


@contextlib.asynccontextmanager
async def hearing(house: House) -> AsyncIterator[tuple[BusTail, Ear]]:
    """The tail of the feeds of a house, and what one hears of it."""
    tail, ear = house.the(Tails).feed_of(LOG), Ear()
    assert isinstance(tail, BusTail)
    await tail.listen(ear.hear)
    try:
        yield tail, ear
    finally:
        await tail.leave(ear.hear)


async def until_trusted(tail: BusTail, shop: Shop, *, trusted: bool = True) -> int:
    """Let things happen until the tail takes them from the broker, or no more; says how many."""
    happened = 0
    async with asyncio.timeout(WAIT_SECONDS):
        while tail.trusted != trusted:
            await shop.receive(shop.sku, 1)
            happened += 1
            await asyncio.sleep(PACE_SECONDS)
    return happened


def heard_from(source: str) -> float:
    """How many events feeds of this process heard from somewhere."""
    name = "rackhouse_feed_events_total"
    return FIGURES.get_sample_value(name, {"source": source}) or 0.0


def numbers(events: Sequence[Event], shop: Shop, sku: str) -> list[int]:
    """The numbers of the events of a stock."""
    return [each.version for each in events if each.stream == f"{sku}@{shop.location}"]
