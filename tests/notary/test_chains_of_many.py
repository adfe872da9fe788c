"""Many append to one stream at once; the chain must be one, and nothing may be found."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from tampered_towns import NEWEST, Town, hold

from houses import Shop, context_of
from rackhouse.inventory import Line, StockReceived, open_location
from rackhouse.inventory.log import LOG
from rackhouse.modules import MODULES
from rackhouse.notary import sign_checkpoints
from rackhouse.orders import place_order
from rackhouse.platform.events import NewEvent
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.store import server_time

PROCESSES = 4
HOLDS = 200
OPENINGS = 40


@pytest.fixture
async def counters(town: Town) -> AsyncIterator[list[Shop]]:
    """The same shop as several processes sell from it, each with a queue of its own."""
    houses = [await House(town.house.settings, MODULES).open() for _ in range(PROCESSES)]
    names = (town.shop.channel, town.shop.locations, town.shop.skus)
    yield [Shop(each, context_of(each), *names) for each in houses]
    for each in houses:
        await each.close()


async def test_holds_through_many_processes_are_one_chain(town: Town, counters: list[Shop]) -> None:
    """Meanwhile checkpoints are signed, and the log is verified."""
    await town.shop.receive(town.shop.sku, HOLDS)
    start = asyncio.Barrier(HOLDS + 2)

    async def place(number: int) -> None:
        await start.wait()
        await hold(counters[number % PROCESSES])

    async def sign() -> None:
        await start.wait()
        for _ in range(10):
            await sign_checkpoints(context=counters[0].context, log="inventory")

    async def verify() -> list[object]:
        await start.wait()
        return [finding for _ in range(5) for finding in await town.found()]

    *_, found = await asyncio.gather(*map(place, range(HOLDS)), sign(), verify())
    assert found == []
    verification = await town.verify()
    assert verification.findings == []
    assert town.ask("select count(*), max(version) from inventory.event where stream = %(s)s") == [
        (NEWEST + 1 + HOLDS, NEWEST + 1 + HOLDS)
    ]


async def test_orders_through_many_processes_are_sound_chains(
    town: Town, counters: list[Shop]
) -> None:
    await town.shop.receive(town.shop.sku, HOLDS)

    async def order(number: int) -> None:
        """The same sale is reported to every process at once."""
        await place_order(
            context=counters[number % PROCESSES].context,
            channel=town.shop.channel,
            lines=[Line(town.shop.sku, 1)],
            hold_id=None,
            customer_id=None,
            external_id=f"sale-{number // PROCESSES}",
            ttl_seconds=None,
            complete="hand_over",
        )

    await asyncio.gather(*map(order, range(HOLDS)))
    verification = await town.verify()
    assert verification.findings == []
    (orders,) = [each for each in verification.logs if each.log == "orders"]
    assert orders.streams == HOLDS // PROCESSES
    assert orders.events >= 4 * orders.streams  # placed, confirmed, shipped, delivered


async def test_a_location_that_many_open_at_once_is_one_chain(
    town: Town, counters: list[Shop]
) -> None:
    for name in (f"place-{new_id()}" for _ in range(5)):
        await asyncio.gather(
            *(
                open_location(
                    context=counters[number % PROCESSES].context,
                    location=name,
                    name=f"{name} {number}",
                    kind="shop",
                )
                for number in range(OPENINGS)
            )
        )
        (count,) = town.ask(
            "select count(*) from inventory.event where stream = %(stream)s",
            stream=f"location:{name}",
        )
        assert count == (OPENINGS,)
    assert await town.found() == []


async def test_who_waits_to_open_a_location_has_no_place_in_the_log_yet(town: Town) -> None:
    """A transaction id is that place: with an older one than the other it would stand first."""
    name = f"place-{new_id()}"
    with psycopg.connect(town.url) as other:
        other.execute(
            "select pg_advisory_xact_lock(hashtextextended('location:' || %s, 0))", [name]
        )
        opening = asyncio.create_task(
            open_location(context=town.context, location=name, name="Second", kind="shop")
        )
        for _ in range(1000):
            waiting = town.ask(
                "select backend_xid from pg_stat_activity "
                "where datname = current_database() and wait_event = 'advisory'"
            )
            if waiting:
                break
            await asyncio.sleep(0.01)
    assert waiting == [(None,)]
    assert (await opening).version == 1


async def test_the_control_without_a_lock_and_constraint_forks_the_chain(
    town: Town, counters: list[Shop]
) -> None:
    town.tamper("alter table inventory.event drop constraint one_event_a_version")
    everybody_has_read = asyncio.Barrier(2)

    async def append(shop: Shop, quantity: int) -> None:
        async with shop.house.database("inventory").transaction() as tx:
            async with tx.pipeline():
                heads = await LOG.send_heads(tx, [town.stream])
            known = await LOG.heads_in(heads)
            await everybody_has_read.wait()
            event = NewEvent(town.stream, NEWEST + 1, StockReceived(quantity, None), shop.context)
            await LOG.append(tx, [event], await server_time(tx), known)

    await asyncio.gather(append(counters[0], 1), append(counters[1], 2))
    assert await town.found() == [(town.stream, NEWEST + 1, "added")]
