"""Orders over real databases, also when a crash falls between the two modules' commits."""

import asyncio
import dataclasses
from typing import Any

import msgspec
import pytest

from houses import Shop, context_of
from rackhouse.inventory import (
    HoldHasEnded,
    Line,
    NotEnoughStock,
    OtherChannel,
    audit_stock,
    hold_of,
    place_hold,
)
from rackhouse.inventory.jobs import expire_due_holds
from rackhouse.modules import MODULES
from rackhouse.orders import (
    ExternalIdReused,
    HoldIsTaken,
    LinesOrHold,
    Order,
    OrderIsNot,
    OrderNotFound,
    OrderPlace,
    Pieces,
    cancel_order,
    confirm_order,
    deliver_order,
    order_of,
    order_page,
    place_order,
    return_order,
    ship_order,
)
from rackhouse.orders.following import SUBSCRIPTIONS
from rackhouse.orders.lane import OrderLane
from rackhouse.orders.module import MODULE
from rackhouse.platform.errors import Refusal
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import AnsweredBefore, IdempotencyKey, Rendered
from rackhouse.platform.ids import new_id
from rackhouse.platform.subscriptions import deliver


async def order(shop: Shop, quantity: int = 1, **further: object) -> Order:
    asked: dict[str, Any] = {
        "context": shop.context,
        "channel": shop.channel,
        "lines": [Line(shop.sku, quantity)],
        "hold_id": None,
        "customer_id": None,
        "external_id": None,
        "ttl_seconds": None,
        "complete": "reserve",
        **further,
    }
    return await place_order(**asked)


def keyed(shop: Shop, key: str):
    def render(outcome: object) -> Rendered:
        return Rendered(409 if isinstance(outcome, Refusal) else 201, repr(outcome))

    idempotency = IdempotencyKey(caller="test", key=key, fingerprint="same", render=render)
    return msgspec.structs.replace(shop.context, idempotency=idempotency)


async def follow_at_once(shop: Shop) -> None:
    """Deliver what the stock has to tell, without the grace that a crash is given."""
    (subscription,) = SUBSCRIPTIONS
    eager = msgspec.structs.replace(subscription, after_seconds=0.0)
    while await deliver(shop.house, MODULE, eager):
        pass


async def test_an_order_goes_from_reserved_to_returned(open_shop) -> None:
    shop = await open_shop(units=3)
    placed = await order(shop, 2, customer_id="ada")
    assert placed.status == "pending" and placed.reservation_expires_at is not None
    assert placed.lines[0].price_minor == 1250
    confirmed = await confirm_order(context=shop.context, order_id=placed.id)
    assert confirmed.status == "confirmed" and confirmed.reservation_expires_at is None
    await ship_order(context=shop.context, order_id=placed.id, lines=[Pieces(shop.sku, 1)])
    shipped = await ship_order(context=shop.context, order_id=placed.id, lines=None)
    assert shipped.status == "shipped"
    assert (await deliver_order(context=shop.context, order_id=placed.id)).status == "delivered"
    part = await return_order(
        context=shop.context, order_id=placed.id, lines=[Pieces(shop.sku, 1)], reason="no"
    )
    assert (part.status, part.lines[0].returned) == ("delivered", 1)
    whole = await return_order(context=shop.context, order_id=placed.id, lines=None, reason="no")
    assert whole.status == "returned"
    assert await shop.levels() == {shop.location: (3, 0, 0)}


async def test_a_cancelled_order_frees_its_stock_before_and_after_confirmation(open_shop) -> None:
    shop = await open_shop(units=2)
    pending, confirmed = await order(shop), await order(shop)
    await confirm_order(context=shop.context, order_id=confirmed.id)
    for each in (pending, confirmed):
        done = await cancel_order(context=shop.context, order_id=each.id, reason="no")
        assert done.status == "cancelled"
    assert await shop.levels() == {shop.location: (2, 0, 0)}
    with pytest.raises(OrderIsNot):
        await confirm_order(context=shop.context, order_id=pending.id)


async def test_a_till_places_confirms_and_hands_over_in_one_call(open_shop) -> None:
    shop = await open_shop(units=2)
    sold = await order(shop, complete="hand_over", external_id="till-1")
    assert (sold.status, sold.lines[0].shipped) == ("delivered", 1)
    assert await shop.levels() == {shop.location: (1, 0, 0)}


async def test_the_same_sale_reported_twice_is_one_order(open_shop) -> None:
    shop = await open_shop(units=5)
    number = new_id()
    orders = await asyncio.gather(
        *(order(shop, complete="hand_over", external_id=number) for _ in range(6))
    )
    assert len({each.id for each in orders}) == 1
    assert await shop.levels() == {shop.location: (4, 0, 0)}
    with pytest.raises(ExternalIdReused):
        await order(shop, 2, complete="hand_over", external_id=number)


async def test_an_order_takes_a_hold_over_once(open_shop) -> None:
    shop = await open_shop(units=2)
    hold = await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(shop.sku, 1)], ttl_seconds=60
    )
    first = await order(shop, lines=None, hold_id=hold.id)
    again = await order(shop, lines=None, hold_id=hold.id)
    assert first.id == again.id
    assert first.reservation_expires_at == hold.expires_at
    assert await shop.levels() == {shop.location: (2, 1, 0)}


async def test_the_hold_of_an_order_is_not_taken_over_by_another(open_shop) -> None:
    shop = await open_shop(units=2)
    placed = await order(shop)
    with pytest.raises(HoldIsTaken):
        await order(shop, lines=None, hold_id=placed.hold_id, external_id="other")


async def test_a_hold_that_ended_or_is_elsewhere_is_not_taken_over(open_shop) -> None:
    shop, other = await open_shop(units=1), await open_shop(units=1)
    hold = await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(shop.sku, 1)], ttl_seconds=0.001
    )
    while (await hold_of(context=shop.context, hold_id=hold.id)).status != "expired":
        await asyncio.sleep(0)
    with pytest.raises(HoldHasEnded):
        await order(shop, lines=None, hold_id=hold.id)
    with pytest.raises(OtherChannel):
        await order(other, lines=None, hold_id=hold.id)
    with pytest.raises(LinesOrHold):
        await order(shop, hold_id=hold.id)


async def test_a_retry_gets_the_first_answer_and_takes_nothing_more(open_shop) -> None:
    shop = await open_shop(units=1)
    bought, refused = new_id(), new_id()
    placed = await order(shop, context=keyed(shop, bought))
    with pytest.raises(NotEnoughStock):
        await order(shop, context=keyed(shop, refused))
    await cancel_order(context=shop.context, order_id=placed.id, reason="no")
    for key, status in ((bought, 201), (refused, 409)):
        with pytest.raises(AnsweredBefore) as again:
            await order(shop, context=keyed(shop, key))
        assert again.value.answer.status == status
    assert await shop.levels() == {shop.location: (1, 0, 0)}


async def test_copies_of_a_request_on_two_processes_are_answered_alike(open_shop) -> None:
    shop = await open_shop(units=3)
    async with House(shop.house.settings, MODULES) as other:
        elsewhere = dataclasses.replace(shop, context=context_of(other))
        keys = [new_id() for _ in range(12)]
        outcomes = await asyncio.gather(
            *(
                order(place, context=keyed(place, key))
                for key in keys
                for place in (shop, elsewhere)
            ),
            return_exceptions=True,
        )
    answers = [status_of(each) for each in outcomes]
    assert answers[::2] == answers[1::2]
    assert sorted(answers[::2]) == [201] * 3 + [409] * 9
    found = await find(shop, None, limit=50)
    assert len(found) == 3
    assert await shop.levels() == {shop.location: (3, 3, 0)}


def status_of(outcome: object) -> int:
    if isinstance(outcome, AnsweredBefore):
        return outcome.answer.status
    assert isinstance(outcome, Order | NotEnoughStock), outcome
    return 201 if isinstance(outcome, Order) else 409


async def test_a_shipment_that_is_asked_for_again_after_a_crash_leaves_once(
    open_shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(units=3)
    placed = await order(shop, 3, complete="confirm")
    context = keyed(shop, new_id())
    lines = [Pieces(shop.sku, 1)]
    with monkeypatch.context() as crash:
        crash.setattr(OrderLane, "submit", crashed)
        with pytest.raises(ConnectionAbortedError):
            await ship_order(context=context, order_id=placed.id, lines=lines)
    shipped = await ship_order(context=context, order_id=placed.id, lines=lines)
    assert shipped.lines[0].shipped == 1
    assert await shop.levels() == {shop.location: (2, 0, 2)}


async def crashed(*_: object) -> Order:
    """The end of the process between the commit of the stock and that of the order."""
    raise ConnectionAbortedError


@pytest.mark.parametrize(
    ("complete", "status"),
    [("reserve", "pending"), ("confirm", "confirmed"), ("hand_over", "delivered")],
)
async def test_an_order_that_a_crash_kept_from_being_written_is_made_good(
    open_shop, monkeypatch: pytest.MonkeyPatch, complete: str, status: str
) -> None:
    shop = await open_shop(units=1)
    number = new_id()
    with monkeypatch.context() as crash:
        crash.setattr(OrderLane, "submit", crashed)
        with pytest.raises(ConnectionAbortedError):
            await order(shop, complete=complete, external_id=number)
    assert await find(shop, number) == []
    await follow_at_once(shop)
    (found,) = await find(shop, number)
    assert found.status == status
    again = await order(shop, complete=complete, external_id=number)
    assert again.id == found.id
    audit = await audit_stock(context=shop.context, progress=lambda _: None)
    assert not [each for each in audit.discrepancies if each.sku == shop.sku]


async def test_an_order_catches_up_when_a_crash_fell_after_its_stock_was_sold(
    open_shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(units=1)
    placed = await order(shop)
    with monkeypatch.context() as crash:
        crash.setattr(OrderLane, "submit", crashed)
        with pytest.raises(ConnectionAbortedError):
            await confirm_order(context=shop.context, order_id=placed.id)
    await follow_at_once(shop)
    assert (await order_of(context=shop.context, order_id=placed.id)).status == "confirmed"


async def test_an_order_whose_reservation_lapsed_is_cancelled(open_shop) -> None:
    shop = await open_shop(units=1)
    placed = await order(shop, ttl_seconds=0.001)
    while (await order_of(context=shop.context, order_id=placed.id)).status != "cancelled":
        await asyncio.sleep(0)
    with pytest.raises(OrderIsNot):
        await confirm_order(context=shop.context, order_id=placed.id)
    await expire_due_holds(context=shop.context)
    await follow_at_once(shop)
    (found,) = await order_page(
        context=shop.context,
        before=None,
        channel=shop.channel,
        customer_id=None,
        external_id=None,
        status="cancelled",
        limit=5,
    )
    assert found.id == placed.id and found.version == 2


async def test_nobody_reads_anothers_order(open_shop) -> None:
    shop = await open_shop(units=1)
    placed = await order(shop, customer_id="ada")
    for stranger in ({"customer_id": "bob"}, {"channel": "another"}):
        context = context_of(shop.house, **stranger)
        with pytest.raises(OrderNotFound):
            await order_of(context=context, order_id=placed.id)
        assert await find(shop, None, context=context) == []
    own = context_of(shop.house, customer_id="ada")
    assert [each.id for each in await find(shop, None, context=own)] == [placed.id]


async def test_pages_of_orders_show_each_once(open_shop) -> None:
    shop = await open_shop(units=7)
    placed = [(await order(shop)).id for _ in range(7)]
    seen: list[str] = []
    before = None
    while page := await find(shop, None, before=before, limit=3):
        seen += [each.id for each in page]
        before = OrderPlace(page[-1].placed_at, page[-1].id)
    assert seen == placed[::-1]


async def find(shop: Shop, external_id: str | None, **further: object) -> list[Order]:
    asked: dict[str, Any] = {
        "context": shop.context,
        "before": None,
        "channel": shop.channel,
        "customer_id": None,
        "external_id": external_id,
        "status": None,
        "limit": 10,
        **further,
    }
    return await order_page(**asked)
