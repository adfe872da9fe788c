"""What the relay says to a Kafka, whose protocol an emulator speaks: that a Kafka keeps it is not
shown here."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from drops import HouseWith, buy_in_two, parcel_of, relaying, sequences, stream_of, streams_of
from faststream.security import SASLPlaintext, SASLScram512
from kafka_servers import KafkaEmulator, kafka_emulator
from listening import heard_from, hearing, numbers, until_trusted

from houses import context_of, shop_in
from rackhouse.broker.bus import BusUnusable
from rackhouse.broker.over_kafka import security_of
from rackhouse.broker.relaying import Relay
from rackhouse.outlets import Rejected

BUYS = 20
SKUS = 4


@pytest.fixture
async def emulator(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaEmulator]:
    """An emulator."""
    async with kafka_emulator(tmp_path_factory.mktemp("kafka")) as emulator:
        yield emulator


async def test_a_drop_goes_on_over_another_connection_and_keeps_the_order_of_each_stream(
    house_with: HouseWith, emulator: KafkaEmulator
) -> None:
    async with house_with(bus_url=emulator.url, bus_name="drop") as house:
        shop = await shop_in(context_of(house), skus=SKUS)
        for sku in shop.skus:
            await shop.receive(sku, BUYS)
        rest = asyncio.Event()
        async with relaying(house):
            buying = [asyncio.create_task(buy_in_two(shop, sku, BUYS, rest)) for sku in shop.skus]
            await emulator.kept_in("drop.inventory", **dict.fromkeys(streams_of(shop), 5))
            emulator.stop()
            rest.set()
            await asyncio.gather(*buying)
            await emulator.start()
            counts = dict.fromkeys(streams_of(shop), BUYS + 1)
            kept = await emulator.kept_in("drop.inventory", **counts)
    once = {dict(each.headers)["ce_id"]: each for each in reversed(kept)}
    told = sequences(each.value or b"" for each in reversed(once.values()))
    assert {each: told[each] for each in streams_of(shop)} == {
        stream: list(range(1, BUYS + 2)) for stream in streams_of(shop)
    }
    partitions = {(each.key, each.partition) for each in kept}
    assert len(partitions) == len({each.key for each in kept})


async def test_each_record_is_a_cloud_event_whose_key_is_the_stream(
    house_with: HouseWith, emulator: KafkaEmulator
) -> None:
    async with house_with(bus_url=emulator.url, bus_name="told") as house:
        shop = await shop_in(context_of(house))
        await shop.receive(shop.sku, 3)
        async with relaying(house):
            kept = await emulator.kept_in("told.inventory", **{stream_of(shop): 1})
    record = kept[-1]
    assert record.key == stream_of(shop).encode()
    told = KafkaMessage(dict(record.headers), record.key, record.value or b"")
    event = from_binary(told, JSONFormat())
    assert event.get_type() == "rackhouse.StockReceived"
    assert event.get_subject() == stream_of(shop)
    assert event.get_source() == f"{house.settings.issuer}/inventory"
    assert event.get_data() == json.loads(record.value or b"")


async def test_feeds_hear_from_kafka(house_with: HouseWith, emulator: KafkaEmulator) -> None:
    async with (
        house_with(bus_url=emulator.url, bus_name="heard") as relay,
        house_with(bus_url=emulator.url, bus_name="heard", feed_from="bus") as house,
        relaying(relay),
        hearing(house) as (tail, ear),
    ):
        shop = await shop_in(context_of(relay))
        before = heard_from("bus")
        happened = await until_trusted(tail, shop)
        await shop.receive(shop.sku, 50)
        await ear.until(stream=stream_of(shop), version=happened + 1)
        assert heard_from("bus") > before
    assert numbers(ear.heard, shop, shop.sku) == list(range(1, happened + 2))


async def test_what_is_larger_than_a_kafka_takes_becomes_a_dead_letter(
    house_with: HouseWith, emulator: KafkaEmulator
) -> None:
    async with house_with(bus_url=emulator.url, bus_name="large") as house:
        with pytest.raises(Rejected) as refused:
            await house.the(Relay).relay(
                [parcel_of("small", b"{}"), parcel_of("large", b"x" * 2_000_000)]
            )
    assert refused.value.taken == 1


def test_a_user_signs_in_as_the_url_says_and_over_tls_where_it_says_so() -> None:
    plain = security_of("kafkas://reader:p%40ss@one:9093,two:9093?sasl=PLAIN")
    assert isinstance(plain, SASLPlaintext)
    assert (plain.username, plain.password, plain.use_ssl) == ("reader", "p@ss", True)
    scrambled = security_of("kafka://reader:secret@one:9092")
    assert isinstance(scrambled, SASLScram512)
    assert not scrambled.use_ssl
    with pytest.raises(BusUnusable, match="SCRAM-SHA-256"):
        security_of("kafka://reader:secret@one:9092?sasl=GSSAPI")
