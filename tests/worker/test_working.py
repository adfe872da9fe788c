"""The whole worker on a house in which something is to be done."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from houses import Shop
from rackhouse.inventory import place_hold
from rackhouse.inventory.rules import Line
from rackhouse.platform.house import House
from rackhouse.worker import work

WAIT_SECONDS = 60


@pytest.fixture
async def shop(open_shop: Callable[..., Awaitable[Shop]]) -> Shop:
    """A shop with one bottle."""
    return await open_shop(units=1)


async def test_a_hold_that_has_ended_is_tidied_up(house: House, shop: Shop) -> None:
    await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(shop.sku, 1)], ttl_seconds=0.1
    )
    working = asyncio.create_task(work(house))
    async with asyncio.timeout(WAIT_SECONDS):
        while (await shop.levels())[shop.location] != (1, 0, 0):
            await asyncio.sleep(0.05)
    working.cancel()
    await asyncio.wait([working])
