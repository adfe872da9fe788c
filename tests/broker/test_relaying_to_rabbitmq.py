"""The relay to a real RabbitMQ that is killed and started anew: nothing lost, nothing doubled for
who drops what came before, and in order for each stream."""

import asyncio
import json

import pytest
from cloudevents.core.bindings.rabbitmq import RabbitMQMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from drops import (
    HouseWith,
    buy_in_two,
    figure,
    parcel_of,
    relaying,
    sequences,
    stream_of,
    streams_of,
)
from listening import heard_from, hearing, numbers, until_trusted
from rabbitmq_servers import MESSAGE_SIZE_LIMIT, RabbitMq

from houses import context_of, shop_in
from rackhouse.broker.over_rabbitmq import routing_key
from rackhouse.broker.relaying import Relay
from rackhouse.feeds import position_in
from rackhouse.outlets import Rejected

BUYS = 60
SKUS = 6


async def test_a_server_killed_in_the_middle_of_a_drop_loses_nothing_and_keeps_the_order(
    house_with: HouseWith, rabbitmq_server: RabbitMq
) -> None:
    async with house_with(bus_url=rabbitmq_server.url, bus_name="drop") as house:
        shop = await shop_in(context_of(house), skus=SKUS)
        for sku in shop.skus:
            await shop.receive(sku, BUYS)
        rest = asyncio.Event()
        async with relaying(house):
            buying = [asyncio.create_task(buy_in_two(shop, sku, BUYS, rest)) for sku in shop.skus]
            await rabbitmq_server.taken_from("drop.inventory", **dict.fromkeys(streams_of(shop), 5))
            rabbitmq_server.kill()
            rest.set()
            await asyncio.gather(*buying)
            await rabbitmq_server.start()
            await rabbitmq_server.ready()
            counts = dict.fromkeys(streams_of(shop), BUYS + 1)
            taken = await rabbitmq_server.taken_from("drop.inventory", **counts)
    told = sequences(each.body for each in taken)
    assert {each: told[each] for each in streams_of(shop)} == {
        stream: list(range(1, BUYS + 2)) for stream in streams_of(shop)
    }


async def test_each_message_is_a_persistent_cloud_event_under_its_subject(
    house_with: HouseWith, rabbitmq_server: RabbitMq
) -> None:
    async with house_with(
        bus_url=rabbitmq_server.url, bus_name="told", bus_keep_hours=8760
    ) as house:
        shop = await shop_in(context_of(house))
        await shop.receive(shop.sku, 3)
        async with relaying(house):
            taken = await rabbitmq_server.taken_from("told.inventory", **{stream_of(shop): 1})
    received = taken[-1]
    assert received.exchange == "told"
    assert received.routing_key == f"told.inventory.stock.{shop.sku}.{shop.location}"
    headers = {name: str(each) for name, each in received.headers.items()}
    told = RabbitMQMessage(headers, received.content_type, received.body)
    event = from_binary(told, JSONFormat())
    assert event.get_id() == received.message_id
    assert event.get_type() == "rackhouse.StockReceived"
    assert event.get_subject() == stream_of(shop)
    assert event.get_data() == json.loads(received.body)
    position = position_in(cursor=event.get_data()["cursor"], log="inventory")
    assert headers["ce-position"] == str(position)


async def test_a_queue_that_was_deleted_is_made_anew_before_anything_goes_nowhere(
    house_with: HouseWith, rabbitmq_server: RabbitMq
) -> None:
    async with house_with(bus_url=rabbitmq_server.url, bus_name="anew") as house:
        shop = await shop_in(context_of(house))
        await shop.receive(shop.sku, 1)
        async with relaying(house):
            await rabbitmq_server.taken_from("anew.inventory", **{stream_of(shop): 1})
            before = figure("tried_again")
            async with rabbitmq_server.channel() as channel:
                await channel.queue_delete("anew.inventory")
            await shop.receive(shop.sku, 1)
            await shop.receive(shop.sku, 1)
            async with asyncio.timeout(60):
                while figure("tried_again") == before:
                    await asyncio.sleep(0.01)
            taken = await rabbitmq_server.taken_until("anew.inventory", stream_of(shop), 3)
    assert sequences(each.body for each in taken)[stream_of(shop)] == [1, 2, 3]


async def test_only_what_is_larger_than_the_server_takes_becomes_a_dead_letter(
    house_with: HouseWith, rabbitmq_server: RabbitMq
) -> None:
    small = [parcel_of(f"small-{number}", b"{}") for number in range(20)]
    large = parcel_of("large", b"x" * (MESSAGE_SIZE_LIMIT + 1))
    async with house_with(bus_url=rabbitmq_server.url, bus_name="large") as house:
        relay = house.the(Relay)
        with pytest.raises(Rejected) as refused:
            await relay.relay([*small[:10], large, *small[10:]])
        assert refused.value.taken == 10
        assert await relay.relay(small[10:]) == 10


async def test_feeds_hear_from_rabbitmq_and_go_on_when_it_is_back(
    house_with: HouseWith, rabbitmq_server: RabbitMq
) -> None:
    async with (
        house_with(bus_url=rabbitmq_server.url, bus_name="heard") as relay,
        house_with(bus_url=rabbitmq_server.url, bus_name="heard", feed_from="bus") as house,
        relaying(relay),
        hearing(house) as (tail, ear),
    ):
        shop = await shop_in(context_of(relay))
        before = heard_from("bus")
        happened = await until_trusted(tail, shop)
        await shop.receive(shop.sku, 50)
        await ear.until(stream=stream_of(shop), version=happened + 1)
        assert heard_from("bus") > before
        rabbitmq_server.kill()
        happened += 1 + await until_trusted(tail, shop, trusted=False)
        await ear.until(stream=stream_of(shop), version=happened)
        await rabbitmq_server.start()
        happened += await until_trusted(tail, shop)
        await ear.until(stream=stream_of(shop), version=happened)
    assert numbers(ear.heard, shop, shop.sku) == list(range(1, happened + 1))


def test_a_subject_that_is_too_long_for_a_routing_key_keeps_its_beginning_and_stays_its_own() -> (
    None
):
    subject = "rackhouse.inventory.stock." + "%2E" * 100
    shortened = routing_key(subject + ".main")
    assert len(shortened) == 255
    assert shortened.startswith("rackhouse.inventory.stock.%2E")
    assert shortened != routing_key(subject + ".outlet")
    assert routing_key("rackhouse.snapshot") == "rackhouse.snapshot"
