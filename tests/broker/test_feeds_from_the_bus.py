"""Feeds that hear from the broker: everything once and in order, whatever the broker does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
from drops import HouseWith, buy, relaying
from nats_servers import WAIT_SECONDS, Cluster, nats_cluster
from prometheus_client import REGISTRY as FIGURES

from houses import Shop, context_of, shop_in
from rackhouse.broker.tailing import BusTail
from rackhouse.feeds.messages import Change
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.tail import Tails

LOG = "inventory"


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


async def until_trusted(tail: BusTail, shop: Shop) -> int:
    """Let things happen until the tail takes them from the broker; says how many."""
    happened = 0
    async with asyncio.timeout(WAIT_SECONDS):
        while not tail.trusted:
            await shop.receive(shop.sku, 1)
            happened += 1
    return happened


def heard_from(source: str) -> float:
    """How many events feeds of this process heard from somewhere."""
    name = "rackhouse_feed_events_total"
    return FIGURES.get_sample_value(name, {"source": source}) or 0.0


def numbers(events: Sequence[Event], shop: Shop, sku: str) -> list[int]:
    """The numbers of the events of a stock."""
    return [each.version for each in events if each.stream == f"{sku}@{shop.location}"]


def told(event: Event) -> tuple[object, bytes]:
    """What clients get of an event."""
    return event.position, Change(LOG, event).head


@pytest.fixture
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """One server."""
    async with nats_cluster(tmp_path_factory.mktemp("nats"), 1) as cluster:
        yield cluster


async def test_the_broker_brings_what_the_database_would_tell(
    house_with: HouseWith, cluster: Cluster
) -> None:
    async with (
        house_with(bus_url=cluster.url) as relay,
        house_with(bus_url=cluster.url, feed_from="bus") as house,
        relaying(relay),
        hearing(house) as (tail, ear),
    ):
        plain = Ear()
        await relay.the(Tails).of(LOG).listen(plain.hear)
        shop = await shop_in(context_of(relay), skus=4)
        received = await until_trusted(tail, shop)
        before = heard_from("bus")
        for sku in shop.skus[1:]:
            await shop.receive(sku, 50)
        await asyncio.gather(*(buy(shop, sku, 50) for sku in shop.skus[1:]))
        streams = [f"{sku}@{shop.location}" for sku in shop.skus[1:]]
        for stream in streams:
            await ear.until(stream=stream, version=51)
            await plain.until(stream=stream, version=51)
        assert heard_from("bus") > before
    assert [told(each) for each in ear.heard] == [told(each) for each in plain.heard]
    assert numbers(ear.heard, shop, shop.sku) == list(range(1, received + 1))


async def test_while_the_broker_is_away_the_database_tells(
    house_with: HouseWith, cluster: Cluster
) -> None:
    async with (
        house_with(bus_url=cluster.url) as relay,
        house_with(bus_url=cluster.url, feed_from="bus") as house,
        relaying(relay),
        hearing(house) as (tail, ear),
    ):
        shop = await shop_in(context_of(relay))
        stream = f"{shop.sku}@{shop.location}"
        happened = await until_trusted(tail, shop)
        cluster.kill("n0")
        before = heard_from("database")
        for _ in range(10):
            await shop.receive(shop.sku, 1)
        await ear.until(stream=stream, version=happened + 10)
        assert heard_from("database") >= before + 10
        async with asyncio.timeout(WAIT_SECONDS):
            while tail.trusted:
                await shop.receive(shop.sku, 1)
                happened += 1
        cluster.start("n0")
        happened += 10 + await until_trusted(tail, shop)
        await ear.until(stream=stream, version=happened)
    assert numbers(ear.heard, shop, shop.sku) == list(range(1, happened + 1))


async def test_what_the_broker_loses_is_read_from_the_database_in_its_place(
    house_with: HouseWith, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        house_with(bus_url=cluster.url) as relay,
        house_with(bus_url=cluster.url, feed_from="bus") as house,
        relaying(relay),
        hearing(house) as (tail, ear),
    ):
        shop = await shop_in(context_of(relay))
        happened = await until_trusted(tail, shop)
        taken, whole = [0], tail.take

        def take_two_of_three(attributes: dict[str, str], body: bytes) -> None:
            taken[0] += 1
            if taken[0] % 3:
                whole(attributes, body)

        monkeypatch.setattr(tail, "take", take_two_of_three)
        for _ in range(60):
            await shop.receive(shop.sku, 1)
        await ear.until(stream=f"{shop.sku}@{shop.location}", version=happened + 60)
    assert numbers(ear.heard, shop, shop.sku) == list(range(1, happened + 61))
