"""Promises: pieces that are sold before they come, and given out in order when they have."""

import datetime

import pytest
from promising import SPRING, allocations, figures, open_sale, other_channel, preorder, served

from houses import Shop
from rackhouse.inventory import (
    NotEnoughStock,
    PromiseChanges,
    PromisedNow,
    availability,
    change_promise,
    close_promise,
    promise_of,
    promised_dates,
    promised_of,
    release_hold,
)
from rackhouse.inventory.promise_errors import (
    CapBelowSold,
    CapOrChannelCaps,
    PromiseAlreadyOpen,
    PromiseInThePast,
    PromiseIsClosed,
    PromiseNotFound,
)
from rackhouse.platform.http.endpoint import VersionIsStale

SUMMER = datetime.datetime(2035, 7, 1, tzinfo=datetime.UTC)
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


async def change(shop: Shop, **changes: object) -> object:
    expected = changes.pop("expected_version", None)
    asked = PromiseChanges(reason="the cooper is late", **changes)
    return await change_promise(
        context=shop.context, sku=shop.sku, changes=asked, expected_version=expected
    )


async def close(shop: Shop) -> None:
    await close_promise(context=shop.context, sku=shop.sku, reason="enough", expected_version=None)


async def test_what_has_not_come_is_sold_up_to_its_cap(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 3)
    await preorder(shop, 2)
    with pytest.raises(NotEnoughStock) as refused:
        await preorder(shop, 2)
    assert refused.value.lines[0].available == 1
    with pytest.raises(NotEnoughStock):
        await preorder(shop, promise=False)
    assert await figures(shop) == (3, 0, 2)
    for channel in (None, shop.channel):
        shown = await availability(context=shop.context, id=shop.sku, channel=channel)
        assert shown.skus[0].promised == PromisedNow(1, SPRING)
        assert shown.skus[0].available == 0
        assert await promised_of(house=shop.house, skus=[shop.sku], channel=channel) == {
            shop.sku: PromisedNow(1, SPRING)
        }


async def test_stock_that_is_there_is_sold_before_what_has_not_come(open_shop) -> None:
    shop = await open_shop(units=2)
    await open_sale(shop)
    sold = await preorder(shop, 3)
    assert await allocations(shop, sold) == {shop.location: (0, 2), "~promised": (0, 1)}


async def test_each_channel_has_a_cap_of_its_own(open_shop) -> None:
    shop = await open_shop()
    till = await other_channel(shop, shop.location)
    await open_sale(shop, None, channel_caps={shop.channel: 1, till: 2})
    await preorder(shop)
    with pytest.raises(NotEnoughStock):
        await preorder(shop)
    shown = [
        (await availability(context=shop.context, id=shop.sku, channel=channel)).skus[0].promised
        for channel in (None, shop.channel, till)
    ]
    assert [each.available for each in shown] == [2, 0, 2]
    await preorder(shop, 2, channel=till)
    parts = (await promise_of(context=shop.context, sku=shop.sku)).parts
    assert [(part.channel, part.cap, part.sold) for part in parts if part.channel] == [
        (shop.channel, 1, 1),
        (till, 2, 2),
    ]
    await shop.receive(shop.sku, 3)
    assert await figures(shop) == (0, 0, 0)


async def test_a_promise_has_one_sort_of_cap_a_date_to_come_and_a_stocked_sku(open_shop) -> None:
    shop = await open_shop()
    for caps in ({"cap": None}, {"channel_caps": {shop.channel: 1}}):
        with pytest.raises(CapOrChannelCaps):
            await open_sale(shop, **caps)
    with pytest.raises(PromiseInThePast):
        await open_sale(shop, promised_at=LONG_AGO)
    await open_sale(shop)
    with pytest.raises(PromiseAlreadyOpen):
        await open_sale(shop)
    with pytest.raises(PromiseNotFound):
        await promise_of(context=shop.context, sku="nothing")


async def test_a_moved_date_is_an_event_and_a_version(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    moved = await change(shop, promised_at=SUMMER, expected_version=1)
    assert (moved.promise.promised_at, moved.promise.version) == (SUMMER, 2)
    assert await promised_dates(house=shop.house, skus=[shop.sku]) == {shop.sku: SUMMER}
    with pytest.raises(VersionIsStale):
        await change(shop, promised_at=SPRING, expected_version=1)
    with pytest.raises(PromiseInThePast):
        await change(shop, promised_at=LONG_AGO)
    assert (await change(shop, promised_at=SUMMER)).promise.version == 2


async def test_a_cap_grows_and_shrinks_but_never_below_what_is_sold(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 5)
    await preorder(shop, 2)
    await preorder(shop, 1, sell=False)
    with pytest.raises(CapBelowSold) as refused:
        await change(shop, cap=2)
    assert refused.value.sold == 3
    await change(shop, cap=3)
    assert await figures(shop) == (3, 1, 2)
    with pytest.raises(NotEnoughStock):
        await preorder(shop)
    await change(shop, cap=4)
    await preorder(shop)


async def test_a_common_cap_may_become_caps_of_channels(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 5)
    await preorder(shop, 2)
    await change(shop, channel_caps={shop.channel: 1})
    assert await figures(shop) == (3, 0, 2)
    await preorder(shop)
    with pytest.raises(NotEnoughStock):
        await preorder(shop)


async def test_a_closed_promise_sells_no_more_and_is_kept(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    sold, given_up = await preorder(shop), await preorder(shop, 2)
    await close(shop)
    await close(shop)
    assert await figures(shop) == (3, 0, 3)
    assert (await availability(context=shop.context, id=shop.sku)).skus[0].promised is None
    await release_hold(context=shop.context, hold_id=given_up.id, lines=None, reason="no")
    with pytest.raises(NotEnoughStock):
        await preorder(shop)
    assert await figures(shop) == (1, 0, 1)
    with pytest.raises(PromiseIsClosed):
        await change(shop, cap=3)
    await change(shop, promised_at=SUMMER)
    await shop.receive(shop.sku, 1)
    assert await served(shop, [sold]) == [1]


async def test_a_promise_can_be_opened_again_for_more(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 2)
    await preorder(shop, 2)
    await close(shop)
    with pytest.raises(CapBelowSold):
        await open_sale(shop, 1)
    again = await open_sale(shop, 3, kind="backorder", promised_at=SUMMER)
    assert (again.promise.kind, again.promise.version) == ("backorder", 3)
    await preorder(shop)
    assert await figures(shop) == (3, 0, 3)
