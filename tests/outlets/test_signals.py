"""Signals: an outlet that asks for them is told what a stream is told besides changes."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from memory_targets import WAIT_SECONDS, Target, dispatching, house_with

from houses import Shop, context_of
from rackhouse.feeds import Hub
from rackhouse.outlets import (
    Gone,
    NotTaken,
    Outlet,
    Place,
    Rejected,
    move_outlet,
    open_outlet,
    outlet_status,
)
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
async def shop(open_shop: Callable[..., Awaitable[Shop]]) -> Shop:
    """A shop with a piece of its SKU."""
    return await open_shop(units=1)


@pytest.fixture
async def beating(house: House, settings: Settings, target: Target) -> AsyncIterator[House]:
    """A house with short heartbeats."""
    async with house_with(settings, target, stream_heartbeat_seconds=0.05) as beating:
        yield beating


async def opened(house: House, target: Target, shop: Shop, *, signals: bool) -> Outlet:
    """An outlet that begins with the stock of a shop."""
    return await open_outlet(
        context=context_of(house),
        outlet_id=str(uuid.uuid4()),
        kind=target.kind.name,
        name="an outlet",
        channel=None,
        filter_values={"sku": [shop.sku]},
        hears_orders=True,
        conflate_after=None,
        signals=signals,
        place=Place(snapshot=True),
    )


async def beats(house: House, shop: Shop, count: int) -> None:
    """Wait until so many heartbeats have come to the line of the shop's outlet."""
    following = {each.audience.selection.skus: each for each in house.the(Hub).listeners}
    listener = following[frozenset({shop.sku})]
    for _ in range(count):
        at = listener.sent_at
        async with asyncio.timeout(WAIT_SECONDS):
            while listener.sent_at == at:
                await asyncio.sleep(0.01)


def types(target: Target) -> list[str]:
    return [each.type for each in target.got]


async def until_got(target: Target, wanted: str) -> None:
    """Wait until a message of a type has come."""
    async with asyncio.timeout(WAIT_SECONDS):
        while wanted not in types(target):
            await target.until(len(target.got) + 1)


async def test_it_is_told_that_it_has_caught_up_and_then_that_nothing_happens(
    beating: House, target: Target, shop: Shop
) -> None:
    await opened(beating, target, shop, signals=True)
    async with dispatching(beating):
        await until_got(target, "heartbeat")
        await shop.receive(shop.sku, 1)
        await until_got(target, "StockReceived")
    assert types(target)[:3] == ["snapshot", "live", "heartbeat"]
    for each in target.got[1:]:
        assert each.members()["cursor"] == each.cursor
        assert each.members()["type"] == each.type
    assert len({each.id for each in target.got}) == len(target.got)


async def test_one_that_did_not_ask_is_told_changes_alone(
    beating: House, target: Target, shop: Shop
) -> None:
    outlet = await opened(beating, target, shop, signals=False)
    async with dispatching(beating):
        await target.until(1)
        before = (await outlet_status(context=context_of(beating), outlet_id=outlet.id)).sent
        async with asyncio.timeout(WAIT_SECONDS):
            while (
                await outlet_status(context=context_of(beating), outlet_id=outlet.id)
            ).sent == before:
                await asyncio.sleep(0.01)
        await shop.receive(shop.sku, 1)
        await target.until(2)
    assert types(target) == ["snapshot", "StockReceived"]


async def test_that_it_has_caught_up_is_told_again_when_it_was_moved_but_not_after_a_failure(
    beating: House, target: Target, shop: Shop
) -> None:
    outlet = await opened(beating, target, shop, signals=True)
    async with dispatching(beating):
        await until_got(target, "heartbeat")
        target.troubles += [NotTaken("not now") for _ in range(3)]
        await shop.receive(shop.sku, 1)
        await until_got(target, "StockReceived")
        assert types(target).count("live") == 1
        await move_outlet(
            context=context_of(beating), outlet_id=outlet.id, place=Place(snapshot=True)
        )
        async with asyncio.timeout(WAIT_SECONDS):
            while types(target).count("live") < 2:
                await target.until(len(target.got) + 1)


async def test_heartbeats_are_neither_counted_nor_dead_letters_nor_do_they_pile_up(
    beating: House, target: Target, shop: Shop
) -> None:
    outlet = await opened(beating, target, shop, signals=True)
    async with dispatching(beating):
        await until_got(target, "heartbeat")
        target.open.clear()
        target.entered.clear()
        await target.entered.wait()
        await beats(beating, shop, 6)
        stuck = await outlet_status(context=context_of(beating), outlet_id=outlet.id)
        target.troubles.append(Rejected("no heartbeats, please"))
        attempts = len(target.attempts)
        target.open.set()
        await shop.receive(shop.sku, 1)
        await until_got(target, "StockReceived")
        async with asyncio.timeout(WAIT_SECONDS):
            while (
                status := await outlet_status(context=context_of(beating), outlet_id=outlet.id)
            ).budget.acknowledged < 2:
                await asyncio.sleep(0.01)
    assert stuck.lag.events == 0
    assert sum(len(each) for each in target.attempts[attempts : attempts + 2]) <= 3
    assert (status.budget.acknowledged, status.dead_letters) == (2, 0)


async def test_a_target_that_is_gone_is_noticed_though_nothing_happens(
    beating: House, target: Target, shop: Shop
) -> None:
    outlet = await opened(beating, target, shop, signals=True)
    async with dispatching(beating):
        await until_got(target, "heartbeat")
        target.troubles.append(Gone("moved away"))
        async with asyncio.timeout(WAIT_SECONDS):
            while (
                await outlet_status(context=context_of(beating), outlet_id=outlet.id)
            ).state != "disabled":
                await asyncio.sleep(0.01)
