"""Recalls: a lot is frozen everywhere, and everyone who has some of it is named."""

import msgspec
import pytest
from batches import hold_of_lot, lot_in, numbered_lot

from houses import Shop, context_of
from rackhouse.inventory import (
    HoldWithLot,
    Line,
    LotIsRecalled,
    LotNotFound,
    LotNotRecalled,
    NotEnoughStock,
    availability,
    confirm_hold,
    holds_with_lot,
    lot_of,
    movements,
    place_hold,
    recall_lot,
    receive_stock,
    reinstate_lot,
    release_hold,
    return_goods,
    ship_hold,
)
from rackhouse.inventory.errors import LotNotSellable
from rackhouse.platform.context import Context


async def recall(shop: Shop, lot: str = "a", reason: str = "a cork taint") -> None:
    await recall_lot(context=shop.context, sku=shop.sku, lot=lot, reason=reason)


async def report(
    shop: Shop, lot: str = "a", context: Context | None = None, limit: int = 50
) -> list[HoldWithLot]:
    return await holds_with_lot(
        context=context or shop.context, sku=shop.sku, lot=lot, after=None, limit=limit
    )


async def available(shop: Shop) -> int:
    return (await availability(context=shop.context, id=shop.sku)).skus[0].available


async def test_a_recalled_lot_is_frozen_at_every_location(open_shop) -> None:
    shop = await open_shop(locations=2)
    await lot_in(shop, "a", pieces=3)
    await receive_stock(
        context=shop.context,
        location=shop.locations[1],
        lines=[Line(shop.sku, 2, "a")],
        reference=None,
    )
    assert await available(shop) == 5
    await recall(shop)
    assert await available(shop) == 0
    with pytest.raises(NotEnoughStock):
        await hold_of_lot(shop)
    with pytest.raises(LotNotSellable) as refused:
        await hold_of_lot(shop, lot="a")
    assert refused.value.lot_status == "recalled"
    known = await lot_of(context=shop.context, sku=shop.sku, lot="a")
    assert (known.status, known.recall_reason, known.version) == ("recalled", "a cork taint", 2)
    told = await movements(context=shop.context, id=shop.sku, location=None, before=None, limit=2)
    assert {(each.location, each.facts["status"], each.frozen) for each in told} == {
        (shop.locations[0], "recalled", 3),
        (shop.locations[1], "recalled", 2),
    }


async def test_pieces_of_a_recalled_lot_that_come_in_are_not_sold_either(open_shop) -> None:
    shop = await open_shop(locations=2)
    await lot_in(shop, "a", pieces=1)
    await recall(shop)
    for location in shop.locations:
        await receive_stock(
            context=shop.context,
            location=location,
            lines=[Line(shop.sku, 1, "a")],
            reference=None,
        )
    assert await available(shop) == 0
    await reinstate_lot(context=shop.context, sku=shop.sku, lot="a", reason="it was another")
    assert await available(shop) == 3


async def test_what_is_held_of_a_recalled_lot_is_neither_sold_nor_sent_out(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=2)
    held, sold = await hold_of_lot(shop), await hold_of_lot(shop)
    await confirm_hold(context=shop.context, hold_id=sold.id)
    await recall(shop)
    with pytest.raises(LotIsRecalled):
        await confirm_hold(context=shop.context, hold_id=held.id)
    with pytest.raises(LotIsRecalled):
        await ship_hold(context=shop.context, hold_id=sold.id, lines=None)
    await reinstate_lot(context=shop.context, sku=shop.sku, lot="a", reason="a mistake")
    await confirm_hold(context=shop.context, hold_id=held.id)
    shipped = await ship_hold(context=shop.context, hold_id=sold.id, lines=None)
    assert shipped.allocations[0].shipped == 1


async def test_other_lots_of_an_order_still_leave(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=1)
    await lot_in(shop, "b", pieces=1)
    sold = await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, 2)],
        ttl_seconds=60,
        sell=True,
    )
    await recall(shop)
    sent = await ship_hold(context=shop.context, hold_id=sold.id, lines=[Line(shop.sku, 1, "b")])
    assert {each.lot: each.shipped for each in sent.allocations} == {"a": 0, "b": 1}


async def test_a_recall_names_everyone_who_has_some_of_the_lot(open_shop) -> None:
    shop = await open_shop()
    await numbered_lot(shop, "a", 9)
    await lot_in(shop, "b", pieces=5)
    memo = msgspec.Raw(b'{"order_id": "order-1"}')
    held = await hold_of_lot(shop, lot="a", units=(7,), customer_id="ada", memo=memo)
    sold = await hold_of_lot(shop, 2, lot="a", customer_id="ben", sell=True)
    sent = await hold_of_lot(shop, lot="a", hand_over=True)
    back = await hold_of_lot(shop, lot="a", hand_over=True)
    await return_goods(context=shop.context, hold_id=back.id, lines=None, reason="unwanted")
    free = await hold_of_lot(shop, lot="a")
    await release_hold(context=shop.context, hold_id=free.id, lines=None, reason="no")
    await hold_of_lot(shop, lot="b")
    await recall(shop)
    found = {each.hold_id: each for each in await report(shop)}
    assert found.keys() == {held.id, sold.id, sent.id}
    first = found[held.id]
    assert (first.order_id, first.customer_id, first.channel) == ("order-1", "ada", shop.channel)
    assert (first.held, first.committed, first.with_customer, first.shipped) == (1, 0, 0, False)
    assert first.pieces[0].units == (7,) and first.pieces[0].location == shop.location
    assert (found[sold.id].committed, found[sold.id].customer_id) == (2, "ben")
    assert found[sent.id].shipped and found[sent.id].pieces[0].shipped_units == (3,)


async def test_a_hold_that_has_lapsed_is_not_named(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=2)
    await hold_of_lot(shop, ttl_seconds=0.000001)
    lasting = await hold_of_lot(shop)
    assert [each.hold_id for each in await report(shop)] == [lasting.id]


async def test_the_report_comes_in_pages(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=5)
    placed = sorted([(await hold_of_lot(shop)).id for _ in range(5)])
    first = await report(shop, limit=3)
    rest = await holds_with_lot(
        context=shop.context, sku=shop.sku, lot="a", after=first[-1].hold_id, limit=3
    )
    assert [each.hold_id for each in (*first, *rest)] == placed


async def test_a_channel_sees_its_own_holds_and_a_customer_theirs(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=2)
    await hold_of_lot(shop, customer_id="ada")
    for binding, seen in (
        ({"channel": shop.channel}, 1),
        ({"channel": "another"}, 0),
        ({"customer_id": "ada"}, 1),
        ({"customer_id": "ben"}, 0),
    ):
        bound = context_of(shop.house, **binding)
        assert len(await report(shop, context=bound)) == seen


async def test_a_lot_is_recalled_once_and_reinstated_once(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=1)
    with pytest.raises(LotNotRecalled):
        await reinstate_lot(context=shop.context, sku=shop.sku, lot="a", reason="no")
    await recall(shop)
    with pytest.raises(LotIsRecalled):
        await recall(shop)
    with pytest.raises(LotNotFound):
        await recall(shop, "b")
    with pytest.raises(LotNotFound):
        await report(shop, "b")
    with pytest.raises(LotNotFound):
        await recall(shop, "no such/lot\x00")
