"""The generic marketplace against its simulator: all goes wrong that may, and both sides agree."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from connected import Connected, connected

from rackhouse.platform.house import House
from rackhouse.simulators import Faults, MarketplaceSimulator

BAD_LINE = Faults(duplicates=0.1, reorderings=0.1, failures=0.05, throttled=0.02)
SECRETS = {"token": "market-token-1", "signing_key": "market-key-1"}


@contextlib.asynccontextmanager
async def market(
    house: House, api: httpx.AsyncClient, faults: Faults = Faults(), **given: Any
) -> AsyncIterator[Connected]:
    simulator = MarketplaceSimulator(
        token=SECRETS["token"], signing_key=SECRETS["signing_key"], faults=faults
    )
    async with connected(
        house,
        api,
        simulator,
        adapter="marketplace",
        settings=lambda url: {"url": url},
        secrets=SECRETS,
        **given,
    ) as both:
        yield both


async def assert_both_agree(both: Connected) -> None:
    """Each sale of theirs is an order of ours, once, and the figures are the same."""
    theirs = both.simulator.shop
    orders = [each for each in await both.orders() if not str(each.external_id).startswith("here")]
    by_number = {each.external_id: each for each in orders}
    assert len(by_number) == len(orders)
    uncovered = {each.external_id for each in await both.uncovered()}
    for number, sale in theirs.orders.items():
        order = by_number.get(number)
        if order is None:
            off = sale.cancelled_at is not None
            refunded = sum(each.quantity for each in sale.refunds)
            assert off or number in uncovered or refunded == sum(x.quantity for x in sale.lines)
        elif sale.cancelled_at is not None:
            assert order.status in ("cancelled", "returned")
    for sku in both.shop.skus:
        assert theirs.figure(sku) == await both.available(sku)
        levels = await both.shop.levels(sku)
        assert all(held + sold <= on_hand for on_hand, held, sold in levels.values())


async def test_a_sale_becomes_an_order_with_the_channel_s_number(
    house: House, api: httpx.AsyncClient
) -> None:
    async with market(house, api) as both:
        sale = both.simulator.shop.sell((both.shop.sku, 2))
        assert await both.deliver() > 0
        await both.tend()
        (order,) = await both.orders()
        assert (order.external_id, order.status) == (sale.id, "confirmed")
        assert await both.available(both.shop.sku) == 18


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_both_sides_agree_after_a_stretch_of_life_on_a_bad_line(
    house: House, api: httpx.AsyncClient, seed: int
) -> None:
    faults = Faults(duplicates=0.1, reorderings=0.1, failures=0.05, throttled=0.02, seed=seed)
    async with market(house, api, faults) as both:
        await both.live(seed, 120)
        await both.settle()
        await assert_both_agree(both)
