"""Quotas and waiting lists where much happens at once, over a real database."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from houses import Shop
from rackhouse.inventory import Hold, Line, hold_of, place_hold, recount_quota_use, release_hold
from rackhouse.inventory.allotments import allot
from rackhouse.inventory.commands import Command, EndQuota, ExpireHold, Placement, SetQuota
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.quotas import quota_uses, set_quota
from rackhouse.inventory.reporting import SoldGoods, book_sales
from rackhouse.inventory.rules import Need, Portion, QuotaTerms
from rackhouse.inventory.waiting import join_waiting_list, place_in_line
from rackhouse.platform.ids import new_id

MOMENT_SECONDS = 0.001


async def stocked(open_shop: Any, skus: int, units: int) -> Shop:
    """A shop with pieces of each SKU."""
    shop = await open_shop(skus=skus)
    for sku in shop.skus:
        await shop.receive(sku, units)
    return shop


async def hold(shop: Shop, quantity: int, index: int = 0, **further: Any) -> Hold:
    """Set pieces of one of the shop's SKUs aside."""
    return await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.skus[index], quantity)],
        ttl_seconds=further.pop("ttl_seconds", 600),
        **further,
    )


async def lapsed(shop: Shop, quantity: int, index: int = 0) -> None:
    """Pieces are held no more, but nobody has tidied them up."""
    gone = await hold(shop, quantity, index, ttl_seconds=MOMENT_SECONDS)
    while (await hold_of(context=shop.context, hold_id=gone.id)).status != "expired":
        await asyncio.sleep(0)


async def limit(shop: Shop, name: str, cap: int, skus: Sequence[str], per: str) -> str:
    """A quota."""
    quota = f"{name}-{shop.channel}"
    await set_quota(
        context=shop.context,
        quota=quota,
        name=name,
        cap=cap,
        per=per,
        skus=skus,
        expected_version=None,
    )
    return quota


async def used(shop: Shop, quota: str) -> list[int]:
    """How much of a quota is used."""
    found = await quota_uses(context=shop.context, quota=quota, limit=10)
    return [each.used for each in found]


async def join(shop: Shop, customer_id: str, quantity: int, index: int = 0) -> str:
    """Get in line for one of the shop's SKUs."""
    place = await join_waiting_list(
        context=shop.context,
        sku=shop.skus[index],
        quantity=quantity,
        channel=shop.channel,
        customer_id=customer_id,
        offer_seconds=600,
    )
    return place.id


async def status(shop: Shop, waiting_id: str) -> str:
    """What became of a place in line."""
    return (await place_in_line(context=shop.context, waiting_id=waiting_id)).status


async def in_one_batch(shop: Shop, *commands: Command) -> list[Any]:
    """Commands that arrive together are decided together."""
    lane = shop.house.the(StockLane)
    return await asyncio.gather(*(lane.submit(each) for each in commands))


def placement(shop: Shop, quantity: int) -> Placement:
    """A hold to be placed."""
    return Placement(
        context=shop.context,
        hold_id=new_id(),
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        needs=[Need(0, shop.sku, quantity)],
        locations=[shop.location],
        ttl_seconds=600,
    )


def setting(shop: Shop, cap: int) -> SetQuota:
    """A quota to be set."""
    quota = f"quota-{shop.channel}"
    return SetQuota(
        context=shop.context, quota=quota, name=quota, cap=cap, per="everyone", skus=[shop.sku]
    )


async def test_what_is_offered_to_a_customer_counts_beside_what_they_have(open_shop) -> None:
    shop = await stocked(open_shop, 2, 3)
    await limit(shop, "each", 3, shop.skus, "customer")
    await hold(shop, 2, 1, customer_id="ann")
    taken = await hold(shop, 3, customer_id="bob")
    waiting = await join(shop, "ann", 2)
    await release_hold(context=shop.context, hold_id=taken.id, lines=None, reason="no")
    assert await status(shop, waiting) == "waiting"


async def test_lapsed_holds_stand_in_the_way_neither_of_a_quota_nor_of_stock(open_shop) -> None:
    shop = await open_shop(units=2)
    await limit(shop, "all", 2, shop.skus, "everyone")
    await lapsed(shop, 2)
    assert (await hold(shop, 2)).status == "held"


async def test_what_has_lapsed_counts_no_more_in_any_of_several_quotas(open_shop) -> None:
    shop = await stocked(open_shop, 3, 10)
    first, second, third = shop.skus
    one = await limit(shop, "one", 2, [first, second], "everyone")
    other = await limit(shop, "other", 5, [first, third], "everyone")
    await lapsed(shop, 2)
    await hold(shop, 2, 1)
    await hold(shop, 5, 2)
    assert (await used(shop, one), await used(shop, other)) == ([2], [5])


async def test_a_quota_that_is_set_counts_what_has_lapsed_in_no_other_either(open_shop) -> None:
    shop = await stocked(open_shop, 2, 10)
    one = await limit(shop, "one", 2, shop.skus, "everyone")
    await lapsed(shop, 2)
    await limit(shop, "other", 1, [shop.sku], "everyone")
    await hold(shop, 2, 1)
    assert await used(shop, one) == [2]


async def test_a_quota_counts_what_is_placed_in_the_same_batch_and_before_it(open_shop) -> None:
    shop = await open_shop(units=9)
    _, quota, _ = await in_one_batch(shop, placement(shop, 2), setting(shop, 3), placement(shop, 1))
    assert isinstance(quota, QuotaTerms)
    assert await used(shop, quota.id) == [3]


async def test_a_quota_may_be_changed_twice_in_one_batch(open_shop) -> None:
    shop = await open_shop(units=9)
    low, held, high = await in_one_batch(
        shop, setting(shop, 2), placement(shop, 2), setting(shop, 5)
    )
    assert (low.version, held.status, high.version) == (1, "held", 2)
    await hold(shop, 3)
    assert await used(shop, high.id) == [5]


async def test_a_quota_ends_although_somebody_waits_beyond_it(open_shop) -> None:
    shop = await open_shop(units=3)
    (quota,) = await in_one_batch(shop, setting(shop, 1))
    waiting = await join(shop, "ann", 3)
    assert await status(shop, waiting) == "waiting"
    await in_one_batch(shop, EndQuota(context=shop.context, quota=quota.id, skus=[shop.sku]))
    assert await status(shop, waiting) == "offered"


async def test_who_waits_is_offered_what_their_channel_has_in_its_allotment(open_shop) -> None:
    shop = await open_shop(units=2)
    await allot(
        context=shop.context,
        channel=shop.channel,
        portions=[Portion(sku=shop.sku, location=shop.location, quantity=2)],
    )
    assert await status(shop, await join(shop, "ann", 1)) == "offered"


async def test_the_use_of_a_quota_that_reports_exceed_can_be_counted_anew(open_shop) -> None:
    shop = await open_shop(units=5)
    (quota,) = await in_one_batch(shop, setting(shop, 1))
    sold = SoldGoods(
        hold_id=new_id(),
        lines=(Line(shop.sku, 2),),
        customer_id=None,
        memo=msgspec.Raw(b"{}"),
    )
    await book_sales(context=shop.context, channel=shop.channel, sales=[sold])
    await recount_quota_use(context=shop.context, quota=quota.id)
    assert await used(shop, quota.id) == [2]


async def test_what_has_lapsed_keeps_nobody_in_line_from_an_offer(open_shop) -> None:
    shop = await open_shop(skus=2)
    await shop.receive(shop.skus[1], 2)
    await limit(shop, "all", 2, shop.skus, "everyone")
    waiting = await join(shop, "ann", 1)
    await lapsed(shop, 2, 1)
    await shop.receive(shop.sku, 1)
    assert await status(shop, waiting) == "offered"


async def test_what_is_tidied_up_is_given_back_once_before_it_is_offered(open_shop) -> None:
    shop = await open_shop(units=6)
    await limit(shop, "all", 3, shop.skus, "everyone")
    gone = await hold(shop, 3, ttl_seconds=MOMENT_SECONDS)
    while (await hold_of(context=shop.context, hold_id=gone.id)).status != "expired":
        await asyncio.sleep(0)
    line = [await join(shop, name, 2) for name in ("ann", "bob")]
    await shop.house.the(StockLane).submit(ExpireHold(context=shop.context, hold_id=gone.id))
    assert [await status(shop, each) for each in line] == ["offered", "waiting"]
