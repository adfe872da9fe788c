"""Rules that fill allotments up: set, followed by the job, paused, removed."""

import asyncio
from typing import Any

import pytest

from houses import Shop, context_of
from rackhouse.catalog import SkuUnknown
from rackhouse.channels import Terms, change_channel
from rackhouse.inventory import (
    AllotmentRule,
    AllotmentRuleNotFound,
    AllotmentRulePlace,
    AllotmentRuleStale,
    InvalidAllotmentRule,
    Line,
    LocationNotFound,
    OtherChannel,
    SellsElsewhere,
    allotment_rules,
    movements,
    place_hold,
    remove_allotment_rule,
    set_allotment_rule,
    set_safety_stock,
    top_up_allotments,
)
from rackhouse.inventory.log import LOG
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from tills import apart, downloaded, till


async def ruled(shop: Shop, channel: str, **rule: Any) -> AllotmentRule:
    """Let an allotment be filled up."""
    asked: dict[str, Any] = {
        "context": shop.context,
        "channel": channel,
        "sku": shop.sku,
        "location": shop.location,
        "level": 6,
        "minimum": 3,
        "paused": False,
        **rule,
    }
    return await set_allotment_rule(**asked)


async def free(shop: Shop, channel: str) -> int:
    """How many pieces a channel may sell without asking."""
    return sum(each.free for each in await downloaded(shop, channel, sku=shop.sku))


async def allotted(shop: Shop) -> list[int]:
    """How many pieces each filling up set apart, the first one first."""
    told = await movements(context=shop.context, id=shop.sku, location=None, before=None, limit=50)
    return [each.facts["quantity"] for each in reversed(told) if each.type == "StockAllotted"]


async def sell(shop: Shop, channel: str, quantity: int) -> None:
    """Sell through a channel."""
    await place_hold(
        context=shop.context,
        channel=channel,
        lines=[Line(shop.sku, quantity)],
        ttl_seconds=600,
        hand_over=True,
    )


async def test_an_allotment_is_filled_up_when_it_falls_below_its_minimum(open_shop) -> None:
    shop = await open_shop(units=20)
    till_one = await till(shop)
    await ruled(shop, till_one)
    await top_up_allotments(context=shop.context)
    assert await free(shop, till_one) == 6
    await sell(shop, till_one, 3)
    await top_up_allotments(context=shop.context)
    assert await free(shop, till_one) == 3
    await sell(shop, till_one, 1)
    await top_up_allotments(context=shop.context)
    await top_up_allotments(context=shop.context)
    assert await free(shop, till_one) == 6
    assert await allotted(shop) == [6, 4]


async def test_an_allotment_is_never_filled_up_from_the_safety_stock(open_shop) -> None:
    shop = await open_shop(units=5)
    till_one = await till(shop)
    await set_safety_stock(context=shop.context, sku=shop.sku, location=shop.location, quantity=3)
    await ruled(shop, till_one)
    for _ in range(2):
        await top_up_allotments(context=shop.context)
        assert await free(shop, till_one) == 2
    await shop.receive(shop.sku, 1)
    await top_up_allotments(context=shop.context)
    assert await free(shop, till_one) == 3


async def test_workers_that_fill_up_at_once_do_it_once(open_shop) -> None:
    shop = await open_shop(units=20)
    till_one = await till(shop)
    await ruled(shop, till_one)
    async with House(shop.house.settings, MODULES) as other:
        contexts = [shop.context, context_of(other)] * 4
        await asyncio.gather(*(top_up_allotments(context=each) for each in contexts))
    assert await free(shop, till_one) == 6
    assert await allotted(shop) == [6]


async def test_a_paused_or_removed_rule_is_not_followed(open_shop) -> None:
    shop = await open_shop(units=20)
    till_one = await till(shop)
    paused = await ruled(shop, till_one, paused=True)
    await top_up_allotments(context=shop.context)
    assert await free(shop, till_one) == 0
    await ruled(shop, till_one)
    place = {"channel": till_one, "sku": shop.sku, "location": shop.location}
    await remove_allotment_rule(context=shop.context, **place)
    await top_up_allotments(context=shop.context)
    assert await free(shop, till_one) == 0
    with pytest.raises(AllotmentRuleNotFound):
        await remove_allotment_rule(context=shop.context, **place)
    again = await ruled(shop, till_one)
    assert (paused.version, again.version) == (1, 4)
    await top_up_allotments(context=shop.context)
    assert await free(shop, till_one) == 6


async def test_a_rule_that_is_paused_while_it_is_followed_moves_nothing_more(
    open_shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(units=20)
    till_one = await till(shop)
    await ruled(shop, till_one)
    from rackhouse.inventory import topping_up

    look = topping_up._topped_up

    async def pause_first(*args: Any) -> int:
        await ruled(shop, till_one, paused=True)
        return await look(*args)

    with monkeypatch.context() as patched:
        patched.setattr(topping_up, "_topped_up", pause_first)
        await top_up_allotments(context=shop.context)
    assert await free(shop, till_one) == 0


async def test_the_rule_of_a_channel_that_sells_no_more_is_not_followed(open_shop) -> None:
    shop = await open_shop(units=20, locations=2)
    moved, disabled = await till(shop), await till(shop)
    await ruled(shop, moved)
    await ruled(shop, disabled)
    for channel, locations, enabled in (
        (moved, shop.locations[1:], True),
        (disabled, shop.locations, False),
    ):
        terms = Terms(name="till", kind="pos", locations=locations, enabled=enabled)
        await change_channel(
            context=shop.context, channel_id=channel, terms=terms, expected_version=None
        )
    await top_up_allotments(context=shop.context)
    assert await free(shop, moved) == await free(shop, disabled) == 0


async def test_a_rule_tells_its_story_on_its_own_stream(open_shop) -> None:
    shop = await open_shop(units=1)
    till_one = await till(shop)
    for _ in range(2):
        await ruled(shop, till_one)
    await ruled(shop, till_one, level=9)
    place = {"channel": till_one, "sku": shop.sku, "location": shop.location}
    await remove_allotment_rule(context=shop.context, **place)
    stream = f"allotment-rule:{till_one}/{shop.sku}/{shop.location}"
    async with shop.house.database("inventory").transaction() as tx:
        told = await LOG.read_streams(
            tx, streams=[stream], recorded_before=None, position_before=None, limit=9
        )
    assert [(each.version, each.type) for each in reversed(told)] == [
        (1, "AllotmentRuleSet"),
        (2, "AllotmentRuleSet"),
        (3, "AllotmentRuleRemoved"),
    ]
    assert told[1].facts()["level"] == 9


async def test_a_rule_that_makes_no_sense_is_refused(open_shop) -> None:
    shop, elsewhere = await open_shop(units=1), await open_shop()
    till_one, till_two = await till(shop), await till(shop)
    for refusal, facts in (
        (InvalidAllotmentRule, {"minimum": 7}),
        (InvalidAllotmentRule, {"minimum": 0}),
        (SellsElsewhere, {"location": elsewhere.location}),
        (LocationNotFound, {"location": "nowhere"}),
        (SkuUnknown, {"sku": "NOBODY-KNOWS"}),
        (OtherChannel, {"context": context_of(shop.house, channel=till_two)}),
        (AllotmentRuleStale, {"expected_version": 3}),
    ):
        with pytest.raises(refusal):
            await ruled(shop, till_one, **facts)
    first = await ruled(shop, till_one, expected_version=0)
    await ruled(shop, till_one, level=8, expected_version=first.version)
    with pytest.raises(AllotmentRuleStale) as refused:
        await ruled(shop, till_one, level=9, expected_version=first.version)
    assert refused.value.current == 2


async def test_rules_are_listed_in_pages_and_each_channel_sees_its_own(open_shop) -> None:
    shop = await open_shop(units=1, skus=5)
    till_one, till_two = await till(shop), await till(shop)
    for sku in shop.skus:
        await ruled(shop, till_one, sku=sku)
    await ruled(shop, till_two)
    seen: list[str] = []
    after = None
    while page := await allotment_rules(
        context=shop.context, channel=till_one, sku=None, after=after, limit=2
    ):
        seen += [each.sku for each in page]
        after = AllotmentRulePlace(page[-1].channel, page[-1].sku, page[-1].location)
    assert seen == sorted(shop.skus)
    own = context_of(shop.house, channel=till_two)
    found = await allotment_rules(context=own, channel=None, sku=shop.sku, after=None, limit=9)
    assert [each.channel for each in found] == [till_two]
    with pytest.raises(OtherChannel):
        await allotment_rules(context=own, channel=till_one, sku=None, after=None, limit=9)


async def test_what_a_person_set_apart_counts_as_filled(open_shop) -> None:
    shop = await open_shop(units=20)
    till_one = await till(shop)
    await apart(shop, till_one, 3)
    await ruled(shop, till_one)
    await top_up_allotments(context=shop.context)
    assert await free(shop, till_one) == 3
