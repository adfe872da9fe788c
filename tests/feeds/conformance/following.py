"""What tests do with a client that follows."""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable

from shops import Mirror, Shop
from stream_clients import Message, StreamClient

from rackhouse.inventory import Line
from rackhouse.orders import place_order
from rackhouse.platform.context import Context

__all__ = [
    "ROUNDS",
    "SEED",
    "Follow",
    "buy",
    "changes_until",
    "go_on",
    "mirrored",
    "take_until_closed",
    "until",
    "until_live",
    "up_to_date",
]

ROUNDS = int(os.environ.get("RACKHOUSE_CONFORMANCE_ROUNDS", "1"))
"""How often what goes by chance is played; more than one takes long."""

SEED = int(os.environ.get("RACKHOUSE_CONFORMANCE_SEED", "0"))
"""With which chance the first round is played."""

Follow = Callable[..., Awaitable[StreamClient]]


async def until_live(client: StreamClient) -> list[Message]:
    """The messages up to the one that says that the client has caught up."""
    messages = [await client.next()]
    while messages[-1]["type"] != "live":
        messages.append(await client.next())
    return messages


async def until(client: StreamClient, event_type: str) -> Message:
    """The next message of a type."""
    while True:
        message = await client.next()
        if message["type"] == event_type:
            return message


async def mirrored(client: StreamClient, mirror: Mirror) -> Mirror:
    """A mirror that has taken everything up to now."""
    for message in await until_live(client):
        mirror.take(message)
    return mirror


async def up_to_date(client: StreamClient, mirror: Mirror, shop: Shop) -> None:
    """Take what comes until the mirror shows what a fresh snapshot would."""
    figures = await shop.figures()
    while mirror.figures != figures:
        mirror.take(await client.next())


async def changes_until(client: StreamClient, cursor: str) -> list[tuple[str, int]]:
    """The stream and sequence of each change that comes until the client is at a cursor."""
    came: list[tuple[str, int]] = []
    while True:
        message = await client.next()
        if "sequence" in message:
            came.append((message["stream"], message["sequence"]))
        if message.get("cursor") == cursor:
            return came


async def take_until_closed(client: StreamClient, mirror: Mirror) -> Message:
    """Take what comes up to the last message, and answer that."""
    while (message := await client.next())["type"] != "closed":
        mirror.take(message)
    return message


async def go_on(shop: Shop, chance: random.Random, times: int) -> None:
    """Let so many things happen."""
    for _ in range(times):
        await shop.do_something(chance)
        await asyncio.sleep(0)


async def buy(context: Context, shop: Shop, at: int, customer_id: str | None = None) -> str:
    """Place an order with a channel of a shop and answer its stream."""
    order = await place_order(
        context=context,
        channel=shop.channels[at],
        lines=[Line(shop.skus[0], 1)],
        hold_id=None,
        customer_id=customer_id,
        external_id=None,
        ttl_seconds=None,
        complete="reserve",
    )
    return f"order:{order.id}"
