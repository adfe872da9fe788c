"""What a channel sold and there is no stock for: recorded, seen by a person, settled later."""

import httpx
from connected import connected

from rackhouse.platform.house import House


async def test_a_sale_beyond_what_is_there_is_an_uncovered_sale(
    house: House, api: httpx.AsyncClient
) -> None:
    async with connected(house, api, "marketplace", units=3, skus=1) as both:
        await both.buy_here(both.shop.sku, 2)
        sale = both.simulator.shop.sell((both.shop.sku, 3))
        await both.settle()
        assert [each.external_id for each in await both.uncovered()] == [sale.id]
        assert await both.orders() != []
        assert both.simulator.shop.figure(both.shop.sku) == 1


async def test_goods_that_come_later_cover_it_when_it_is_told_again(
    house: House, api: httpx.AsyncClient
) -> None:
    async with connected(house, api, "marketplace", units=3, skus=1) as both:
        await both.buy_here(both.shop.sku, 2)
        sale = both.simulator.shop.sell((both.shop.sku, 3))
        await both.settle()
        await both.shop.receive(both.shop.sku, 5)
        both.simulator.shop.ship(sale.id)
        await both.settle()
        assert await both.uncovered() == []
        assert sale.id in [order.external_id for order in await both.orders()]
        assert both.simulator.shop.figure(both.shop.sku) == 3


async def test_a_sale_that_is_called_off_needs_no_stock_any_more(
    house: House, api: httpx.AsyncClient
) -> None:
    async with connected(house, api, "marketplace", units=3, skus=1) as both:
        await both.buy_here(both.shop.sku, 2)
        sale = both.simulator.shop.sell((both.shop.sku, 3))
        await both.settle()
        both.simulator.shop.cancel(sale.id)
        await both.settle()
        assert await both.uncovered() == []


async def test_a_sale_of_something_unmapped_waits_until_it_is_mapped(
    house: House, api: httpx.AsyncClient
) -> None:
    from rackhouse.connectors import GivenMapping, give_mappings

    async with connected(house, api, "marketplace", skus=1) as both:
        item = both.simulator.shop.add_item("NOT-OURS", stock={"main": 4})
        both.simulator.shop.sell(("NOT-OURS", 1))
        await both.deliver()
        await both.tend()
        (trouble,) = await both.troubles()
        assert "not mapped" in trouble.problem
        mapping = GivenMapping(kind="sku", remote_id=item.stock_id, own=both.shop.sku)
        await give_mappings(context=both.context, connection_id=both.connection.id, given=[mapping])
        await both.tend()
        assert await both.troubles() == []
        (order,) = await both.orders()
        assert order.lines[0].sku == both.shop.sku
