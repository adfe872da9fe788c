"""The relay to a real cluster of NATS whose servers are killed: nothing lost, nothing doubled, and
in order for each stream."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat
from drops import HouseWith, buy_in_two, figure, relaying, sequences, stream_of, streams_of
from nats_servers import Cluster, nats_cluster

from houses import context_of, shop_in
from rackhouse.broker import RELAY_ID
from rackhouse.feeds import newest_cursor, position_in
from rackhouse.outlets import Place, move_outlet, outlet_status

BUYS = 60
SKUS = 6


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """Three servers."""
    async with nats_cluster(tmp_path_factory.mktemp("nats"), 3) as cluster:
        yield cluster


async def test_a_leader_killed_in_the_middle_of_a_drop_loses_and_doubles_nothing(
    house_with: HouseWith, cluster: Cluster
) -> None:
    async with house_with(bus_url=cluster.url, bus_name="drop", bus_replicas=3) as house:
        shop = await shop_in(context_of(house), skus=SKUS)
        for sku in shop.skus:
            await shop.receive(sku, BUYS)
        async with relaying(house):
            rest = asyncio.Event()
            buying = [asyncio.create_task(buy_in_two(shop, sku, BUYS, rest)) for sku in shop.skus]
            await cluster.until_kept("drop", **dict.fromkeys(streams_of(shop), 5))
            killed = await cluster.leader_of("drop")
            cluster.kill(killed)
            rest.set()
            await asyncio.gather(*buying)
            kept = await cluster.kept_in("drop", **dict.fromkeys(streams_of(shop), BUYS + 1))
        cluster.start(killed)
    told = sequences(each.body for each in kept)
    assert {each: told[each] for each in streams_of(shop)} == {
        stream: list(range(1, BUYS + 2)) for stream in streams_of(shop)
    }
    ids = [each.headers["Nats-Msg-Id"] for each in kept]
    assert len(ids) == len(set(ids))


async def test_each_message_is_the_body_of_a_stream_with_the_attributes_of_a_cloud_event(
    house_with: HouseWith, cluster: Cluster
) -> None:
    async with house_with(bus_url=cluster.url, bus_name="told") as house:
        shop = await shop_in(context_of(house))
        await shop.receive(shop.sku, 3)
        async with relaying(house):
            kept = await cluster.kept_in("told", **{stream_of(shop): 1})
    received = kept[-1]
    assert received.subject == f"told.inventory.stock.{shop.sku}.{shop.location}"
    event = from_binary_event(HTTPMessage(received.headers, received.body), JSONFormat())
    assert event.get_id() == received.headers["Nats-Msg-Id"]
    assert event.get_type() == "rackhouse.StockReceived"
    assert event.get_subject() == stream_of(shop)
    assert event.get_source() == f"{house.settings.issuer}/inventory"
    assert event.get_data() == json.loads(received.body)
    assert event.get_data()["on_hand"] == 3
    position = position_in(cursor=event.get_data()["cursor"], log="inventory")
    assert received.headers["ce-position"] == str(position)


async def test_what_is_sent_again_is_kept_once(house_with: HouseWith, cluster: Cluster) -> None:
    async with house_with(bus_url=cluster.url, bus_name="again") as house:
        shop = await shop_in(context_of(house))
        before, known = await newest_cursor(house=house), figure("known")
        for _ in range(20):
            await shop.receive(shop.sku, 1)
        async with relaying(house):
            await cluster.until_kept("again", **{stream_of(shop): 20})
        again = Place(cursor=before)
        await move_outlet(context=context_of(house), outlet_id=RELAY_ID, place=again)
        await shop.receive(shop.sku, 1)
        async with relaying(house):
            kept = await cluster.kept_in("again", **{stream_of(shop): 21})
    told = sequences(each.body for each in kept)
    assert told[stream_of(shop)] == list(range(1, 22))
    assert figure("known") >= known + 20


async def test_the_relay_waits_while_no_broker_is_named_and_goes_on_then(
    house_with: HouseWith, cluster: Cluster
) -> None:
    async with house_with(bus_url=None) as house:
        context = context_of(house)
        paused = await outlet_status(context=context, outlet_id=RELAY_ID)
        assert (paused.state, paused.reason) == ("paused", "RACKHOUSE_BUS_URL is not set")
        shop = await shop_in(context)
        await shop.receive(shop.sku, 1)
    async with house_with(bus_url=cluster.url, bus_name="later") as house:
        assert (await outlet_status(context=context_of(house), outlet_id=RELAY_ID)).state == (
            "running"
        )
        async with relaying(house):
            kept = await cluster.kept_in("later", **{stream_of(shop): 1})
    assert sequences(each.body for each in kept)[stream_of(shop)] == [1]
