"""Quotas and waiting lists over a real database."""

import asyncio
from typing import Any

import pytest

from houses import Shop
from rackhouse.inventory import (
    Hold,
    Line,
    NotEnoughStock,
    audit_stock,
    confirm_hold,
    hold_of,
    place_hold,
    release_hold,
    return_goods,
    ship_hold,
)
from rackhouse.inventory.errors import (
    AlreadyWaiting,
    CustomerNeeded,
    NotWaitingAnyMore,
    QuotaBelowUse,
    QuotaExceeded,
)
from rackhouse.inventory.quotas import end_quota, quota_uses, set_quota
from rackhouse.inventory.waiting import join_waiting_list, leave_waiting_list, place_in_line

MOMENT_SECONDS = 0.001


async def hold(shop: Shop, quantity: int, index: int = 0, **further: Any) -> Hold:
    """Set pieces of one of the shop's SKUs aside."""
    return await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.skus[index], quantity)],
        ttl_seconds=further.pop("ttl_seconds", 600),
        **further,
    )


async def limited(shop: Shop, cap: int, per: str = "everyone") -> str:
    """A quota over all SKUs of a shop."""
    quota = f"quota-{shop.channel}"
    await set_quota(
        context=shop.context,
        quota=quota,
        name="Release",
        cap=cap,
        per=per,
        skus=shop.skus,
        expected_version=None,
    )
    return quota


async def stocked(open_shop: Any, skus: int, units: int) -> Shop:
    """A shop with pieces of each SKU."""
    shop = await open_shop(skus=skus)
    for sku in shop.skus:
        await shop.receive(sku, units)
    return shop


async def used(shop: Shop, quota: str) -> list[tuple[str | None, int]]:
    """Who has taken how much."""
    found = await quota_uses(context=shop.context, quota=quota, limit=10)
    return [(each.customer_id, each.used) for each in found]


async def test_a_quota_is_shared_by_its_skus_and_freed_by_releases_and_returns(open_shop) -> None:
    shop = await stocked(open_shop, 2, 10)
    quota = await limited(shop, 5)
    first = await hold(shop, 3)
    with pytest.raises(QuotaExceeded) as refused:
        await hold(shop, 3, 1)
    assert (refused.value.left, refused.value.asked) == (2, 3)
    second = await hold(shop, 2, 1)
    assert await used(shop, quota) == [(None, 5)]
    await release_hold(context=shop.context, hold_id=second.id, lines=None, reason="no")
    assert await used(shop, quota) == [(None, 3)]
    await confirm_hold(context=shop.context, hold_id=first.id)
    await ship_hold(context=shop.context, hold_id=first.id, lines=None)
    assert await used(shop, quota) == [(None, 3)]
    await return_goods(
        context=shop.context, hold_id=first.id, lines=[Line(shop.sku, 1)], reason="broken"
    )
    assert await used(shop, quota) == [(None, 2)]


async def test_a_quota_per_customer_counts_each_alone_and_asks_who_it_is(open_shop) -> None:
    shop = await stocked(open_shop, 2, 10)
    quota = await limited(shop, 3, "customer")
    with pytest.raises(CustomerNeeded):
        await hold(shop, 1)
    await hold(shop, 2, customer_id="ann")
    with pytest.raises(QuotaExceeded):
        await hold(shop, 2, 1, customer_id="ann")
    await hold(shop, 3, 1, customer_id="bob")
    assert await used(shop, quota) == [("bob", 3), ("ann", 2)]


async def test_a_lapsed_hold_counts_no_more_whoever_has_tidied_it_up(open_shop) -> None:
    shop = await stocked(open_shop, 2, 10)
    quota = await limited(shop, 2)
    gone = await hold(shop, 2, ttl_seconds=MOMENT_SECONDS)
    while (await hold_of(context=shop.context, hold_id=gone.id)).status != "expired":
        await asyncio.sleep(0)
    await hold(shop, 2, 1)  # of another SKU, so that nobody has freed the first one's stock
    assert await used(shop, quota) == [(None, 2)]
    with pytest.raises(QuotaExceeded):
        await hold(shop, 1)
    assert await used(shop, quota) == [(None, 2)]


async def test_a_quota_counts_what_was_taken_before_and_ends(open_shop) -> None:
    shop = await stocked(open_shop, 2, 10)
    await hold(shop, 4)
    with pytest.raises(QuotaBelowUse):
        await limited(shop, 3)
    quota = await limited(shop, 4)
    with pytest.raises(QuotaExceeded):
        await hold(shop, 1, 1)
    await end_quota(context=shop.context, quota=quota, expected_version=1)
    await hold(shop, 1, 1)


async def test_many_buyers_at_once_never_exceed_a_quota(open_shop) -> None:
    shop = await stocked(open_shop, 3, 100)
    quota = await limited(shop, 20)
    found = await asyncio.gather(
        *(hold(shop, 1, index % 3) for index in range(60)), return_exceptions=True
    )
    assert sum(isinstance(each, Hold) for each in found) == 20
    assert await used(shop, quota) == [(None, 20)]


async def join(shop: Shop, customer_id: str, quantity: int = 1) -> str:
    """Get in line for the shop's SKU."""
    place = await join_waiting_list(
        context=shop.context,
        sku=shop.sku,
        quantity=quantity,
        channel=shop.channel,
        customer_id=customer_id,
        offer_seconds=600,
    )
    return place.id


async def status(shop: Shop, waiting_id: str) -> str:
    """What became of a place in line."""
    return (await place_in_line(context=shop.context, waiting_id=waiting_id)).status


async def test_what_is_freed_goes_to_the_first_in_line_as_a_hold(open_shop) -> None:
    shop = await open_shop(units=1)
    taken = await hold(shop, 1)
    ann, bob = await join(shop, "ann"), await join(shop, "bob")
    with pytest.raises(AlreadyWaiting):
        await join(shop, "ann")
    await release_hold(context=shop.context, hold_id=taken.id, lines=None, reason="no")
    place = await place_in_line(context=shop.context, waiting_id=ann)
    assert (place.status, await status(shop, bob)) == ("offered", "waiting")
    assert place.hold_id is not None
    offer = await hold_of(context=shop.context, hold_id=place.hold_id)
    assert (offer.customer_id, offer.allocations[0].held) == ("ann", 1)
    with pytest.raises(NotEnoughStock):
        await hold(shop, 1)
    with pytest.raises(NotWaitingAnyMore):
        await leave_waiting_list(context=shop.context, waiting_id=ann)
    await shop.receive(shop.sku, 1)
    assert await status(shop, bob) == "offered"
    await confirm_hold(context=shop.context, hold_id=place.hold_id)
    assert await status(shop, ann) == "bought"


async def test_who_has_left_is_offered_nothing(open_shop) -> None:
    shop = await open_shop()
    ann, bob = await join(shop, "ann", 5), await join(shop, "bob", 2)
    await leave_waiting_list(context=shop.context, waiting_id=ann)
    await leave_waiting_list(context=shop.context, waiting_id=ann)
    await shop.receive(shop.sku, 3)
    assert (await status(shop, ann), await status(shop, bob)) == ("left", "offered")
    assert (await hold(shop, 1)).status == "held"


async def test_the_audit_finds_nothing_to_say_about_quotas_and_offers(context) -> None:
    found = await audit_stock(context=context, progress=lambda _: None)
    assert found.discrepancies == []
