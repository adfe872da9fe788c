"""A request is told one thing, whatever changes before its retry; and an order says what its stock
says, also when two requests are at it at once."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from houses import Shop
from rackhouse.inventory import Hold, Line, confirm_hold, hold_of, place_hold, release_hold
from rackhouse.orders import (
    ExternalIdReused,
    HoldIsTaken,
    Order,
    OrderIsNot,
    Pieces,
    cancel_order,
    confirm_order,
    fulfilment,
    order_of,
    place_order,
    placing,
    return_order,
    ship_order,
)
from rackhouse.orders.following import SUBSCRIPTIONS
from rackhouse.orders.module import MODULE
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal
from rackhouse.platform.idempotency import AnsweredBefore, IdempotencyKey, Rendered
from rackhouse.platform.ids import derived_id, new_id
from rackhouse.platform.subscriptions import deliver

OpenShop = Callable[..., Awaitable[Shop]]
BOUGHT = 2


def keyed(shop: Shop) -> Context:
    """The context of a request with a key of its own."""

    def render(outcome: object) -> Rendered:
        return Rendered(409 if isinstance(outcome, Refusal) else 200, str(outcome))

    key = IdempotencyKey(caller="test", key=new_id(), fingerprint="same", render=render)
    return msgspec.structs.replace(shop.context, idempotency=key)


async def ordered(
    shop: Shop,
    complete: str = "reserve",
    hold_id: str | None = None,
    external_id: str | None = None,
) -> Order:
    """An order of two pieces, or of a hold."""
    return await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=None if hold_id else [Line(shop.sku, BOUGHT)],
        hold_id=hold_id,
        customer_id=None,
        external_id=external_id,
        ttl_seconds=None,
        complete=complete,
    )


async def held(shop: Shop) -> Hold:
    """A hold of two pieces."""
    lines = [Line(shop.sku, BOUGHT)]
    return await place_hold(
        context=shop.context, channel=shop.channel, lines=lines, ttl_seconds=600.0
    )


async def refusal_of(step: Callable[[], Awaitable[Order]]) -> str:
    """What a request is told that is refused, be it for the first time or again."""
    with pytest.raises((Refusal, AnsweredBefore)) as told:
        await step()
    error = told.value
    return error.answer.body if isinstance(error, AnsweredBefore) else str(error)


async def test_a_shipment_refused_too_early_stays_refused(open_shop: OpenShop) -> None:
    shop = await open_shop(units=3)
    order = await ordered(shop)
    context = keyed(shop)

    async def ship() -> Order:
        return await ship_order(context=context, order_id=order.id, lines=None)

    refused = await refusal_of(ship)
    assert "pending" in refused
    await confirm_order(context=shop.context, order_id=order.id)
    assert await refusal_of(ship) == refused
    assert await shop.levels() == {shop.location: (3, 0, BOUGHT)}


async def test_a_return_refused_too_early_stays_refused(open_shop: OpenShop) -> None:
    shop = await open_shop(units=3)
    order = await ordered(shop, "confirm")
    context = keyed(shop)
    lines = [Pieces(shop.sku, 1)]

    async def take_back() -> Order:
        return await return_order(
            context=context, order_id=order.id, lines=lines, reason="too early"
        )

    refused = await refusal_of(take_back)
    await ship_order(context=shop.context, order_id=order.id, lines=None)
    assert await refusal_of(take_back) == refused
    assert await shop.levels() == {shop.location: (3 - BOUGHT, 0, 0)}


@pytest.mark.parametrize(("shipped", "status"), [(1, "shipped in part"), (BOUGHT, "shipped")])
async def test_who_cancels_while_pieces_leave_is_refused_and_frees_nothing(
    open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch, shipped: int, status: str
) -> None:
    shop = await open_shop(units=3)
    order = await ordered(shop, "confirm")

    async def ship_first(**asked: object) -> object:
        lines = [Pieces(shop.sku, shipped)]
        await ship_order(context=shop.context, order_id=order.id, lines=lines)
        return await release_hold(**asked)  # type: ignore[arg-type]

    monkeypatch.setattr(fulfilment, "release_hold", ship_first)
    with pytest.raises(OrderIsNot) as refused:
        await cancel_order(context=shop.context, order_id=order.id, reason="too late")
    assert refused.value.order_status == status
    left = BOUGHT - shipped
    assert await shop.levels() == {shop.location: (3 - shipped, 0, left)}
    if left:
        rest = await ship_order(context=shop.context, order_id=order.id, lines=None)
        assert rest.status == "shipped"


async def test_an_order_that_is_handed_over_after_it_was_reserved_says_so(
    open_shop: OpenShop,
) -> None:
    shop = await open_shop(units=3)
    hold = await held(shop)
    pending = await ordered(shop, "reserve", hold.id)
    assert pending.status == "pending"
    handed_over = await ordered(shop, "hand_over", hold.id)
    assert (handed_over.id, handed_over.status) == (pending.id, "delivered")
    assert handed_over.lines[0].shipped == BOUGHT


async def test_an_order_whose_hold_was_sold_by_somebody_else_says_so(open_shop: OpenShop) -> None:
    shop = await open_shop(units=3)
    hold = await held(shop)
    await ordered(shop, "reserve", hold.id)
    await confirm_hold(context=shop.context, hold_id=hold.id)
    assert (await ordered(shop, "reserve", hold.id)).status == "confirmed"
    assert (await hold_of(context=shop.context, hold_id=hold.id)).status == "confirmed"


@pytest.mark.parametrize("complete", ["confirm", "hand_over"])
async def test_who_takes_a_hold_that_another_sale_has_moves_no_stock(
    open_shop: OpenShop, complete: str
) -> None:
    shop = await open_shop(units=3)
    hold = await held(shop)
    await ordered(shop, "reserve", hold.id, "first")
    with pytest.raises(HoldIsTaken):
        await ordered(shop, complete, hold.id, "second")
    assert await shop.levels() == {shop.location: (3, BOUGHT, 0)}


@pytest.mark.parametrize("complete", ["reserve", "confirm", "hand_over"])
async def test_a_sale_that_was_reported_with_lines_is_not_taken_for_a_hold(
    open_shop: OpenShop, complete: str
) -> None:
    shop = await open_shop(units=5)
    reported = await ordered(shop, external_id="sale")
    hold = await held(shop)
    with pytest.raises(ExternalIdReused) as refused:
        await ordered(shop, complete, hold.id, "sale")
    assert refused.value.order_id == reported.id
    assert await shop.levels() == {shop.location: (5, 2 * BOUGHT, 0)}


@pytest.mark.parametrize("complete", ["reserve", "confirm", "hand_over"])
async def test_a_sale_that_was_reported_of_a_hold_takes_no_further_stock(
    open_shop: OpenShop, complete: str
) -> None:
    shop = await open_shop(units=5)
    reported = await ordered(shop, "reserve", (await held(shop)).id, "sale")
    with pytest.raises(ExternalIdReused) as refused:
        await ordered(shop, complete, external_id="sale")
    assert refused.value.order_id == reported.id
    assert await shop.levels() == {shop.location: (5, BOUGHT, 0)}


async def test_a_crash_after_a_hold_that_was_taken_over_is_sold_leaves_its_order(
    open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(units=3)
    hold = await held(shop)

    async def sell_and_crash(**asked: object) -> Hold:
        await confirm_hold(**asked)  # type: ignore[arg-type]
        raise ConnectionAbortedError

    with monkeypatch.context() as crash:
        crash.setattr(placing, "confirm_hold", sell_and_crash)
        with pytest.raises(ConnectionAbortedError):
            await ordered(shop, "confirm", hold.id)
    await follow_at_once(shop)
    found = await order_of(context=shop.context, order_id=derived_id("order", hold.id))
    assert (found.status, found.hold_id) == ("confirmed", hold.id)
    assert (await ordered(shop, "confirm", hold.id)) == found


async def follow_at_once(shop: Shop) -> None:
    """Tell the orders what the stock did, without the grace that a crash is given."""
    (subscription,) = SUBSCRIPTIONS
    eager = msgspec.structs.replace(subscription, after_seconds=0.0)
    while await deliver(shop.house, MODULE, eager):
        pass
