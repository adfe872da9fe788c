"""Products that are sold out: told from the events of stock, as right as the figures."""

from collections.abc import Sequence

import msgspec
import pytest

from bundles import bundle_of
from houses import Shop, context_of, fresh_database, shop_in
from rackhouse.catalog import patch_product, product_of
from rackhouse.catalog.log import LOG as CATALOG_LOG
from rackhouse.inventory import Line, place_hold, release_hold
from rackhouse.inventory.log import LOG as STOCK_LOG
from rackhouse.modules import MODULES
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.subscriptions import deliver
from rackhouse.sellouts.following import SUBSCRIPTIONS, follow_catalog, follow_stock
from rackhouse.sellouts.module import MODULE
from rackhouse.sellouts.rules import may_have_turned


def product_id_of(shop: Shop) -> str:
    return f"product-{shop.channel.removeprefix('channel-')}"


async def availability_of(shop: Shop, product_id: str | None = None) -> str:
    found = await product_of(
        context=shop.context, product_id=product_id or product_id_of(shop), only_type=None
    )
    return found.availability


async def events_of(log, schema: str, house: House, streams: Sequence[str]) -> list[Event]:
    async with house.database(schema).transaction() as tx:
        found = await log.read_streams(
            tx, streams=streams, recorded_before=None, position_before=None, limit=200
        )
    return found[::-1]


async def followed(shop: Shop) -> None:
    """Follow what has happened to the shop's stock, as a subscription does."""
    streams = [f"{sku}@{place}" for sku in shop.skus for place in shop.locations]
    events = await events_of(STOCK_LOG, "inventory", shop.house, streams)
    await follow_stock(shop.context, events)


async def told_of(shop: Shop, product_id: str) -> list[str]:
    streams = [f"product-life:{product_id}"]
    found = await events_of(CATALOG_LOG, "catalog", shop.house, streams)
    return [each.type for each in found]


async def held(shop: Shop, quantity: int, sku: str | None = None):
    return await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(sku or shop.sku, quantity)],
        ttl_seconds=600,
    )


@pytest.mark.parametrize(
    ("told", "quantity", "free", "may"),
    [
        ("in_stock", 1, [1, 5], False),
        ("in_stock", 1, [0, 5], True),
        ("in_stock", 3, [2], True),
        ("sold_out", 1, [0], False),
        ("sold_out", 2, [1], True),
        ("unstocked", 1, [0], True),
    ],
)
def test_only_what_may_have_turned_is_looked_at(told, quantity, free, may):
    assert may_have_turned(told, quantity, free) is may


async def test_a_product_sells_out_and_comes_back(context):
    shop = await shop_in(context, units=2, skus=2)
    assert await availability_of(shop) == "unstocked"
    await followed(shop)
    assert await availability_of(shop) == "in_stock"
    hold = await held(shop, 2)
    await followed(shop)
    assert await availability_of(shop) == "sold_out"
    await release_hold(context=context, hold_id=hold.id, lines=None, reason="changed mind")
    await followed(shop)
    await followed(shop)
    assert await availability_of(shop) == "in_stock"
    told = await told_of(shop, product_id_of(shop))
    assert told == ["ProductInStock", "ProductSoldOut", "ProductInStock"]


async def test_a_product_can_be_had_while_one_of_its_variants_can(context):
    shop = await shop_in(context, units=1, skus=2, locations=2)
    await shop.receive(shop.skus[1], 1, shop.locations[1])
    await held(shop, 1)
    await followed(shop)
    assert await availability_of(shop) == "in_stock"


async def test_a_bundle_sells_out_with_what_it_takes(context):
    shop = await shop_in(context, units=3)
    bundle = await bundle_of(shop, {shop.sku: 2})
    await followed(shop)
    assert await availability_of(shop, bundle.lower()) == "in_stock"
    await held(shop, 2)
    await followed(shop)
    assert await availability_of(shop, bundle.lower()) == "sold_out"
    assert await availability_of(shop) == "in_stock"


async def test_a_product_that_is_made_of_others_is_looked_at_anew(context):
    shop, other = await shop_in(context, units=1), await shop_in(context)
    await followed(shop)
    await patch_product(
        context=context,
        product_id=product_id_of(shop),
        only_type=None,
        patch={"variants": [{"sku": f"{shop.sku}-new"}]},
        expected_version=None,
    )
    ids = [product_id_of(each) for each in (shop, other)]
    streams = [f"product:{each}" for each in ids]
    events = await events_of(CATALOG_LOG, "catalog", context.house, streams)
    await follow_catalog(context, events)
    assert [await availability_of(shop), await availability_of(other)] == ["unstocked"] * 2


async def test_a_worker_delivers_what_stock_has_to_tell(settings, server_url):
    apart = msgspec.structs.replace(
        settings, database_url=fresh_database(server_url), database_urls={}
    )
    async with House(apart, MODULES) as house:
        await migrate(house)
        shop = await shop_in(context_of(house), units=1)
        for subscription in SUBSCRIPTIONS:
            while await deliver(house, MODULE, subscription):
                pass
        assert await availability_of(shop) == "in_stock"
