"""Feeds that hear from the broker: everything once and in order, whatever the broker does."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from drops import HouseWith, buy, relaying
from listening import LOG, Ear, heard_from, hearing, numbers, until_trusted
from nats_servers import Cluster, nats_cluster

from houses import context_of, shop_in
from rackhouse.feeds.messages import Change
from rackhouse.platform.events import Event
from rackhouse.platform.tail import Tails


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
        happened += await until_trusted(tail, shop, trusted=False)
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
