"""The programs of the guide to the broker follow what is relayed, as they stand there."""

import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from drops import HouseWith, relaying, stream_of
from kafka_servers import kafka_emulator
from nats_servers import WAIT_SECONDS, attempts, nats_cluster
from rabbitmq_servers import RabbitMq

from houses import Shop, context_of, shop_in
from rackhouse.platform.tasks import ended

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "broker.md"

# By broker: what the guide writes instead of the address of a server.
WRITTEN = {
    "nats": "nats://10.1.0.1:4222",
    "rabbitmq": "amqp://shop:secret@10.1.0.1",
    "kafka": "10.1.0.1:9092",
}


@contextlib.asynccontextmanager
async def program_of(broker: str, url: str, location: str) -> AsyncIterator[asyncio.StreamReader]:
    """The program of the guide, which follows a location; gives what it prints."""
    found = re.search(rf"^```python {broker}\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    assert found is not None
    text = found[1].replace(WRITTEN[broker], url.removeprefix("kafka://"))
    assert text != found[1]
    text = text.replace(".stock.*.main", f".stock.*.{location}").replace("@main", f"@{location}")
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-c", text, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    try:
        yield program.stdout
    finally:
        program.kill()
        await program.wait()


async def keep_receiving(shop: Shop) -> None:
    """Something happens, again and again."""
    async for _ in attempts():
        await shop.receive(shop.sku, 1)


async def prints_each_event_once(house_with: HouseWith, broker: str, url: str) -> bool:
    """Whether the program for a broker prints the events of its location, each once, in order."""
    async with house_with(bus_url=url) as house, relaying(house):
        shop = await shop_in(context_of(house))
        await shop.receive(shop.sku, 1)
        receiving = asyncio.create_task(keep_receiving(shop))
        async with program_of(broker, url, shop.location) as printed:
            async with asyncio.timeout(WAIT_SECONDS):
                lines = [(await printed.readline()).decode().split(" ", 2) for _ in range(5)]
        await ended(receiving)
    first = int(lines[0][1])
    told = [(stream, int(sequence)) for stream, sequence, _ in lines]
    return told == [(stream_of(shop), number) for number in range(first, first + 5)]


async def test_the_program_of_the_guide_follows_nats(house_with: HouseWith, tmp_path: Path) -> None:
    async with nats_cluster(tmp_path, 1) as cluster:
        assert await prints_each_event_once(house_with, "nats", cluster.url)


async def test_the_program_of_the_guide_follows_rabbitmq(
    house_with: HouseWith, rabbitmq_server: RabbitMq
) -> None:
    assert await prints_each_event_once(house_with, "rabbitmq", rabbitmq_server.url)


async def test_the_program_of_the_guide_follows_kafka(
    house_with: HouseWith, tmp_path: Path
) -> None:
    async with kafka_emulator(tmp_path) as emulator:
        assert await prints_each_event_once(house_with, "kafka", emulator.url)
