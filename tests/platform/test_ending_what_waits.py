"""What waits to be woken ends when it is told to, even if it is woken at the same moment."""

import asyncio

from rackhouse.modules import MODULES
from rackhouse.outlets.dispatching import Dispatcher
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings
from rackhouse.platform.tail import Tails

WAIT_SECONDS = 30


async def until_awaited(event: asyncio.Event) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not event._waiters:
            await asyncio.sleep(0)


async def test_a_tail_that_is_woken_while_it_is_closed_ends(
    house: House, settings: Settings
) -> None:
    async with House(settings, MODULES) as own:
        tail = own.the(Tails).of("catalog")
        await tail.listen(lambda events: None)
        await until_awaited(tail._wake)
        tail._wake.set()
        closing = asyncio.create_task(tail.close())
        ended, _ = await asyncio.wait([closing], timeout=WAIT_SECONDS)
        assert closing in ended


async def test_a_dispatcher_that_is_woken_while_it_is_cancelled_ends(
    house: House, settings: Settings
) -> None:
    woken = asyncio.Event()
    async with House(settings, ()) as own:
        running = asyncio.create_task(Dispatcher(own).run(woken))
        await until_awaited(woken)
        woken.set()
        running.cancel()
        await asyncio.wait([running], timeout=WAIT_SECONDS)
    assert running.cancelled()
