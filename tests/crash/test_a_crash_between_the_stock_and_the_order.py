"""A crash between the commit of the stock and that of the order, and a retry that comes only after
the order has learnt from the stock what happened."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from houses import Shop
from rackhouse.inventory import Line, hold_of
from rackhouse.orders import Order, Pieces, order_of, place_order, return_order, ship_order
from rackhouse.orders.following import SUBSCRIPTIONS
from rackhouse.orders.lane import OrderLane
from rackhouse.orders.module import MODULE
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal
from rackhouse.platform.idempotency import AnsweredBefore, IdempotencyKey, Rendered
from rackhouse.platform.ids import new_id
from rackhouse.platform.subscriptions import deliver

OpenShop = Callable[..., Awaitable[Shop]]
BOUGHT = 2


def keyed(shop: Shop) -> Context:
    """The context of a request with a key of its own."""

    def render(outcome: object) -> Rendered:
        return Rendered(409 if isinstance(outcome, Refusal) else 200, repr(outcome))

    key = IdempotencyKey(caller="test", key=new_id(), fingerprint="same", render=render)
    return msgspec.structs.replace(shop.context, idempotency=key)


async def bought(shop: Shop, complete: str) -> Order:
    """An order of two pieces."""
    return await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, BOUGHT)],
        hold_id=None,
        customer_id=None,
        external_id=None,
        ttl_seconds=None,
        complete=complete,
    )


async def crash_in(monkeypatch: pytest.MonkeyPatch, step: Callable[[], Awaitable[Order]]) -> None:
    """Let the process end after the stock's commit and before the order's."""

    async def crashed(*_: object) -> Order:
        raise ConnectionAbortedError

    with monkeypatch.context() as crash:
        crash.setattr(OrderLane, "submit", crashed)
        with pytest.raises(ConnectionAbortedError):
            await step()


async def follow_at_once(shop: Shop) -> None:
    """Tell the orders what the stock did, without the grace that a crash is given."""
    (subscription,) = SUBSCRIPTIONS
    eager = msgspec.structs.replace(subscription, after_seconds=0.0)
    while await deliver(shop.house, MODULE, eager):
        pass


async def moved(shop: Shop, order: Order) -> tuple[tuple[int, int], tuple[int, int]]:
    """Shipped and returned, as the order and as its hold has them."""
    told = (await order_of(context=shop.context, order_id=order.id)).lines
    (held,) = (await hold_of(context=shop.context, hold_id=order.hold_id)).allocations
    return (told[0].shipped, told[0].returned), (held.shipped, held.returned)


@pytest.mark.parametrize("followed", [True, False])
@pytest.mark.parametrize("pieces", [1, BOUGHT, None])
async def test_a_shipment_is_counted_once(
    open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch, followed: bool, pieces: int | None
) -> None:
    shop = await open_shop(units=3)
    order = await bought(shop, "confirm")
    asked: dict[str, Any] = {
        "context": keyed(shop),
        "order_id": order.id,
        "lines": None if pieces is None else [Pieces(shop.sku, pieces)],
    }
    await crash_in(monkeypatch, lambda: ship_order(**asked))
    if followed:
        await follow_at_once(shop)
    shipped = await ship_order(**asked)
    count = pieces or BOUGHT
    assert shipped.lines[0].shipped == count
    assert shipped.status == ("shipped" if count == BOUGHT else "confirmed")
    assert await moved(shop, order) == ((count, 0), (count, 0))
    with pytest.raises(AnsweredBefore):
        await ship_order(**asked)
    await follow_at_once(shop)
    assert await moved(shop, order) == ((count, 0), (count, 0))


@pytest.mark.parametrize("followed", [True, False])
@pytest.mark.parametrize("pieces", [1, BOUGHT, None])
async def test_a_return_is_counted_once(
    open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch, followed: bool, pieces: int | None
) -> None:
    shop = await open_shop(units=3)
    order = await bought(shop, "hand_over")
    asked: dict[str, Any] = {
        "context": keyed(shop),
        "order_id": order.id,
        "lines": None if pieces is None else [Pieces(shop.sku, pieces)],
        "reason": "a gift twice",
    }
    await crash_in(monkeypatch, lambda: return_order(**asked))
    if followed:
        await follow_at_once(shop)
    back = await return_order(**asked)
    count = pieces or BOUGHT
    assert back.status == ("returned" if count == BOUGHT else "delivered")
    assert await moved(shop, order) == ((BOUGHT, count), (BOUGHT, count))


async def test_what_came_back_of_an_order_shipped_in_part_does_not_keep_the_rest(
    open_shop: OpenShop,
) -> None:
    shop = await open_shop(units=3)
    order = await bought(shop, "confirm")
    one = [Pieces(shop.sku, 1)]
    await ship_order(context=shop.context, order_id=order.id, lines=one)
    back = await return_order(context=shop.context, order_id=order.id, lines=one, reason="broken")
    assert back.status == "confirmed"
    rest = await ship_order(context=shop.context, order_id=order.id, lines=None)
    assert rest.status == "shipped"
    assert await shop.levels() == {shop.location: (2, 0, 0)}
