"""Bundles through an order's life: what they take is counted once, and moved as it was held."""

import asyncio

import pytest

from bundles import bundle_of, remade
from houses import Shop
from rackhouse.catalog import remove_product
from rackhouse.inventory import (
    Line,
    NotEnoughStock,
    Shortage,
    audit_stock,
    hold_of,
    place_hold,
    release_hold,
)
from rackhouse.orders import (
    Order,
    OrderLineNotLeft,
    Pieces,
    cancel_order,
    place_order,
    return_order,
    ship_order,
)


async def order(shop: Shop, *lines: Line, complete: str = "confirm") -> Order:
    return await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=list(lines),
        hold_id=None,
        customer_id=None,
        external_id=None,
        ttl_seconds=None,
        complete=complete,
    )


async def levels(shop: Shop) -> list[dict[str, tuple[int, int, int]]]:
    return [await shop.levels(sku) for sku in shop.skus]


async def test_a_component_of_two_lines_of_one_order_is_counted_once(open_shop) -> None:
    shop = await open_shop(skus=3)
    gin, tonic, glass = shop.skus
    await shop.receive(gin, 3)
    await shop.receive(tonic, 9)
    await shop.receive(glass, 9)
    long_drink = await bundle_of(shop, {gin: 1, tonic: 2})
    gift = await bundle_of(shop, {gin: 1, glass: 2})
    lines = [Line(long_drink, 2), Line(gift, 1), Line(gin, 1)]
    with pytest.raises(NotEnoughStock) as refused:
        await order(shop, *lines)
    assert refused.value.lines == [
        Shortage(long_drink, 2, 3),
        Shortage(gift, 1, 3),
        Shortage(gin, 1, 3),
    ]
    assert await levels(shop) == [{shop.location: (count, 0, 0)} for count in (3, 9, 9)]
    await order(shop, *lines[:2])
    assert await levels(shop) == [
        {shop.location: (3, 0, 3)},
        {shop.location: (9, 0, 4)},
        {shop.location: (9, 0, 2)},
    ]


async def test_a_component_of_two_bundles_is_sold_once_also_to_buyers_at_the_same_time(
    open_shop,
) -> None:
    shop = await open_shop(units=5, skus=3)
    for sku in shop.skus[1:]:
        await shop.receive(sku, 50)
    bundles = [await bundle_of(shop, {shop.sku: 1, other: 1}) for other in shop.skus[1:]]
    outcomes = await asyncio.gather(
        *(order(shop, Line(bundles[at % 2], 1)) for at in range(16)), return_exceptions=True
    )
    sold = [each for each in outcomes if isinstance(each, Order)]
    assert len(sold) == 5
    assert all(isinstance(each, Order | NotEnoughStock) for each in outcomes)
    of_shared, *of_others = await levels(shop)
    assert of_shared == {shop.location: (5, 0, 5)}
    assert sum(each[shop.location][2] for each in of_others) == 5


async def test_bundles_are_shipped_and_returned_in_part_with_all_their_components(
    open_shop,
) -> None:
    shop = await open_shop(skus=2)
    gin, tonic = shop.skus
    await shop.receive(gin, 10)
    await shop.receive(tonic, 30)
    bundle = await bundle_of(shop, {gin: 1, tonic: 4})
    placed = await order(shop, Line(bundle, 3), Line(tonic, 2))
    assert await levels(shop) == [{shop.location: (10, 0, 3)}, {shop.location: (30, 0, 14)}]

    async def ship(*pieces: Pieces) -> Order:
        return await ship_order(context=shop.context, order_id=placed.id, lines=list(pieces))

    async def take_back(*pieces: Pieces) -> Order:
        return await return_order(
            context=shop.context, order_id=placed.id, lines=list(pieces), reason="broken"
        )

    part = await ship(Pieces(bundle, 2))
    assert [(line.shipped, line.returned) for line in part.lines] == [(2, 0), (0, 0)]
    assert await levels(shop) == [{shop.location: (8, 0, 1)}, {shop.location: (22, 0, 6)}]
    back = await take_back(Pieces(bundle, 1))
    assert (back.status, back.lines[0].returned) == ("confirmed", 1)
    assert await levels(shop) == [{shop.location: (9, 0, 1)}, {shop.location: (26, 0, 6)}]
    for too_many in (ship(Pieces(bundle, 2)), take_back(Pieces(bundle, 2)), ship(Pieces(gin, 1))):
        with pytest.raises(OrderLineNotLeft):
            await too_many
    whole = await ship(Pieces(tonic, 2), Pieces(bundle, 1))
    assert whole.status == "shipped"
    assert await levels(shop) == [{shop.location: (8, 0, 0)}, {shop.location: (20, 0, 0)}]
    await take_back(Pieces(bundle, 2), Pieces(tonic, 2))
    assert await levels(shop) == [{shop.location: (10, 0, 0)}, {shop.location: (30, 0, 0)}]
    found = await audit_stock(context=shop.context, progress=lambda _: None)
    assert not [each for each in found.discrepancies if each.sku in shop.skus]


async def test_a_bundle_whose_components_lie_apart_moves_each_where_it_was_held(
    open_shop,
) -> None:
    shop = await open_shop(skus=2, locations=2)
    (gin, tonic), (cellar, front) = shop.skus, shop.locations
    await shop.receive(gin, 2, cellar)
    await shop.receive(gin, 2, front)
    await shop.receive(tonic, 12, front)
    bundle = await bundle_of(shop, {gin: 1, tonic: 3})
    placed = await order(shop, Line(bundle, 3))
    assert await levels(shop) == [{cellar: (2, 0, 2), front: (2, 0, 1)}, {front: (12, 0, 9)}]
    await ship_order(context=shop.context, order_id=placed.id, lines=[Pieces(bundle, 1)])
    await ship_order(context=shop.context, order_id=placed.id, lines=[Pieces(bundle, 2)])
    assert await levels(shop) == [{cellar: (0, 0, 0), front: (1, 0, 0)}, {front: (3, 0, 0)}]
    await return_order(
        context=shop.context, order_id=placed.id, lines=[Pieces(bundle, 1)], reason="no"
    )
    hold = await hold_of(context=shop.context, hold_id=placed.hold_id)
    returned = {(each.sku, each.location): each.returned for each in hold.allocations}
    assert sum(count for (sku, _), count in returned.items() if sku == gin) == 1
    assert returned[tonic, front] == 3


async def test_part_of_a_held_bundle_can_be_let_go(open_shop) -> None:
    shop = await open_shop(skus=2)
    for sku, quantity in zip(shop.skus, (5, 10), strict=True):
        await shop.receive(sku, quantity)
    bundle = await bundle_of(shop, {shop.skus[0]: 1, shop.skus[1]: 2})
    hold = await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(bundle, 3)], ttl_seconds=60
    )
    await release_hold(
        context=shop.context, hold_id=hold.id, lines=[Line(bundle, 2)], reason="changed mind"
    )
    assert await levels(shop) == [{shop.location: (5, 1, 0)}, {shop.location: (10, 2, 0)}]


async def test_a_bundle_that_is_made_of_something_else_now_leaves_its_orders_as_they_were(
    open_shop,
) -> None:
    shop = await open_shop(skus=3)
    gin, tonic, glass = shop.skus
    for sku in shop.skus:
        await shop.receive(sku, 40)
    bundle = await bundle_of(shop, {gin: 1, tonic: 4})
    to_ship, to_return, to_cancel, pending = [
        await order(shop, Line(bundle, 2), complete=complete)
        for complete in ("confirm", "confirm", "confirm", "reserve")
    ]
    await ship_order(context=shop.context, order_id=to_return.id, lines=None)
    assert await levels(shop) == [
        {shop.location: (38, 2, 4)},
        {shop.location: (32, 8, 16)},
        {shop.location: (40, 0, 0)},
    ]
    await remade(shop, bundle, {gin: 1, glass: 3})
    await ship_order(context=shop.context, order_id=to_ship.id, lines=[Pieces(bundle, 1)])
    await ship_order(context=shop.context, order_id=to_ship.id, lines=None)
    await return_order(
        context=shop.context, order_id=to_return.id, lines=[Pieces(bundle, 1)], reason="no"
    )
    for each in (to_cancel, pending):
        await cancel_order(context=shop.context, order_id=each.id, reason="no")
    assert await levels(shop) == [
        {shop.location: (37, 0, 0)},
        {shop.location: (28, 0, 0)},
        {shop.location: (40, 0, 0)},
    ]
    await order(shop, Line(bundle, 1))
    assert await levels(shop) == [
        {shop.location: (37, 0, 1)},
        {shop.location: (28, 0, 0)},
        {shop.location: (40, 0, 3)},
    ]
    await remove_product(
        context=shop.context, product_id=bundle.lower(), only_type=None, expected_version=None
    )
    last = await return_order(context=shop.context, order_id=to_return.id, lines=None, reason="no")
    assert (last.status, last.lines[0].returned) == ("returned", 2)
    assert (await levels(shop))[:2] == [{shop.location: (38, 0, 1)}, {shop.location: (32, 0, 0)}]
