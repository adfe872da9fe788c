"""Races: many buyers, few bottles, two processes' worth of queues; and the controls without
guards, which must oversell or the race proves nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import pytest

from houses import Shop, context_of, fresh_database, shop_in
from rackhouse.inventory import Line, NotEnoughStock, Stock, place_hold, store
from rackhouse.inventory.rules import Key
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.database import Pending, Transaction
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings

BOTTLES = 20
BUYERS = 400
PROCESSES = 4


@pytest.fixture
async def processes(house: House) -> AsyncIterator[list[Context]]:
    """Contexts of several houses on the same databases, each with queues of its own."""
    houses = [House(house.settings, MODULES) for _ in range(PROCESSES)]
    for each in houses:
        await each.open()
    yield [context_of(each) for each in houses]
    for each in houses:
        await each.close()


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


@pytest.fixture
async def unguarded(server_url: str, settings: Settings) -> AsyncIterator[list[Context]]:
    """Processes on a database of their own without constraints on stock and its events."""
    url = fresh_database(server_url)
    alone = Settings(data=settings.data, database_url=url, rate_limit_per_second=0)
    houses = [House(alone, MODULES) for _ in range(PROCESSES)]
    for each in houses:
        await each.open()
    await migrate(houses[0])
    async with houses[0].database("inventory").transaction() as tx:
        await tx.run("alter table inventory.stock drop constraint never_oversell")
        await tx.run("alter table inventory.event drop constraint one_event_a_version")
    yield [context_of(each) for each in houses]
    for each in houses:
        await each.close()


def take_the_lock_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read stock without locking it, and let every process read before the first one writes."""
    locked_read, write = store.lock_stock, store.write_stock
    everybody_has_read = asyncio.Barrier(PROCESSES)
    have_written: set[Transaction] = set()

    async def nobody_waits(*_: object) -> None: ...

    async def read(tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]) -> Pending:
        class Unlocked(Transaction):
            async def send(self, statement: Any, parameters: Any = None) -> Pending:
                return await tx.send(statement.replace("for no key update of s", ""), parameters)

        return await locked_read(Unlocked(tx._connection), keys, hold_ids)

    async def write_late(tx: Transaction, rows: Sequence[Stock]) -> None:
        if len(have_written) < PROCESSES:
            have_written.add(tx)
            await everybody_has_read.wait()
        await write(tx, rows)

    monkeypatch.setattr(store, "take_turns", nobody_waits)
    monkeypatch.setattr(store, "lock_stock", read)
    monkeypatch.setattr(store, "write_stock", write_late)


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
