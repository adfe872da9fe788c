"""Each adapter against its simulator: all goes wrong that may, and in the end both sides agree."""

import httpx
import pytest
from connected import assert_both_agree, connected, simulated

from rackhouse.platform.house import House
from rackhouse.simulators import Faults

ADAPTERS = ["marketplace", "shopify", "square", "woocommerce"]
STEPS = 80


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_a_sale_becomes_an_order_with_the_channel_s_number(
    house: House, api: httpx.AsyncClient, adapter: str
) -> None:
    async with connected(house, api, adapter) as both:
        sale = both.simulator.shop.sell((both.shop.sku, 2))
        assert await both.deliver() > 0
        await both.tend()
        (order,) = await both.orders()
        status = "delivered" if both.simulator.shop.hands_over else "confirmed"
        assert (order.external_id, order.status) == (sale.id, status)
        assert await both.available(both.shop.sku) == 18


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_a_sale_that_was_never_delivered_is_found_by_asking(
    house: House, api: httpx.AsyncClient, adapter: str
) -> None:
    async with connected(house, api, adapter) as both:
        both.simulator.deliveries.address = None
        sale = both.simulator.shop.sell((both.shop.sku, 2))
        await both.settle()
        assert [each.external_id for each in await both.orders()] == [sale.id]


@pytest.mark.parametrize("adapter", ["marketplace", "shopify", "woocommerce"])
async def test_what_is_cancelled_refunded_and_shipped_there_is_so_here(
    house: House, api: httpx.AsyncClient, adapter: str
) -> None:
    async with connected(house, api, adapter) as both:
        theirs, sku = both.simulator.shop, both.shop.sku
        called_off, refunded, shipped = (theirs.sell((sku, 3)) for _ in range(3))
        await both.settle()
        theirs.cancel(called_off.id)
        theirs.refund(refunded.id, sku, 1)
        theirs.ship(refunded.id)
        theirs.ship(shipped.id)
        theirs.refund(shipped.id, sku, 2)
        await both.settle()
        orders = {each.external_id: each for each in await both.orders()}
        assert orders[called_off.id].status == "cancelled"
        (line,) = orders[refunded.id].lines
        assert (line.quantity, line.shipped, line.returned) == (3, 3, 1)
        (line,) = orders[shipped.id].lines
        assert (line.quantity, line.shipped, line.returned) == (3, 3, 2)
        # 20 came, 2 of the one and 1 of the other are with their buyers.
        assert (await both.shop.levels())[both.shop.location] == (17, 0, 0)
        assert theirs.figure(sku) == 17


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_both_sides_agree_after_a_stretch_of_life_on_a_bad_line(
    house: House, api: httpx.AsyncClient, adapter: str, seed: int
) -> None:
    faults = Faults(duplicates=0.1, reorderings=0.1, failures=0.05, throttled=0.01, seed=seed)
    async with connected(house, api, adapter, simulated(adapter, faults)) as both:
        await both.live(seed, STEPS)
        await both.settle()
        await assert_both_agree(both)
