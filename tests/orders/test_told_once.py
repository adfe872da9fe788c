"""A request is told one thing, whatever changes before its retry; and an order says what its stock
says, also when two requests are at it at once."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from houses import Shop
from rackhouse.channels import close_channel
from rackhouse.inventory import Line, confirm_hold, hold_of, place_hold, release_hold
from rackhouse.orders import (
    Order,
    OrderIsNot,
    Pieces,
    cancel_order,
    confirm_order,
    deliver_order,
    fulfilment,
    order_of,
    place_order,
    return_order,
    ship_order,
)
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal
from rackhouse.platform.idempotency import AnsweredBefore, IdempotencyKey, Rendered
from rackhouse.platform.ids import new_id

OpenShop = Callable[..., Awaitable[Shop]]
BOUGHT = 2


def keyed(shop: Shop) -> Context:
    """The context of a request with a key of its own."""

    def render(outcome: object) -> Rendered:
        return Rendered(409 if isinstance(outcome, Refusal) else 200, str(outcome))

    key = IdempotencyKey(caller="test", key=new_id(), fingerprint="same", render=render)
    return msgspec.structs.replace(shop.context, idempotency=key)


async def ordered(shop: Shop, complete: str = "reserve", hold_id: str | None = None) -> Order:
    """An order of two pieces, or of a hold."""
    return await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=None if hold_id else [Line(shop.sku, BOUGHT)],
        hold_id=hold_id,
        customer_id=None,
        external_id=None,
        ttl_seconds=None,
        complete=complete,
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


async def test_a_delivery_refused_too_early_stays_refused(open_shop: OpenShop) -> None:
    shop = await open_shop(units=3)
    order = await ordered(shop, "confirm")
    context = keyed(shop)

    async def deliver() -> Order:
        return await deliver_order(context=context, order_id=order.id)

    refused = await refusal_of(deliver)
    await ship_order(context=shop.context, order_id=order.id, lines=None)
    assert await refusal_of(deliver) == refused
    assert (await order_of(context=shop.context, order_id=order.id)).status == "shipped"


async def test_a_refusal_is_told_in_the_same_words_when_the_order_has_moved_on(
    open_shop: OpenShop,
) -> None:
    shop = await open_shop(units=3)
    order = await ordered(shop, "hand_over")
    context = keyed(shop)

    async def confirm() -> Order:
        return await confirm_order(context=context, order_id=order.id)

    refused = await refusal_of(confirm)
    assert "delivered" in refused
    await return_order(context=shop.context, order_id=order.id, lines=None, reason="all of it")
    assert await refusal_of(confirm) == refused


async def test_an_order_of_a_hold_refused_once_stays_refused(open_shop: OpenShop) -> None:
    shop = await open_shop(units=3)
    context = keyed(shop)
    other = await ordered(shop)

    async def take_over() -> Order:
        return await place_order(
            context=context,
            channel=shop.channel,
            lines=None,
            hold_id=other.hold_id,
            customer_id=None,
            external_id=None,
            ttl_seconds=None,
            complete="reserve",
        )

    refused = await refusal_of(take_over)
    await cancel_order(context=shop.context, order_id=other.id, reason="let go")
    assert await refusal_of(take_over) == refused


async def test_a_hold_that_was_granted_is_told_again_after_its_channel_has_closed(
    open_shop: OpenShop,
) -> None:
    shop = await open_shop(units=3)
    granted, refused = keyed(shop), keyed(shop)

    async def hold(context: Context) -> object:
        lines = [Line(shop.sku, 1)]
        return await place_hold(
            context=context, channel=shop.channel, lines=lines, ttl_seconds=600.0
        )

    placed = await hold(granted)
    await close_channel(context=shop.context, channel_id=shop.channel, expected_version=None)
    for context, outcome in ((granted, str(placed)), (refused, None)):
        with pytest.raises((Refusal, AnsweredBefore)) as told:
            await hold(context)
        if outcome is not None:
            assert isinstance(told.value, AnsweredBefore)
            assert told.value.answer.body == outcome
    with pytest.raises(AnsweredBefore) as again:
        await hold(refused)
    assert again.value.answer.status == 409
    assert await shop.levels() == {shop.location: (3, 1, 0)}


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
    lines = [Line(shop.sku, BOUGHT)]
    hold = await place_hold(
        context=shop.context, channel=shop.channel, lines=lines, ttl_seconds=600.0
    )
    pending = await ordered(shop, "reserve", hold.id)
    assert pending.status == "pending"
    handed_over = await ordered(shop, "hand_over", hold.id)
    assert (handed_over.id, handed_over.status) == (pending.id, "delivered")
    assert handed_over.lines[0].shipped == BOUGHT


async def test_an_order_whose_hold_was_sold_by_somebody_else_says_so(open_shop: OpenShop) -> None:
    shop = await open_shop(units=3)
    lines = [Line(shop.sku, 1)]
    hold = await place_hold(
        context=shop.context, channel=shop.channel, lines=lines, ttl_seconds=600.0
    )
    await ordered(shop, "reserve", hold.id)
    await confirm_hold(context=shop.context, hold_id=hold.id)
    assert (await ordered(shop, "reserve", hold.id)).status == "confirmed"
    assert (await hold_of(context=shop.context, hold_id=hold.id)).status == "confirmed"
