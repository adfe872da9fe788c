"""Reports of sales where others wait, where quotas are used up, where pieces were promised: what
was sold has left, and everybody else gets less."""

import datetime

import pytest
from reports import Till, told

from houses import Shop
from rackhouse.inventory import (
    Hold,
    Line,
    PromiseTerms,
    holds_of,
    join_waiting_list,
    open_promise,
    place_hold,
    quota_uses,
    set_quota,
    set_safety_stock,
)
from rackhouse.inventory.errors import QuotaExceeded
from rackhouse.platform.ids import new_id
from tills import apart, back, buy, buyable

LATER = datetime.datetime(2036, 1, 1, tzinfo=datetime.UTC)


async def limited(shop: Shop, cap: int, per: str) -> str:
    """A quota over the shop's SKU."""
    quota = f"quota-{new_id()[-12:]}"
    await set_quota(
        context=shop.context,
        quota=quota,
        name=quota,
        cap=cap,
        per=per,  # type: ignore[arg-type]
        skus=[shop.sku],
        expected_version=None,
    )
    return quota


async def used(shop: Shop, quota: str) -> dict[str | None, int]:
    """How much of a quota is used, by customer."""
    found = await quota_uses(context=shop.context, quota=quota, limit=10)
    return {each.customer_id: each.used for each in found}


async def test_a_sale_beyond_a_quota_is_booked_and_nobody_gets_more(open_till) -> None:
    pos = await open_till(units=10, allotment=4)
    quota = await limited(pos.shop, 2, "everyone")
    assert told(await pos.report([pos.sale(1), pos.sale(3)])) == ["recorded", "recorded"]
    assert await used(pos.shop, quota) == {None: 4}
    with pytest.raises(QuotaExceeded) as refused:
        await buy(pos.shop, 1)
    assert refused.value.left == 0


async def test_a_customer_who_bought_more_offline_than_a_quota_allows_gets_no_more(
    open_till,
) -> None:
    pos = await open_till(units=10, allotment=6)
    quota = await limited(pos.shop, 1, "customer")
    sales = [pos.sale(2, customer_id="ada"), pos.sale(1), pos.sale(1, customer_id="bob")]
    assert told(await pos.report(sales)) == ["recorded"] * 3
    assert await used(pos.shop, quota) == {"ada": 2, "bob": 1}
    back_again = pos.taken_back(sales[0], 2)
    assert told(await pos.report_back([back_again])) == ["recorded"]
    assert await used(pos.shop, quota) == {"bob": 1}
    with pytest.raises(QuotaExceeded):
        await bought_by(pos, "bob")
    await bought_by(pos, "ada")


async def bought_by(pos: Till, customer_id: str) -> Hold:
    return await place_hold(
        context=pos.shop.context,
        channel=pos.shop.channel,
        lines=[Line(pos.shop.sku, 1)],
        ttl_seconds=600,
        customer_id=customer_id,
    )


async def test_who_waits_is_not_offered_what_a_till_has_sold(open_till) -> None:
    pos = await open_till(units=3, allotment=1)
    held = await buy(pos.shop, 2)
    await join_waiting_list(
        context=pos.shop.context,
        sku=pos.shop.sku,
        quantity=1,
        channel=pos.shop.channel,
        customer_id="eve",
        offer_seconds=600,
    )
    assert told(await pos.report([pos.sale(1)])) == ["recorded"]
    assert await buyable(pos.shop) == 0
    found = await holds_of(context=pos.shop.context, hold_ids=[held.id])
    assert found[held.id].status == "held"


async def preordered(pos: Till, quantity: int) -> Hold:
    """Pieces that are sold before they come."""
    await open_promise(
        context=pos.shop.context,
        sku=pos.shop.sku,
        terms=PromiseTerms(kind="pre_order", promised_at=LATER, cap=5),
    )
    return await place_hold(
        context=pos.shop.context,
        channel=pos.shop.channel,
        lines=[Line(pos.shop.sku, quantity)],
        ttl_seconds=600,
        sell=True,
        promise=True,
    )


async def places_of(pos: Till, hold: Hold) -> dict[str, int]:
    found = (await holds_of(context=pos.shop.context, hold_ids=[hold.id]))[hold.id]
    return {each.location: each.committed for each in found.allocations if each.committed}


async def test_what_a_channel_gives_back_goes_first_to_those_whom_such_was_promised(
    open_till,
) -> None:
    pos = await open_till(units=3, allotment=3)
    waiting = await preordered(pos, 2)
    assert await places_of(pos, waiting) == {"~promised": 2}
    await back(pos.shop, pos.channel, 1)
    assert await places_of(pos, waiting) == {"~promised": 1, pos.shop.location: 1}
    await back(pos.shop, pos.channel, 2)
    assert await places_of(pos, waiting) == {pos.shop.location: 2}
    assert await buyable(pos.shop) == 1


async def test_what_is_kept_back_no_more_goes_first_to_those_whom_such_was_promised(
    open_till,
) -> None:
    pos = await open_till(units=2, allotment=0)
    place = {"sku": pos.shop.sku, "location": pos.shop.location}
    await set_safety_stock(context=pos.shop.context, **place, quantity=2)
    waiting = await preordered(pos, 1)
    assert await places_of(pos, waiting) == {"~promised": 1}
    await set_safety_stock(context=pos.shop.context, **place, quantity=1)
    assert await places_of(pos, waiting) == {pos.shop.location: 1}


async def test_an_allotment_of_promised_pieces_is_not_what_a_till_downloads(open_till) -> None:
    pos = await open_till(units=2, allotment=1)
    await open_promise(
        context=pos.shop.context,
        sku=pos.shop.sku,
        terms=PromiseTerms(kind="pre_order", promised_at=LATER, channel_caps={pos.channel: 3}),
    )
    assert await pos.free() == 1
    await apart(pos.shop, pos.channel, 1)
    assert told(await pos.report([pos.sale(2), pos.sale(1)])) == ["recorded", "exceeded"]
