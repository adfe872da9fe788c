"""Transfers: pieces leave one location, are on their way, and come to another."""

import pytest
from batches import lot_in, numbered_lot
from promising import SPRING, open_sale, preorder, served
from shipping import SUMMER, on_the_way, receive, send, some, told, unit_now

from rackhouse.inventory import (
    Incoming,
    Line,
    LocationNotFound,
    audit_stock,
    availability,
    cancel_inbound,
    movements,
    place_hold,
    receive_inbound,
    receive_stock,
)
from rackhouse.inventory.errors import (
    NotEnoughFree,
    UnitNotFree,
    UnitsMustBeNamed,
)
from rackhouse.inventory.inbound_errors import (
    InboundIsNot,
    SameLocation,
)
from rackhouse.platform.context import Context


async def test_a_transfer_leaves_is_on_its_way_and_arrives(open_shop) -> None:
    shop = await open_shop(units=10, locations=2)
    here, there = shop.locations
    sent = await send(shop, expected_at=SPRING)
    assert (sent.kind, sent.status, sent.carrier) == ("transfer", "in_transit", "Ada with the van")
    assert await shop.levels() == {here: (6, 0, 0), there: (0, 0, 0)}
    assert await on_the_way(shop) == {there: Incoming(4, SPRING)}
    part = await receive(shop, sent, some(shop, 3))
    assert part.status == "received_in_part"
    assert await shop.levels() == {here: (6, 0, 0), there: (3, 0, 0)}
    lost = await receive_inbound(
        context=shop.context, inbound_id=sent.id, arrivals=[], is_all=True, reason="dropped"
    )
    assert (lost.status, await told(lost)) == ("received", [(0, 3, 1, 0)])
    assert sum(on_hand for on_hand, _, _ in (await shop.levels()).values()) == 9
    happened = await movements(
        context=shop.context, id=shop.sku, location=there, before=None, limit=9
    )
    assert [each.type for each in happened] == ["TransferLost", "TransferReceived"]
    assert happened[0].facts["reason"] == "dropped"


async def test_a_cancelled_transfer_is_where_it_came_from(open_shop) -> None:
    shop = await open_shop(units=5, locations=2)
    here, there = shop.locations
    sent = await send(shop)
    await receive(shop, sent, some(shop, 1))
    back = await cancel_inbound(context=shop.context, inbound_id=sent.id, reason="wrong shop")
    assert (back.status, await told(back)) == ("received", [(0, 1, 0, 3)])
    assert await shop.levels() == {here: (4, 0, 0), there: (1, 0, 0)}
    with pytest.raises(InboundIsNot):
        await cancel_inbound(context=shop.context, inbound_id=sent.id, reason="again")


async def test_only_free_pieces_are_sent_to_another_place_that_there_is(open_shop) -> None:
    shop = await open_shop(units=5, locations=2)
    await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(shop.sku, 2)], ttl_seconds=60
    )
    with pytest.raises(NotEnoughFree) as refused:
        await send(shop)
    assert refused.value.free == 3
    with pytest.raises(NotEnoughFree):
        await send(shop, Line(shop.sku, 2), Line(shop.sku, 2))
    with pytest.raises(SameLocation):
        await send(shop, to=shop.location)
    with pytest.raises(LocationNotFound):
        await send(shop, to="nowhere")
    assert (await shop.levels())[shop.location] == (5, 2, 0)


async def test_lots_are_sent_as_they_are_picked_and_arrive_as_they_left(open_shop) -> None:
    shop = await open_shop(locations=2)
    await lot_in(shop, "late", pieces=3, expires_at=SUMMER)
    await lot_in(shop, "soon", pieces=2, expires_at=SPRING)
    sent = await send(shop, Line(shop.sku, 4))
    assert [(each.lot, each.quantity) for each in sent.lines] == [("soon", 2), ("late", 2)]
    named = await send(shop, Line(shop.sku, 1, "late"))
    assert [(each.lot, each.quantity) for each in named.lines] == [("late", 1)]
    for each in (sent, named):
        await receive(shop, each)
    held = await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(shop.sku, 5)], ttl_seconds=60
    )
    assert {(x.location, x.lot, x.quantity) for x in held.allocations} == {
        (shop.locations[1], "soon", 2),
        (shop.locations[1], "late", 3),
    }


async def test_numbered_bottles_travel_with_their_numbers(open_shop) -> None:
    shop = await open_shop(locations=2)
    await numbered_lot(shop, "cask", 6)
    sent = await send(shop, Line(shop.sku, 2, "cask", (2, 5)), Line(shop.sku, 1, "cask"))
    assert [each.units for each in sent.lines] == [(2, 5), (1,)]
    assert (await unit_now(shop, 5)) == ("in_transit", shop.locations[0])
    with pytest.raises(UnitsMustBeNamed):
        await receive(shop, sent, some(shop, 1, lot="cask"))
    with pytest.raises(UnitNotFree):
        await receive(shop, sent, some(shop, 1, lot="cask", units=(3,)))
    part = await receive(shop, sent, some(shop, 1, lot="cask", units=(5,)))
    assert part.lines[0].coming_units == (2,)
    assert (await unit_now(shop, 5)) == ("in_stock", shop.locations[1])
    with pytest.raises(UnitNotFree):
        await receive(shop, sent, some(shop, 1, lot="cask", units=(5,)), reason="again")
    short = await receive(
        shop, sent, some(shop, 1, lot="cask", units=(2,)), is_all=True, reason="broken"
    )
    assert (await unit_now(shop, 1))[0] == "gone"
    assert [each.coming_units for each in short.lines] == [(), ()]
    found = await receive(shop, sent, some(shop, 1, lot="cask", units=(1,)))
    assert await told(found) == [(0, 2, 0, 0), (0, 1, 0, 0)]
    assert (await unit_now(shop, 1)) == ("in_stock", shop.locations[1])


async def test_numbered_bottles_of_a_cancelled_transfer_are_back(open_shop) -> None:
    shop = await open_shop(locations=2)
    await numbered_lot(shop, "cask", 3)
    sent = await send(shop, Line(shop.sku, 2, "cask"))
    await cancel_inbound(context=shop.context, inbound_id=sent.id, reason="no")
    assert (await unit_now(shop, 1)) == ("in_stock", shop.locations[0])
    assert (await send(shop, Line(shop.sku, 3, "cask"))).lines[0].units == (1, 2, 3)


async def test_damaged_pieces_are_sent_and_come_damaged(open_shop) -> None:
    shop = await open_shop(locations=2)
    await receive_stock(
        context=shop.context,
        location=shop.location,
        lines=[Line(shop.sku, 3)],
        reference=None,
        condition="damaged",
    )
    with pytest.raises(NotEnoughFree):
        await send(shop, Line(shop.sku, 1))
    sent = await send(shop, Line(shop.sku, 2), condition="damaged")
    await receive(shop, sent, some(shop, 1), some(shop, 1, condition="sellable"))
    found = (await availability(context=shop.context, id=shop.sku)).skus[0]
    assert [(x.on_hand, x.available) for x in found.locations] == [(1, 0), (2, 1)]


async def test_what_goes_back_serves_those_who_wait_there(open_shop) -> None:
    shop = await open_shop(units=1, locations=2)
    sent = await send(shop, Line(shop.sku, 1))
    await open_sale(shop)
    waiting = await preorder(shop)
    await cancel_inbound(context=shop.context, inbound_id=sent.id, reason="no")
    assert await served(shop, [waiting]) == [1]


async def test_the_audit_finds_nothing_to_say_about_transfers(context: Context) -> None:
    found = await audit_stock(context=context, progress=lambda _: None)
    assert found.discrepancies == []
