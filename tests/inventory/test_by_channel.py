"""Channels side by side: each figure is the one that the channel itself is told."""

import datetime
import uuid
from collections.abc import Awaitable, Callable

import pytest
from batches import lot_in

from houses import Shop, context_of
from rackhouse.channels import Terms, open_channel
from rackhouse.inventory import (
    Line,
    OtherChannel,
    Portion,
    SellableByChannel,
    SetApart,
    SoldStretch,
    allot,
    availability,
    confirm_hold,
    place_hold,
    recall_lot,
    sellable_of_channels,
    set_apart_of_channels,
    set_channel_buffer,
    set_safety_stock,
    sold_before,
)
from rackhouse.platform.context import Context
from rackhouse.platform.events import Position

OpenShop = Callable[..., Awaitable[Shop]]
BEYOND = Position(2**62, 2**62)


async def till(shop: Shop, *locations: str) -> str:
    """A second channel on some of the shelves."""
    name = f"till-{uuid.uuid4().hex[:8]}"
    terms = Terms(name=name, kind="pos", locations=locations or shop.locations, enabled=True)
    await open_channel(context=shop.context, channel_id=name, terms=terms)
    return name


async def hold(shop: Shop, quantity: int, channel: str, sku: str | None = None) -> str:
    """Set some pieces aside for ten minutes."""
    lines = [Line(sku or shop.sku, quantity)]
    held = await place_hold(context=shop.context, channel=channel, lines=lines, ttl_seconds=600)
    return held.id


async def sellable(shop: Shop, *channels: str) -> list[SellableByChannel]:
    return await sellable_of_channels(
        context=shop.context, channels=dict.fromkeys(channels, shop.locations), skus=shop.skus
    )


async def told(shop: Shop, channel: str) -> dict[tuple[str, str], int]:
    """What a channel itself is told that it could sell, by SKU and location."""
    found = {}
    for sku in shop.skus:
        each = await availability(context=shop.context, id=sku, channel=channel)
        found |= {(sku, place.location): place.available for place in each.skus[0].locations}
    return found


async def set_apart(shop: Shop, context: Context | None = None) -> list[SetApart]:
    found = await set_apart_of_channels(context=context or shop.context)
    return [each for each in found if each.location in shop.locations]


async def sold_lately(
    context: Context,
    before: Position = BEYOND,
    by_sku_since: datetime.timedelta = datetime.timedelta(hours=1),
) -> SoldStretch:
    """What was sold in the newest events, within an hour."""
    now = datetime.datetime.now(datetime.UTC)
    return await sold_before(
        context=context,
        before=before,
        since=now - datetime.timedelta(hours=1),
        by_sku_since=now - by_sku_since,
        step_seconds=300,
    )


async def test_each_channel_could_sell_what_it_is_told_that_it_could(open_shop: OpenShop) -> None:
    shop = await open_shop(units=20, skus=3, locations=2)
    await shop.receive(shop.skus[1], 9, shop.locations[1])
    await shop.receive(shop.skus[1], 4)
    other = await till(shop)
    portion = Portion(sku=shop.sku, location=shop.location, quantity=6)
    await allot(context=shop.context, channel=other, portions=[portion])
    await set_safety_stock(context=shop.context, sku=shop.sku, location=shop.location, quantity=2)
    await set_channel_buffer(
        context=shop.context, channel=shop.channel, sku=shop.sku, location=None, quantity=5
    )
    await hold(shop, 2, other)
    await hold(shop, 3, shop.channel)
    rows = await sellable(shop, shop.channel, other)
    for channel in (shop.channel, other):
        of_channel = [each for each in rows if each.channel == channel]
        figures = {(each.sku, each.location): each.own + each.pool for each in of_channel}
        assert figures == await told(shop, channel)
    first = (shop.sku, shop.location)
    by_channel = {each.channel: each for each in rows if (each.sku, each.location) == first}
    assert (by_channel[shop.channel].own, by_channel[shop.channel].pool) == (0, 4)
    assert (by_channel[other].own, by_channel[other].pool) == (4, 9)


async def test_pieces_of_a_recalled_lot_are_sold_by_nobody(open_shop: OpenShop) -> None:
    shop = await open_shop()
    other = await till(shop)
    await lot_in(shop, "CASK-1", pieces=8)
    portion = Portion(sku=shop.sku, location=shop.location, quantity=3, lot="CASK-1")
    await allot(context=shop.context, channel=other, portions=[portion])
    assert [(each.own, each.pool) for each in await sellable(shop, other)] == [(3, 5)]
    await recall_lot(context=shop.context, sku=shop.sku, lot="CASK-1", reason="cork")
    assert [(each.own, each.pool) for each in await sellable(shop, other)] == [(0, 0)]
    (apart,) = await set_apart(shop)
    assert (apart.channel, apart.free, apart.sellable) == (other, 3, 0)


async def test_what_is_set_apart_and_left_to_others_is_summed_by_location(
    open_shop: OpenShop,
) -> None:
    shop = await open_shop(units=10, skus=2)
    await shop.receive(shop.skus[1], 4)
    other = await till(shop)
    portions = [Portion(sku=sku, location=shop.location, quantity=3) for sku in shop.skus]
    await allot(context=shop.context, channel=other, portions=portions)
    await confirm_hold(context=shop.context, hold_id=await hold(shop, 1, other))
    await hold(shop, 2, other, shop.skus[1])
    await set_channel_buffer(
        context=shop.context, channel=shop.channel, sku=shop.skus[1], location=None, quantity=50
    )
    assert await set_apart(shop) == sorted(
        [
            SetApart(other, shop.location, 3, 3, 2, 1, 0),
            SetApart(shop.channel, shop.location, 0, 0, 0, 0, 1),
        ],
        key=lambda each: each.channel,
    )
    own = context_of(shop.house, channel=other)
    assert [each.channel for each in await set_apart(shop, own)] == [other]


async def test_what_was_sold_is_told_by_channel_and_time(open_shop: OpenShop) -> None:
    shop = await open_shop(units=10)
    other = await till(shop)
    await confirm_hold(context=shop.context, hold_id=await hold(shop, 2, shop.channel))
    await confirm_hold(context=shop.context, hold_id=await hold(shop, 3, other))
    await hold(shop, 4, other)
    stretch = await sold_lately(shop.context)
    sold = {each.channel: each for each in stretch.sold if each.sku == shop.sku}
    assert {channel: each.pieces for channel, each in sold.items()} == {shop.channel: 2, other: 3}
    assert all(each.location == shop.location for each in sold.values())
    assert all(each.at.timestamp() % 300 == 0 for each in sold.values())
    assert stretch.first is not None
    bound = context_of(shop.house, channel=other)
    alone = await sold_lately(bound)
    assert {each.channel for each in alone.sold} == {other}
    together = await sold_lately(bound, by_sku_since=datetime.timedelta(0))
    assert [(each.channel, each.sku, each.pieces) for each in together.sold] == [(other, "", 3)]
    none = await sold_lately(shop.context, before=Position(0, 0))
    assert (none.sold, none.first) == ([], None)


async def test_a_channel_is_not_told_what_another_could_sell(open_shop: OpenShop) -> None:
    shop = await open_shop(units=1)
    bound = context_of(shop.house, channel=await till(shop))
    with pytest.raises(OtherChannel):
        await sellable_of_channels(
            context=bound, channels={shop.channel: shop.locations}, skus=shop.skus
        )
