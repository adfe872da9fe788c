"""Holds and orders of what is not for sale are refused, by the clock of the database."""

import asyncio
import datetime
import time

import pytest

from bundles import bundle_of
from houses import context_of, shop_in
from rackhouse.catalog import Life, patch_product
from rackhouse.inventory import Line, place_hold
from rackhouse.inventory.commands import Placement
from rackhouse.inventory.errors import NotOnSale
from rackhouse.inventory.ledger import Ledger
from rackhouse.modules import MODULES
from rackhouse.orders import place_order
from rackhouse.platform.house import House
from rackhouse.platform.store import server_time
from rackhouse.platform.tail import listen_to_logs

HOUR = datetime.timedelta(hours=1)
PATIENCE_SECONDS = 30


async def say(shop, **patch):
    """Say something of the life of the shop's product."""
    product_id = f"product-{shop.channel.removeprefix('channel-')}"
    return await patch_product(
        context=shop.context,
        product_id=product_id,
        only_type=None,
        patch=patch,
        expected_version=None,
    )


async def held(shop, sku=None, **more):
    return await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(sku or shop.sku, 1)],
        ttl_seconds=600,
        **more,
    )


async def until(ask, holds):
    """Ask until the answer, or that it is not for sale, is as it should be."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = await ask()
        except NotOnSale as refusal:
            answer = refusal
        if holds(answer):
            return answer
        await asyncio.sleep(0.02)
    raise AssertionError(answer)


async def database_time(context):
    async with context.house.database("catalog").transaction() as tx:
        return await server_time(tx)


def test_a_placement_is_refused_until_its_moment_and_from_its_end_on(context):
    begins = datetime.datetime(2027, 5, 1, 10, tzinfo=datetime.UTC)
    life = Life("live", begins, begins + HOUR)
    placement = Placement(
        context=context,
        hold_id="",
        channel="web",
        lines=(),
        needs=(),
        locations=(),
        ttl_seconds=60,
        lives=[("SKU", life)],
    )
    tick = datetime.timedelta(microseconds=1)
    ledger = Ledger({}, {}, now=begins)
    for now, state in ((begins - tick, "scheduled"), (begins + HOUR, "archived")):
        with pytest.raises(NotOnSale) as refused:
            placement.decide(ledger, now)
        assert (refused.value.sku, refused.value.product_state) == ("SKU", state)
    placement.check_on_sale(begins)
    placement.check_on_sale(begins + HOUR - tick)


async def test_a_bottle_goes_live_at_its_moment_and_not_before(context):
    shop = await shop_in(context, units=3)
    moment = await database_time(context) + HOUR
    await say(shop, goes_live_at=moment.isoformat())
    with pytest.raises(NotOnSale) as refused:
        await held(shop)
    assert (refused.value.product_state, refused.value.goes_live_at) == ("scheduled", moment)
    assert moment.isoformat() in str(refused.value)
    moment = await database_time(context) + datetime.timedelta(seconds=1)
    await say(shop, goes_live_at=moment.isoformat())

    hold = await until(lambda: held(shop), lambda answer: not isinstance(answer, NotOnSale))
    assert hold.placed_at >= moment


@pytest.mark.parametrize("stage", ["draft", "archived"])
async def test_drafts_and_archived_products_are_neither_held_nor_ordered(context, stage):
    shop = await shop_in(context, units=1)
    await say(shop, stage=stage)
    with pytest.raises(NotOnSale) as refused:
        await held(shop)
    assert refused.value.product_state == stage
    with pytest.raises(NotOnSale):
        await place_order(
            context=shop.context,
            channel=shop.channel,
            lines=[Line(shop.sku, 1)],
            hold_id=None,
            customer_id=None,
            external_id=None,
            ttl_seconds=None,
            complete="reserve",
        )
    await say(shop, stage="live")
    assert (await held(shop)).status == "held"


async def test_what_was_set_aside_before_stays_so_and_is_answered_again(context):
    shop = await shop_in(context, units=1)
    first = await held(shop)
    await say(shop, stage="archived")
    again = await held(shop, hold_id=first.id)
    assert again.id == first.id


async def test_a_bundle_is_for_sale_though_what_it_takes_is_not(context):
    shop = await shop_in(context, units=2)
    bundle = await bundle_of(shop, {shop.sku: 1})
    await say(shop, stage="draft")
    assert (await held(shop, bundle)).status == "held"


async def test_other_processes_hear_of_the_moment_by_the_log(context, settings):
    shop = await shop_in(context, units=100_000)
    async with House(settings, MODULES) as other:
        await listen_to_logs(other)
        there = type(shop)(other, context_of(other), shop.channel, shop.locations, shop.skus)
        assert (await held(there)).status == "held"
        await say(shop, stage="draft")

        await until(lambda: held(there), lambda answer: isinstance(answer, NotOnSale))
