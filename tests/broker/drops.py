"""A drop, and what was told of it."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable

import msgspec
from prometheus_client import REGISTRY as FIGURES

from houses import Shop
from rackhouse.broker.parcels import Parcel
from rackhouse.inventory import Line, place_hold
from rackhouse.outlets.dispatching import keep_dispatching
from rackhouse.platform.house import House
from rackhouse.platform.tasks import ended

__all__ = [
    "HouseWith",
    "buy",
    "buy_in_two",
    "figure",
    "relaying",
    "sequences",
    "stream_of",
    "streams_of",
]

HouseWith = Callable[..., contextlib.AbstractAsyncContextManager[House]]


@contextlib.asynccontextmanager
async def relaying(house: House) -> AsyncIterator[None]:
    """A worker that relays."""
    task = asyncio.create_task(keep_dispatching(house))
    try:
        yield
    finally:
        await ended(task)


async def buy(shop: Shop, sku: str, count: int) -> None:
    """Holds, one after the other."""
    for _ in range(count):
        await place_hold(
            context=shop.context, channel=shop.channel, lines=[Line(sku, 1)], ttl_seconds=600
        )


async def buy_in_two(shop: Shop, sku: str, count: int, rest: asyncio.Event) -> None:
    """Holds, the second half of which come once an event is set."""
    await buy(shop, sku, count // 2)
    await rest.wait()
    await buy(shop, sku, count - count // 2)


def stream_of(shop: Shop) -> str:
    """The stream of a shop's first SKU."""
    return f"{shop.sku}@{shop.location}"


def streams_of(shop: Shop) -> set[str]:
    """The streams of a shop's stock."""
    return {f"{sku}@{shop.location}" for sku in shop.skus}


def figure(outcome: str) -> float:
    """How many messages were handed to brokers by this process, with an outcome."""
    name = "rackhouse_bus_messages_total"
    return FIGURES.get_sample_value(name, {"outcome": outcome}) or 0.0


def sequences(bodies: Iterable[bytes]) -> dict[str, list[int]]:
    """The numbers of the events of each stream, as they came."""
    found: dict[str, list[int]] = defaultdict(list)
    for each in map(json.loads, bodies):
        found[each["stream"]].append(each["sequence"])
    return found


def parcel_of(name: str, body: bytes) -> Parcel:
    """A parcel on a stream of its own."""
    told = msgspec.json.encode({"stream": name, "sequence": 1})
    return Parcel(
        id=name,
        place="inventory",
        subject=f"large.inventory.{name}",
        key=name,
        attributes={
            "subject": name,
            "sequence": "1",
            "datacontenttype": "application/json",
        },
        body=body if len(body) > len(told) else told,
    )
