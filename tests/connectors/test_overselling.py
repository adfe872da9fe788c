"""What a channel sold and there is no stock for: recorded, seen by a person, settled later."""

import dataclasses

import httpx
from connected import connected

from rackhouse.catalog import skus_of_many
from rackhouse.connectors import learn_again, mapping_page
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


async def test_more_refunded_than_was_sold_is_given_back_as_far_as_it_was_and_told(
    house: House, api: httpx.AsyncClient
) -> None:
    async with connected(house, api, "marketplace", skus=1) as both:
        theirs, sku = both.simulator.shop, both.shop.sku
        sale = theirs.sell((sku, 2))
        theirs.ship(sale.id)
        await both.deliver()
        await both.tend()
        for _ in range(3):
            theirs.refund(sale.id, sku, 1)
        for _ in range(2):
            await both.deliver()
            await both.tend()
            (trouble,) = await both.troubles()
            assert (trouble.kind, trouble.id, trouble.next_try_at) == ("sale", sale.id, None)
            assert "refunded 3 pieces of the line" in trouble.problem
            assert "of which 2 were sold" in trouble.problem
            (order,) = await both.orders()
            assert order.lines[0].returned == 2
            assert (await both.shop.levels())[both.shop.location] == (20, 0, 0)


async def test_a_listing_that_the_channel_has_changed_stays_ours_here_and_theirs_there(
    house: House, api: httpx.AsyncClient
) -> None:
    """Another name and another SKU over there: the product here is as it was, and what it calls
    so is mapped as it was."""
    async with connected(house, api, "marketplace", skus=2) as both:
        theirs, (sku, other) = both.simulator.shop, both.shop.skus
        item = theirs.item_of(sku)
        theirs.items[item.id] = dataclasses.replace(item, sku=other, name="Cheap Gin")
        await learn_again(context=both.context, connection_id=both.connection.id)
        await both.settle()
        found = await mapping_page(
            context=both.context,
            connection_id=both.connection.id,
            kind="sku",
            mapped=True,
            after=("", ""),
            limit=10,
        )
        (mapping,) = [each for each in found if each.remote_id == item.stock_id]
        assert (mapping.own, mapping.told_sku, mapping.name) == (sku, other, "Cheap Gin")
        products = await skus_of_many(house=house, ids=[sku])
        assert sku in products[sku].skus
        assert theirs.stock[item.stock_id, "main"] == await both.available(sku)
        assert theirs.items[item.id].name == "Cheap Gin"
