"""Orders of pieces that have not come, and returns in any condition."""

import datetime
from typing import Any

import pytest

from houses import Shop
from rackhouse.inventory import (
    ComingBack,
    Line,
    LocationNotFound,
    NotArrivedYet,
    NotEnoughStock,
    PromiseTerms,
    availability,
    hold_of,
    open_promise,
    place_hold,
    promise_of,
)
from rackhouse.orders import (
    Order,
    OrderIsNot,
    Pieces,
    cancel_order,
    confirm_order,
    follow_holds,
    order_of,
    place_order,
    return_order,
    ship_order,
)

SPRING = datetime.datetime(2035, 4, 1, tzinfo=datetime.UTC)


async def preorder(shop: Shop, quantity: int = 1, **further: object) -> Order:
    asked: dict[str, Any] = {
        "context": shop.context,
        "channel": shop.channel,
        "lines": [Line(shop.sku, quantity)],
        "hold_id": None,
        "customer_id": None,
        "external_id": None,
        "ttl_seconds": None,
        "complete": "confirm",
        "promise": True,
        **further,
    }
    return await place_order(**asked)


async def open_sale(shop: Shop, cap: int) -> None:
    terms = PromiseTerms(kind="pre_order", promised_at=SPRING, cap=cap)
    await open_promise(context=shop.context, sku=shop.sku, terms=terms)


async def cap_left(shop: Shop) -> int:
    parts = (await promise_of(context=shop.context, sku=shop.sku)).parts
    return sum(part.cap - part.held - part.sold for part in parts)


async def ship(shop: Shop, order: Order, lines: list[Pieces] | None = None) -> Order:
    return await ship_order(context=shop.context, order_id=order.id, lines=lines)


async def test_what_has_come_of_an_order_leaves_and_the_rest_follows(open_shop) -> None:
    shop = await open_shop(units=1)
    await open_sale(shop, 2)
    order = await preorder(shop, 3)
    assert await cap_left(shop) == 0
    sent = await ship(shop, order)
    assert (sent.status, sent.lines[0].shipped) == ("confirmed", 1)
    with pytest.raises(NotArrivedYet):
        await ship(shop, order)
    await shop.receive(shop.sku, 1)
    with pytest.raises(NotArrivedYet):
        await ship(shop, order, [Pieces(shop.sku, 2)])
    assert (await ship(shop, order, [Pieces(shop.sku, 1)])).lines[0].shipped == 2
    await shop.receive(shop.sku, 1)
    sent = await ship(shop, order)
    assert (sent.status, sent.lines[0].shipped) == ("shipped", 3)
    assert await shop.levels() == {shop.location: (0, 0, 0)}


async def test_an_order_of_which_nothing_has_come_does_not_leave(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 5)
    order = await preorder(shop, 2, complete="reserve")
    await confirm_order(context=shop.context, order_id=order.id)
    with pytest.raises(NotArrivedYet):
        await ship(shop, order)
    assert (await order_of(context=shop.context, order_id=order.id)).status == "confirmed"


async def test_a_cancelled_order_gives_its_part_of_the_promise_back(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 3)
    order, other = await preorder(shop, 2), await preorder(shop, 1)
    await shop.receive(shop.sku, 1)
    await cancel_order(context=shop.context, order_id=order.id, reason="changed my mind")
    assert await cap_left(shop) == 1
    assert await shop.levels() == {shop.location: (1, 0, 0)}
    with pytest.raises(OrderIsNot):
        await ship(shop, order)
    await shop.receive(shop.sku, 1)
    assert (await ship(shop, other)).status == "shipped"


async def test_following_the_stock_changes_nothing_of_an_order_that_is_served(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 3)
    order = await preorder(shop, 2)
    await shop.receive(shop.sku, 1)
    await follow_holds(shop.context, [])
    assert await order_of(context=shop.context, order_id=order.id) == order


async def test_nothing_that_has_not_come_is_handed_over(open_shop) -> None:
    shop = await open_shop(units=1)
    await open_sale(shop, 3)
    with pytest.raises(NotEnoughStock):
        await preorder(shop, 2, complete="hand_over")
    held = await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, 2)],
        ttl_seconds=60,
        promise=True,
    )
    with pytest.raises(NotArrivedYet):
        await preorder(shop, lines=None, hold_id=held.id, complete="hand_over", promise=False)
    assert (await hold_of(context=shop.context, hold_id=held.id)).status == "held"
    assert (await preorder(shop, complete="reserve")).status == "pending"


@pytest.mark.parametrize(
    ("condition", "on_hand", "available"),
    [("sellable", 2, 2), ("quarantine", 2, 0), ("damaged", 2, 0), ("write_off", 0, 0)],
)
async def test_what_comes_back_is_in_some_condition_somewhere(
    open_shop, condition: str, on_hand: int, available: int
) -> None:
    shop = await open_shop(units=2, locations=2)
    order = await preorder(shop, 2, complete="hand_over")
    with pytest.raises(LocationNotFound):
        await return_order(
            context=shop.context,
            order_id=order.id,
            lines=None,
            reason="no",
            coming_back=ComingBack(location="nowhere"),
        )
    back = await return_order(
        context=shop.context,
        order_id=order.id,
        lines=None,
        reason="cracked",
        coming_back=ComingBack(condition, shop.locations[1]),
    )
    assert back.status == "returned"
    found = (await availability(context=shop.context, id=shop.sku)).skus[0]
    (place,) = [each for each in found.locations if each.location == shop.locations[1]]
    assert (place.on_hand, place.available) == (on_hand, available)
    assert found.on_hand == on_hand
