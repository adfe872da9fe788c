"""Races: many buyers, few bottles, two processes' worth of queues; and the controls without
guards, which must oversell or the race proves nothing."""

import asyncio

import pytest
from racing import BOTTLES, BUYERS, PROCESSES, take_the_lock_out

from houses import Shop, shop_in
from rackhouse.inventory import Line, NotEnoughStock, place_hold
from rackhouse.platform.context import Context


async def race(shop: Shop, contexts: list[Context]) -> int:
    """How many of the buyers get a bottle."""

    async def buy(context: Context) -> bool:
        await start.wait()
        try:
            await place_hold(
                context=context,
                channel=shop.channel,
                lines=[Line(shop.sku, 1)],
                ttl_seconds=600,
            )
        except NotEnoughStock:
            return False
        return True

    start = asyncio.Event()
    buyers = [
        asyncio.create_task(buy(contexts[number % len(contexts)])) for number in range(BUYERS)
    ]
    await asyncio.sleep(0)
    start.set()
    return sum(await asyncio.gather(*buyers))


async def test_as_many_buyers_as_bottles_get_one(open_shop, processes: list[Context]) -> None:
    shop = await open_shop(units=BOTTLES)
    assert await race(shop, processes) == BOTTLES
    assert await shop.levels() == {shop.location: (BOTTLES, BOTTLES, 0)}


async def test_lines_in_any_order_never_deadlock(open_shop, processes: list[Context]) -> None:
    shop = await open_shop(skus=4)
    for sku in shop.skus:
        await shop.receive(sku, BUYERS)

    async def buy(number: int) -> None:
        turn = number % len(shop.skus)
        skus = [*shop.skus[turn:], *shop.skus[:turn]]
        await place_hold(
            context=processes[number % PROCESSES],
            channel=shop.channel,
            lines=[Line(sku, 1) for sku in (skus if number % 2 else reversed(skus))],
            ttl_seconds=600,
        )

    await asyncio.gather(*(buy(number) for number in range(BUYERS)))
    for sku in shop.skus:
        assert await shop.levels(sku) == {shop.location: (BUYERS, BUYERS, 0)}


async def test_the_control_without_lock_and_constraints_oversells(
    unguarded: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await shop_in(unguarded[0], units=BOTTLES)
    take_the_lock_out(monkeypatch)
    assert await race(shop, unguarded) == PROCESSES * BOTTLES


async def test_the_constraint_alone_stops_what_the_lock_should_have(
    unguarded: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await shop_in(unguarded[0], units=BOTTLES)
    async with unguarded[0].house.database("inventory").transaction() as tx:
        await tx.run(
            "alter table inventory.event add constraint one_event_a_version "
            "unique (stream, version)"
        )
    take_the_lock_out(monkeypatch)
    assert await race(shop, unguarded) == BOTTLES
