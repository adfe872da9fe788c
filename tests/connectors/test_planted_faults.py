"""Adapters and rules with a planted fault each: what holds for the real ones must not hold for
these, or it would show nothing."""

import uuid
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
import pytest
from connected import Connected, connected

from rackhouse.connectors import (
    Adapter,
    Adapters,
    Delivery,
    Received,
    Setup,
    Wanted,
    Written,
    rules,
)
from rackhouse.connectors.rules import Known
from rackhouse.platform.house import House


@pytest.fixture
def plant(house: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replaces parts of an adapter."""

    def planted(**parts: Any) -> None:
        real: Adapter = house.the(Adapters).named("marketplace")
        faulty = msgspec.structs.replace(real, **parts)
        monkeypatch.setattr(Adapters, "named", lambda self, name: faulty)

    return planted


async def sold_out_in_between(both: Connected) -> tuple[int, int]:
    """Goods come in just as the channel sells its last pieces, and somebody buys all that it shows
    afterwards: how many pieces it sold, and how many there were."""
    theirs, sku = both.simulator.shop, both.shop.sku
    theirs.before_write = lambda: theirs.sell((sku, 5))
    await both.shop.receive(sku, 3)
    with_faults = both.simulator.deliveries.address
    both.simulator.deliveries.address = None
    await both.tend_figures_once()
    both.simulator.deliveries.address = with_faults
    if theirs.figure(sku):
        theirs.sell((sku, theirs.figure(sku)))
    sold = sum(line.quantity for each in theirs.orders.values() for line in each.lines)
    return sold, 8


@pytest.mark.parametrize("adapter", ["marketplace", "shopify", "square", "woocommerce"])
async def test_a_channel_that_sells_in_between_is_not_overwritten(
    house: House, api: httpx.AsyncClient, adapter: str
) -> None:
    async with connected(house, api, adapter, units=5, skus=1) as both:
        sold, there_were = await sold_out_in_between(both)
        assert sold <= there_were


async def test_an_adapter_that_does_not_compare_oversells(
    house: House, api: httpx.AsyncClient, plant: Any
) -> None:
    from rackhouse.connectors.marketplace import write

    async def careless(remote: Any, wanted: Sequence[Wanted]) -> Sequence[Written]:
        shop = both.simulator.shop
        for each in wanted:
            shop.set_figure(each.item, each.place, each.quantity)
        return [Written(item=each.item, place=each.place, status="taken") for each in wanted]

    assert write is not careless
    async with connected(house, api, "marketplace", units=5, skus=1) as both:
        plant(write=careless)
        sold, there_were = await sold_out_in_between(both)
        assert sold > there_were
        await both.settle()
        assert await both.uncovered()


async def test_an_inbox_without_the_channel_s_ids_keeps_repetitions(
    house: House, api: httpx.AsyncClient, plant: Any
) -> None:
    from rackhouse.connectors.marketplace import receive

    def forgetful(setup: Setup, delivery: Delivery) -> Received:
        received = receive(setup, delivery)
        return msgspec.structs.replace(received, message_id=str(uuid.uuid4()))

    async with connected(house, api, "marketplace") as both:
        plant(receive=forgetful)
        assert await repetitions_kept(both) == 2
        # Even so, each sale is one order: what is told is how it stands.
        await both.settle()
        assert len(await both.orders()) == 1


async def test_a_delivery_is_kept_once(house: House, api: httpx.AsyncClient) -> None:
    async with connected(house, api, "marketplace") as both:
        assert await repetitions_kept(both) == 1


async def repetitions_kept(both: Connected) -> int:
    """How many times the same delivery of one sale is kept."""
    from rackhouse.connectors.receiving import read_inbox
    from rackhouse.connectors.working import working

    waiting = both.simulator.deliveries._waiting
    both.simulator.shop.sell((both.shop.sku, 1))
    orders = [each for each in waiting if each.headers["x-topic"] == "order"]
    waiting.clear()
    waiting.extend([*orders, *orders])
    await both.deliver()
    async with working(both.context, both.connection) as work:
        return await read_inbox(work)


async def test_taking_the_newest_message_for_the_newest_state_loses_a_cancellation(
    house: House, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def newest_message(_: Known, other: Known) -> Known:
        return other

    for lose, status in ((False, None), (True, "confirmed")):
        async with connected(house, api, "marketplace") as both:
            if lose:
                monkeypatch.setattr(rules, "joined", newest_message)
            theirs = both.simulator.shop
            sale = theirs.sell((both.shop.sku, 1))
            theirs.cancel(sale.id)
            waiting = both.simulator.deliveries._waiting
            waiting.reverse()
            await both.deliver()
            await both.tend()
            statuses = [order.status for order in await both.orders()]
            assert statuses == ([] if status is None else [status])
