"""Allotments: pieces that one channel may sell without asking, and that nobody else reaches."""

import datetime

import pytest

from houses import context_of
from rackhouse.catalog import SkuUnknown
from rackhouse.channels import ChannelDisabled, ChannelNotFound, Terms, change_channel
from rackhouse.inventory import (
    AllotmentPlace,
    ChannelMustAgree,
    Line,
    LocationNotFound,
    NotEnoughFree,
    NotEnoughStock,
    OtherChannel,
    Portion,
    SellsElsewhere,
    allot,
    audit_stock,
    confirm_hold,
    place_hold,
    set_safety_stock,
)
from rackhouse.inventory.commands import MovedPieces
from rackhouse.inventory.errors import StockVersionStale, UnitNotFree
from rackhouse.platform.context import Context, PermissionMissing
from tills import apart, back, buy, buyable, downloaded, lot, till

LATER = datetime.datetime(2036, 1, 1, tzinfo=datetime.UTC)


async def test_what_is_set_apart_is_sold_by_its_channel_alone(open_shop) -> None:
    shop = await open_shop(units=5)
    till_one = await till(shop)
    (moved,) = await apart(shop, till_one, 3)
    assert (moved.quantity, moved.lot, moved.units) == (3, None, ())
    assert await buyable(shop) == 2
    assert await buyable(shop, shop.channel) == 2
    assert await buyable(shop, till_one) == 5
    with pytest.raises(NotEnoughStock):
        await buy(shop, 3)
    sold = await buy(shop, 4, till_one)
    assert [(each.allotment, each.quantity) for each in sold.allocations] == [
        (till_one, 3),
        ("", 1),
    ]


async def test_a_channel_is_told_what_it_can_buy_exactly(open_shop) -> None:
    shop = await open_shop(units=9)
    till_one = await till(shop)
    await lot(shop, "old", 1, 2, 3, expires_at=LATER)
    await lot(shop, "spring", release_at=LATER)
    await apart(shop, till_one, 2, lot="old", units=(2, 3))
    await apart(shop, till_one, 1, lot="spring")
    await set_safety_stock(context=shop.context, sku=shop.sku, location=shop.location, quantity=4)
    lapsed = await place_hold(
        context=shop.context, channel=till_one, lines=[Line(shop.sku, 3)], ttl_seconds=0.001
    )
    assert [each.allotment for each in lapsed.allocations] == [till_one, ""]
    for channel in (till_one, shop.channel):
        possible = await buyable(shop, channel)
        with pytest.raises(NotEnoughStock):
            await buy(shop, possible + 1, channel)
        await buy(shop, possible, channel)
        assert await buyable(shop, channel) == 0


async def test_a_till_downloads_its_pieces_with_their_lots_and_numbers(open_shop) -> None:
    shop = await open_shop(units=4)
    till_one, till_two = await till(shop), await till(shop)
    await apart(shop, till_one, 3)
    await lot(shop, "cask", 1, 2, 3, 4, expires_at=LATER)
    await lot(shop, "spring", release_at=LATER)
    await apart(shop, till_one, 3, lot="cask", units=(2, 3, 4))
    await apart(shop, till_one, 2, lot="spring")
    await apart(shop, till_two, 1)
    held = await buy(shop, 1, till_one, lot="cask", units=(3,))
    await confirm_hold(context=shop.context, hold_id=held.id)
    told = [
        (each.lot, each.free, each.committed, each.units, each.lot_status)
        for each in await downloaded(shop, till_one)
    ]
    assert told == [
        (None, 3, 0, [], "sellable"),
        ("cask", 2, 1, [2, 4], "sellable"),
        ("spring", 2, 0, [], "unreleased"),
    ]
    (other,) = await downloaded(shop, till_two)
    assert (other.channel, other.free) == (till_two, 1)


async def test_numbers_of_a_hold_that_lapsed_are_downloaded_as_free(open_shop) -> None:
    shop = await open_shop()
    till_one = await till(shop)
    await lot(shop, "cask", 1, 2)
    await apart(shop, till_one, 2, lot="cask")
    await place_hold(
        context=shop.context, channel=till_one, lines=[Line(shop.sku, 1)], ttl_seconds=0.001
    )
    (told,) = await downloaded(shop, till_one)
    while told.held:
        (told,) = await downloaded(shop, till_one)
    assert (told.free, told.units) == (2, [1, 2])


async def test_a_download_comes_in_pages_and_by_sku_and_location(open_shop) -> None:
    shop = await open_shop(skus=3, locations=2)
    till_one = await till(shop)
    for sku in shop.skus:
        for place in shop.locations:
            await shop.receive(sku, 2, place)
            await apart(shop, till_one, 1, sku=sku, location=place)
    seen: list[tuple[str, str]] = []
    after = None
    while page := await downloaded(shop, till_one, after=after, limit=4):
        seen += [(each.sku, each.location) for each in page]
        last = page[-1]
        after = AllotmentPlace(last.channel, last.sku, last.location, last.lot or "")
    assert seen == sorted((sku, place) for sku in shop.skus for place in shop.locations)
    assert len(await downloaded(shop, till_one, sku=shop.skus[1])) == 2
    assert len(await downloaded(shop, till_one, location=shop.locations[1])) == 3


async def test_a_channel_gives_back_what_it_does_not_sell(open_shop) -> None:
    shop = await open_shop(units=5)
    till_one = await till(shop)
    await apart(shop, till_one, 4)
    (moved,) = await back(shop, till_one, 3)
    assert moved.quantity == 3
    await buy(shop, 4)
    with pytest.raises(NotEnoughFree) as refused:
        await back(shop, till_one, 2)
    assert (refused.value.free, refused.value.channel) == (1, till_one)


async def test_nobody_else_gives_back_without_the_channel(open_shop) -> None:
    shop = await open_shop(units=5)
    till_one, till_two = await till(shop), await till(shop)
    await apart(shop, till_one, 4)
    with pytest.raises(ChannelMustAgree) as refused:
        await back(shop, till_one, 1, context=shop.context)
    assert refused.value.channel == till_one
    stranger = context_of(shop.house, channel=till_two)
    for agrees in (False, True):
        with pytest.raises(OtherChannel):
            await back(shop, till_one, 1, context=stranger, channel_agrees=agrees)
    await back(shop, till_one, 1, context=shop.context, channel_agrees=True)
    reader = context_of(shop.house, permissions=frozenset({"inventory:read"}))
    with pytest.raises(PermissionMissing):
        await back(shop, till_one, 1, context=reader, channel_agrees=True)


async def test_one_channel_does_not_see_what_another_has(open_shop) -> None:
    shop = await open_shop(units=5)
    till_one, till_two = await till(shop), await till(shop)
    await apart(shop, till_one, 2)
    await apart(shop, till_two, 1)
    with pytest.raises(OtherChannel):
        await downloaded(shop, till_one, context=context_of(shop.house, channel=till_two))
    own = await downloaded(
        shop, till_one, channel=None, sku=shop.sku, context=context_of(shop.house, channel=till_two)
    )
    assert [each.channel for each in own] == [till_two]
    everyone = await downloaded(shop, till_one, channel=None, sku=shop.sku, context=shop.context)
    assert {each.channel for each in everyone} == {till_one, till_two}


async def test_portions_are_set_apart_all_or_none(open_shop) -> None:
    shop = await open_shop(skus=2)
    till_one = await till(shop)
    for sku in shop.skus:
        await shop.receive(sku, 3)

    async def both(first: int, second: int, **expected: int) -> list[MovedPieces]:
        portions = [
            Portion(sku=shop.skus[0], location=shop.location, quantity=first, **expected),
            Portion(sku=shop.skus[1], location=shop.location, quantity=second),
            Portion(sku=shop.skus[1], location=shop.location, quantity=1),
        ]
        return await allot(context=shop.context, channel=till_one, portions=portions)

    with pytest.raises(NotEnoughFree):
        await both(1, 3)
    with pytest.raises(StockVersionStale):
        await both(1, 1, expected_version=9)
    assert await downloaded(shop, till_one) == []
    assert [each.quantity for each in await both(3, 2)] == [3, 2, 1]
    assert [each.free for each in await downloaded(shop, till_one)] == [3, 3]


async def test_what_can_not_be_set_apart_is_refused(open_shop) -> None:
    shop, elsewhere = await open_shop(units=5), await open_shop(units=5)
    till_one = await till(shop)
    await lot(shop, "cask", 1, 2)
    for refusal, asked in (
        (SellsElsewhere, {"location": elsewhere.location}),
        (LocationNotFound, {"location": "nowhere"}),
        (LocationNotFound, {"location": "~promised"}),
        (SkuUnknown, {"sku": "NOBODY-KNOWS"}),
        (UnitNotFree, {"lot": "cask", "units": (9,)}),
    ):
        with pytest.raises(refusal):
            await apart(shop, till_one, 1, **asked)
    with pytest.raises(ChannelNotFound):
        await apart(shop, "nobody", 1)
    with pytest.raises(ChannelNotFound):
        await downloaded(shop, "nobody", context=shop.context)
    terms = Terms(name="off", kind="pos", locations=shop.locations, enabled=False)
    await apart(shop, till_one, 1)
    await change_channel(
        context=shop.context, channel_id=till_one, terms=terms, expected_version=None
    )
    with pytest.raises(ChannelDisabled):
        await apart(shop, till_one, 1)
    await back(shop, till_one, 1)


async def test_one_number_is_sold_from_the_pool_while_others_are_set_apart(open_shop) -> None:
    shop = await open_shop()
    till_one = await till(shop)
    await lot(shop, "cask", 1, 2, 7)
    await apart(shop, till_one, 2, lot="cask")
    with pytest.raises(UnitNotFree):
        await buy(shop, 1, lot="cask", units=(1,))
    await buy(shop, 1, lot="cask", units=(7,))
    await buy(shop, 1, till_one, lot="cask", units=(2,))


async def test_a_channel_asks_for_a_number_of_the_pool_while_it_has_others(open_shop) -> None:
    shop = await open_shop()
    till_one = await till(shop)
    await lot(shop, "cask", 1, 2, 7)
    await apart(shop, till_one, 2, lot="cask")
    wanted = await buy(shop, 2, till_one, lot="cask", units=(7, 1))
    assert sorted((each.allotment, each.units) for each in wanted.allocations) == [
        ("", (7,)),
        (till_one, (1,)),
    ]


async def test_the_audit_finds_nothing_to_say_about_allotments(context: Context) -> None:
    found = await audit_stock(context=context, progress=lambda _: None)
    assert found.discrepancies == []
