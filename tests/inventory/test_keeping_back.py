"""Safety stocks and buffers: what nobody is sold, and what one channel leaves to the others."""

import uuid

import pytest

from houses import Shop, context_of
from rackhouse.catalog import SkuUnknown, create_product
from rackhouse.channels import ChannelNotFound, Terms, change_channel, open_channel
from rackhouse.inventory import (
    BundleHasNoStock,
    KeptBackPlace,
    Line,
    LocationNotFound,
    NotEnoughStock,
    OtherChannel,
    ToKeepBack,
    TooManyAtOnce,
    availability,
    keep_back,
    kept_back,
    movements,
    place_hold,
    set_channel_buffer,
    set_safety_stock,
)
from rackhouse.inventory.errors import StockVersionStale
from rackhouse.platform.context import PermissionMissing


async def buy(shop: Shop, quantity: int, channel: str | None = None) -> None:
    """Set pieces aside."""
    await place_hold(
        context=shop.context,
        channel=channel or shop.channel,
        lines=[Line(shop.sku, quantity)],
        ttl_seconds=600,
    )


async def available(shop: Shop, channel: str | None = None) -> int:
    """What may be sold, by everybody or through a channel."""
    found = await availability(context=shop.context, id=shop.sku, channel=channel)
    return found.skus[0].available


async def another_channel(shop: Shop, *locations: str) -> str:
    """A second channel on the same shelves."""
    name = f"other-{uuid.uuid4().hex[:8]}"
    terms = Terms(name=name, kind="pos", locations=locations or shop.locations, enabled=True)
    await open_channel(context=shop.context, channel_id=name, terms=terms)
    return name


async def all_kept_back(
    shop: Shop, channel: str | None = None
) -> list[tuple[str, str | None, int]]:
    found = await kept_back(
        context=shop.context, skus=[shop.sku], channel=channel, after=None, limit=50
    )
    return [(each.location, each.channel, each.quantity) for each in found]


async def test_the_safety_stock_is_sold_to_nobody(open_shop) -> None:
    shop = await open_shop(units=5)
    stock = await set_safety_stock(
        context=shop.context, sku=shop.sku, location=shop.location, quantity=2
    )
    assert (stock.safety, stock.available) == (2, 3)
    assert await available(shop) == await available(shop, shop.channel) == 3
    with pytest.raises(NotEnoughStock):
        await buy(shop, 4)
    await buy(shop, 3)
    await set_safety_stock(context=shop.context, sku=shop.sku, location=shop.location, quantity=0)
    await buy(shop, 2)
    assert await all_kept_back(shop) == []


async def test_a_buffer_is_left_by_one_channel_to_the_others(open_shop) -> None:
    shop = await open_shop(units=5)
    other = await another_channel(shop)
    await set_channel_buffer(
        context=shop.context, channel=other, sku=shop.sku, location=shop.location, quantity=4
    )
    assert await available(shop, other) == 1
    assert await available(shop) == await available(shop, shop.channel) == 5
    with pytest.raises(NotEnoughStock):
        await buy(shop, 2, other)
    await buy(shop, 1, other)
    await buy(shop, 4)


async def test_a_channel_leaves_a_buffer_wherever_it_sells_from(open_shop) -> None:
    shop = await open_shop(locations=3)
    for location in shop.locations:
        await shop.receive(shop.sku, 3, location)
    other = await another_channel(shop, *shop.locations[:2])
    await set_channel_buffer(
        context=shop.context, channel=other, sku=shop.sku, location=None, quantity=2
    )
    expected = [(location, other, 2) for location in shop.locations[:2]]
    assert await all_kept_back(shop) == await all_kept_back(shop, other) == expected
    assert await available(shop, other) == 2


async def test_levels_are_set_all_or_none(open_shop) -> None:
    shop = await open_shop(units=9, skus=2)
    stale = ToKeepBack(sku=shop.skus[1], location=shop.location, quantity=1, expected_version=7)
    good = ToKeepBack(sku=shop.sku, location=shop.location, quantity=1)
    with pytest.raises(StockVersionStale):
        await keep_back(context=shop.context, levels=[good, stale])
    assert await all_kept_back(shop) == []
    fresh = ToKeepBack(sku=shop.skus[1], location=shop.location, quantity=2, expected_version=0)
    buffer = ToKeepBack(sku=shop.sku, channel=shop.channel, quantity=3)
    rows = await keep_back(context=shop.context, levels=[good, fresh, buffer])
    assert {(row.sku, row.safety) for row in rows} == {(shop.sku, 1), (shop.skus[1], 2)}
    assert await all_kept_back(shop) == [
        (shop.location, None, 1),
        (shop.location, shop.channel, 3),
    ]


async def test_of_two_levels_for_one_place_the_later_one_counts(open_shop) -> None:
    shop = await open_shop(units=1, locations=2)
    everywhere = ToKeepBack(sku=shop.sku, channel=shop.channel, quantity=5)
    here = ToKeepBack(sku=shop.sku, channel=shop.channel, quantity=1, location=shop.location)
    await keep_back(context=shop.context, levels=[everywhere, here])
    assert await all_kept_back(shop) == [
        (shop.locations[0], shop.channel, 1),
        (shop.locations[1], shop.channel, 5),
    ]


async def test_the_same_again_is_not_told_twice(open_shop) -> None:
    shop = await open_shop(units=1)
    for _ in range(2):
        await set_safety_stock(
            context=shop.context, sku=shop.sku, location=shop.location, quantity=1
        )
        await set_channel_buffer(
            context=shop.context, channel=shop.channel, sku=shop.sku, location=None, quantity=2
        )
    told = await movements(context=shop.context, id=shop.sku, location=None, before=None, limit=50)
    happened = [(each.type, each.facts) for each in told]
    assert happened == [
        ("SafetyStockSet", {"quantity": 2, "channel": shop.channel}),
        ("SafetyStockSet", {"quantity": 1}),
        ("StockReceived", {"quantity": 1, "reference": None}),
    ]


async def test_what_is_kept_back_is_listed_in_pages(open_shop) -> None:
    shop = await open_shop(units=1, skus=3)
    levels = [ToKeepBack(sku=sku, location=shop.location, quantity=1) for sku in shop.skus]
    await keep_back(context=shop.context, levels=levels)
    seen: list[str] = []
    after = None
    while page := await kept_back(
        context=shop.context, skus=shop.skus, channel=None, after=after, limit=2
    ):
        seen += [each.sku for each in page]
        after = KeptBackPlace(page[-1].sku, page[-1].location, page[-1].channel or "")
    assert seen == sorted(shop.skus)


async def test_what_can_not_be_kept_back_is_refused(open_shop) -> None:
    shop = await open_shop(units=1)
    bundle = f"SET-{uuid.uuid4().hex[:8]}"
    draft = {
        "id": bundle.lower(),
        "type": "bundle",
        "name": "Set",
        "price_minor": 1,
        "currency": "EUR",
        "variants": [{"sku": bundle, "components": [{"sku": shop.sku, "quantity": 1}]}],
    }
    await create_product(context=shop.context, draft=draft)
    for refusal, facts in (
        (SkuUnknown, {"sku": "NOBODY-KNOWS", "location": shop.location}),
        (BundleHasNoStock, {"sku": bundle, "location": shop.location}),
        (LocationNotFound, {"sku": shop.sku, "location": "nowhere"}),
        (ChannelNotFound, {"sku": shop.sku, "channel": "nobody"}),
    ):
        with pytest.raises(refusal):
            await keep_back(context=shop.context, levels=[ToKeepBack(quantity=1, **facts)])
    many = [f"place-{number}" for number in range(100)]
    wide = await another_channel(shop, *many)
    skus = [shop.sku] * 11
    levels = [
        ToKeepBack(sku=sku, location=place, channel=wide, quantity=1)
        for sku in skus
        for place in many
    ]
    with pytest.raises(LocationNotFound):
        await keep_back(context=shop.context, levels=levels)


async def test_more_rows_than_are_changed_at_once_are_refused(open_shop) -> None:
    shop = await open_shop(skus=11)
    wide = await another_channel(shop, *(f"place-{number}" for number in range(100)))
    levels = [ToKeepBack(sku=sku, channel=wide, quantity=1) for sku in shop.skus]
    with pytest.raises(TooManyAtOnce) as refused:
        await keep_back(context=shop.context, levels=levels)
    assert (refused.value.asked, refused.value.limit) == (1100, 1000)


async def test_a_channel_sees_its_own_buffers_and_changes_none(open_shop) -> None:
    shop = await open_shop(units=1)
    other = await another_channel(shop)
    for channel in (shop.channel, other):
        await set_channel_buffer(
            context=shop.context, channel=channel, sku=shop.sku, location=None, quantity=1
        )
    own = context_of(shop.house, channel=shop.channel)
    found = await kept_back(context=own, skus=[shop.sku], channel=None, after=None, limit=9)
    assert [each.channel for each in found] == [shop.channel]
    with pytest.raises(OtherChannel):
        await kept_back(context=own, skus=None, channel=other, after=None, limit=9)
    with pytest.raises(OtherChannel):
        await set_channel_buffer(
            context=own, channel=other, sku=shop.sku, location=None, quantity=0
        )
    reader = context_of(shop.house, permissions=frozenset({"inventory:read"}))
    with pytest.raises(PermissionMissing):
        await set_channel_buffer(
            context=reader, channel=shop.channel, sku=shop.sku, location=None, quantity=0
        )


async def test_a_disabled_channel_keeps_its_buffers_and_may_get_others(open_shop) -> None:
    shop = await open_shop(units=4)
    terms = Terms(name="off", kind="pos", locations=shop.locations, enabled=False)
    await change_channel(
        context=shop.context, channel_id=shop.channel, terms=terms, expected_version=None
    )
    await set_channel_buffer(
        context=shop.context, channel=shop.channel, sku=shop.sku, location=None, quantity=3
    )
    assert await all_kept_back(shop, shop.channel) == [(shop.location, shop.channel, 3)]
