"""What can be had now, as it is searched for."""

import pytest
from finding import a_mark, a_whisky, look, until

from houses import context_of, shop_in
from rackhouse.catalog import create_product
from rackhouse.inventory import Line, OtherChannel, place_hold, receive_stock, release_hold
from rackhouse.platform.context import PermissionMissing

pytestmark = pytest.mark.usefixtures("index")


async def test_what_can_be_had_is_right_to_the_event(context, index):
    shop = await shop_in(context, skus=1, locations=2)
    other = await shop_in(context)
    mark = shop.sku.split("-")[1]

    async def had(**where):
        return (await look(context, f"product {mark}", available=True, **where)).total

    await until(lambda: look(context, f"product {mark}"), lambda found: found.total == 1)
    assert await had() == 0
    await shop.receive(shop.sku, 1, shop.locations[1])
    await until(
        lambda: look(context, f"product {mark}", available=True), lambda found: found.total == 1
    )
    assert await had(channel=shop.channel) == 1
    assert await had(channel=other.channel) == 0
    assert await had(location=shop.locations[1]) == 1
    assert await had(location=shop.locations[0]) == 0
    assert await had(channel=shop.channel, location=other.location) == 0

    hold = await place_hold(
        context=context,
        channel=shop.channel,
        lines=[Line(shop.sku, 1)],
        ttl_seconds=600,
    )
    await until(
        lambda: look(context, f"product {mark}", available=True), lambda found: found.total == 0
    )
    await release_hold(context=context, hold_id=hold.id, lines=None, reason="changed mind")
    await until(
        lambda: look(context, f"product {mark}", available=True), lambda found: found.total == 1
    )


async def test_a_bundle_can_be_had_where_its_parts_are(context):
    shop = await shop_in(context, skus=2, locations=2)
    mark = a_mark()
    components = [{"sku": shop.skus[0], "quantity": 2}, {"sku": shop.skus[1], "quantity": 1}]
    await create_product(
        context=context,
        draft={
            "type": "bundle",
            "name": f"Pair {mark}",
            "variants": [{"sku": f"PAIR-{mark}", "components": components}],
        },
    )
    await until(lambda: look(context, mark), lambda found: found.total == 1)

    async def had(**where):
        return await look(context, mark, available=True, **where)

    await shop.receive(shop.skus[0], 1, shop.locations[0])
    await shop.receive(shop.skus[1], 1, shop.locations[1])
    await shop.receive(shop.skus[0], 1, shop.locations[1])
    await until(lambda: had(channel=shop.channel), lambda found: found.total == 1)
    assert (await had()).total == 1
    assert (await had(location=shop.locations[1])).total == 0
    await shop.receive(shop.skus[0], 1, shop.locations[1])
    await until(lambda: had(location=shop.locations[1]), lambda found: found.total == 1)


async def test_much_that_changes_at_once_goes_into_the_index(context, index):
    mark = a_mark()
    whiskies = [await a_whisky(context, mark) for _ in range(80)]
    shop = await shop_in(context)
    await until(lambda: look(context, mark), lambda found: found.total == 80)
    await receive_stock(
        context=context,
        location=shop.location,
        lines=[Line(each.upper(), 1) for each in whiskies],
        reference=None,
    )
    await until(
        lambda: look(context, mark, available=True, location=shop.location),
        lambda found: found.total == 80,
    )
    built = await index.serving(seconds=None)
    await until(lambda: look(context, mark), lambda _: len(built.overlay.written) <= 64)
    assert (await look(context, mark, available=True, location=shop.location)).total == 80


async def test_stock_is_for_those_who_may_see_it(house):
    reader = context_of(house, permissions=frozenset({"catalog:read"}))
    assert (await look(reader, "nothing like it at all")).total == 0
    with pytest.raises(PermissionMissing):
        await look(reader, available=True)
    till = context_of(house, channel="pos-3")
    with pytest.raises(OtherChannel):
        await look(till, available=True, channel="pos-4")
