"""Shipments on their way in: purchases that are expected, and transfers between locations."""

import asyncio
import datetime
from typing import Any

import pytest
from batches import lot_in, numbered_lot
from promising import SPRING, figures, open_sale, preorder, served

from houses import Shop
from rackhouse.inventory import (
    Arrival,
    Inbound,
    InboundChange,
    Incoming,
    Line,
    LocationNotFound,
    NotEnoughStock,
    audit_stock,
    availability,
    cancel_inbound,
    change_inbound,
    expect_inbound,
    inbound_of,
    inbound_page,
    incoming_of,
    movements,
    place_hold,
    promise_of,
    receive_inbound,
    receive_stock,
    send_transfer,
    unit_of,
)
from rackhouse.inventory.errors import (
    InboundIsNot,
    InboundNotFound,
    LotNotFound,
    MoreThanExpected,
    NotEnoughFree,
    NotInInbound,
    ReasonNeeded,
    SameLocation,
    UnitNotFree,
    UnitsMustBeNamed,
)
from rackhouse.platform.context import Context
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.ids import new_id

SUMMER = datetime.datetime(2035, 7, 1, tzinfo=datetime.UTC)
WEEK = datetime.timedelta(days=7)


async def expect(shop: Shop, *lines: Line, **facts: Any) -> Inbound:
    asked = {
        "supplier": "Cooper & Sons",
        "destination": shop.location,
        "lines": lines or [Line(shop.sku, 10)],
        "expected_at": SPRING,
        "reference": "PO-7",
        "carrier": None,
        **facts,
    }
    return await expect_inbound(context=shop.context, **asked)


async def send(shop: Shop, *lines: Line, **facts: Any) -> Inbound:
    asked = {
        "origin": shop.locations[0],
        "destination": shop.locations[1],
        "lines": lines or [Line(shop.sku, 4)],
        "condition": "sellable",
        "expected_at": None,
        "reference": None,
        "carrier": "Ada with the van",
        **facts,
    }
    return await send_transfer(context=shop.context, **asked)


async def receive(
    shop: Shop,
    inbound: Inbound,
    *arrivals: Arrival,
    is_all: bool = False,
    reason: str | None = None,
    context: Context | None = None,
) -> Inbound:
    return await receive_inbound(
        context=context or shop.context,
        inbound_id=inbound.id,
        arrivals=arrivals or None,
        is_all=is_all,
        reason=reason,
    )


def some(shop: Shop, quantity: int, **facts: Any) -> Arrival:
    return Arrival(sku=shop.sku, quantity=quantity, **facts)


async def told(inbound: Inbound) -> list[tuple[int, int, int, int]]:
    """Coming, received, missing and cancelled of each line."""
    return [(each.coming, each.received, each.missing, each.cancelled) for each in inbound.lines]


async def on_the_way(shop: Shop) -> dict[str, Incoming]:
    return (await incoming_of(house=shop.house, skus=[shop.sku])).get(shop.sku, {})


async def test_goods_are_expected_received_in_part_and_then_all(open_shop) -> None:
    shop = await open_shop()
    inbound = await expect(shop)
    assert (inbound.kind, inbound.status, inbound.version) == ("purchase", "expected", 1)
    assert await on_the_way(shop) == {shop.location: Incoming(10, SPRING)}
    part = await receive(shop, inbound, some(shop, 4))
    assert (part.status, await told(part)) == ("received_in_part", [(6, 4, 0, 0)])
    assert await shop.levels() == {shop.location: (4, 0, 0)}
    assert await on_the_way(shop) == {shop.location: Incoming(6, SPRING)}
    whole = await receive(shop, inbound)
    assert (whole.status, await told(whole)) == ("received", [(0, 10, 0, 0)])
    assert await shop.levels() == {shop.location: (10, 0, 0)}
    assert await on_the_way(shop) == {}
    assert await inbound_of(context=shop.context, inbound_id=inbound.id) == whole
    with pytest.raises(InboundIsNot):
        await receive(shop, inbound)


async def test_each_line_comes_in_the_condition_that_is_seen(open_shop) -> None:
    shop = await open_shop()
    inbound = await expect(shop)
    await receive(
        shop,
        inbound,
        some(shop, 7),
        some(shop, 2, condition="damaged"),
        some(shop, 1, condition="quality_control"),
    )
    (place,) = (await availability(context=shop.context, id=shop.sku)).skus[0].locations
    assert (place.on_hand, place.available, place.unavailable) == (10, 7, 3)


async def test_more_than_expected_needs_a_reason(open_shop) -> None:
    shop = await open_shop()
    inbound = await expect(shop)
    with pytest.raises(MoreThanExpected) as refused:
        await receive(shop, inbound, some(shop, 12))
    assert (refused.value.came, refused.value.expected) == (12, 10)
    more = await receive(shop, inbound, some(shop, 12), reason="a gift of the cooper")
    assert (more.status, await told(more)) == ("received", [(0, 12, 0, 0)])


async def test_what_does_not_come_is_missing_for_a_reason_and_may_turn_up(open_shop) -> None:
    shop = await open_shop()
    inbound = await expect(shop)
    with pytest.raises(ReasonNeeded) as refused:
        await receive(shop, inbound, some(shop, 7), is_all=True)
    assert refused.value.missing == 3
    short = await receive(shop, inbound, some(shop, 7), is_all=True, reason="fell off the boat")
    assert (short.status, await told(short)) == ("received", [(0, 7, 3, 0)])
    assert short.lines[0].missing_because == "fell off the boat"
    with pytest.raises(InboundIsNot):
        await receive(shop, inbound)
    washed_up = await receive(shop, inbound, some(shop, 1))
    assert await told(washed_up) == [(0, 8, 2, 0)]
    assert await shop.levels() == {shop.location: (8, 0, 0)}


async def test_nothing_at_all_may_come(open_shop) -> None:
    shop = await open_shop()
    inbound = await expect(shop)
    lost = await receive_inbound(
        context=shop.context, inbound_id=inbound.id, arrivals=[], is_all=True, reason="bankrupt"
    )
    assert (lost.status, await told(lost)) == ("received", [(0, 0, 10, 0)])
    assert await shop.levels() == {}


async def test_what_is_not_in_a_shipment_does_not_come_with_it(open_shop) -> None:
    shop = await open_shop(skus=2)
    inbound = await expect(shop)
    with pytest.raises(NotInInbound):
        await receive(shop, inbound, Arrival(sku=shop.skus[1], quantity=1))
    with pytest.raises(InboundNotFound):
        await receive_inbound(
            context=shop.context, inbound_id=new_id(), arrivals=None, is_all=False, reason=None
        )


async def test_a_cancelled_purchase_is_expected_no_more(open_shop) -> None:
    shop = await open_shop()
    inbound = await expect(shop)
    off = await cancel_inbound(context=shop.context, inbound_id=inbound.id, reason="too dear")
    assert (off.status, await told(off)) == ("cancelled", [(0, 0, 0, 10)])
    assert await on_the_way(shop) == {}
    again = await cancel_inbound(context=shop.context, inbound_id=inbound.id, reason="again")
    assert again == off
    with pytest.raises(InboundIsNot):
        await receive(shop, inbound)


async def test_a_transfer_leaves_is_on_its_way_and_arrives(open_shop) -> None:
    shop = await open_shop(units=10, locations=2)
    here, there = shop.locations
    sent = await send(shop, expected_at=SPRING)
    assert (sent.kind, sent.status, sent.carrier) == ("transfer", "in_transit", "Ada with the van")
    assert await shop.levels() == {here: (6, 0, 0)}
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
        await send(shop, destination=shop.location)
    with pytest.raises(LocationNotFound):
        await send(shop, destination="nowhere")
    assert await shop.levels() == {shop.location: (5, 2, 0)}


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


async def unit_now(shop: Shop, number: int) -> tuple[str, str]:
    unit = await unit_of(context=shop.context, sku=shop.sku, lot="cask", number=number)
    return unit.state, unit.location


async def test_numbered_bottles_of_a_cancelled_transfer_are_back(open_shop) -> None:
    shop = await open_shop(locations=2)
    await numbered_lot(shop, "cask", 3)
    sent = await send(shop, Line(shop.sku, 2, "cask"))
    await cancel_inbound(context=shop.context, inbound_id=sent.id, reason="no")
    assert (await unit_now(shop, 1)) == ("in_stock", shop.locations[0])
    assert (await send(shop, Line(shop.sku, 3, "cask"))).lines[0].units == (1, 2, 3)


async def test_bought_bottles_get_their_lot_and_numbers_when_they_come(open_shop) -> None:
    shop = await open_shop()
    inbound = await expect(shop, Line(shop.sku, 3))
    with pytest.raises(LotNotFound):
        await receive(shop, inbound, some(shop, 1, lot="cask", units=(1,)))
    await lot_in(shop, "cask", numbered=3)
    with pytest.raises(UnitsMustBeNamed):
        await receive(shop, inbound, some(shop, 1, lot="cask"))
    await receive(shop, inbound, some(shop, 2, lot="cask", units=(1, 3)))
    assert (await unit_now(shop, 3)) == ("in_stock", shop.location)


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


async def test_a_shipment_may_be_later_and_set_out(open_shop) -> None:
    shop = await open_shop()
    inbound = await expect(shop)
    late = InboundChange(expected_at=SUMMER, carrier="Seagull", has_set_out=True, reason="storm")
    changed = await change_inbound(
        context=shop.context, inbound_id=inbound.id, change=late, expected_version=1
    )
    assert (changed.status, changed.expected_at, changed.carrier, changed.version) == (
        "in_transit",
        SUMMER,
        "Seagull",
        2,
    )
    same = await change_inbound(
        context=shop.context, inbound_id=inbound.id, change=late, expected_version=2
    )
    assert same.version == 2
    with pytest.raises(VersionIsStale):
        await change_inbound(
            context=shop.context, inbound_id=inbound.id, change=late, expected_version=1
        )


async def test_a_promise_moves_with_its_shipment_and_shrinks_by_what_comes(open_shop) -> None:
    shop = await open_shop(skus=2)
    inbound = await expect(shop)
    with pytest.raises(NotInInbound):
        await open_sale(shop, sku=shop.skus[1], inbound_id=inbound.id)
    with pytest.raises(InboundNotFound):
        await open_sale(shop, inbound_id=new_id())
    await open_sale(shop, 10, inbound_id=inbound.id, promised_at=SPRING + WEEK)
    sold = [await preorder(shop, 2) for _ in range(2)]
    late = InboundChange(expected_at=SUMMER, reason="storm")
    await change_inbound(
        context=shop.context, inbound_id=inbound.id, change=late, expected_version=None
    )
    promise = (await promise_of(context=shop.context, sku=shop.sku)).promise
    assert (promise.promised_at, promise.version) == (SUMMER + WEEK, 2)
    await receive(shop, inbound, some(shop, 3))
    assert await served(shop, sold) == [2, 1]
    assert await figures(shop) == (7, 0, 1)
    await receive(shop, inbound)
    assert await served(shop, sold) == [2, 2]
    assert await figures(shop) == (0, 0, 0)
    assert await shop.levels() == {shop.location: (10, 0, 4)}
    with pytest.raises(NotEnoughStock):
        await preorder(shop, 7)


async def test_what_goes_back_serves_those_who_wait_there(open_shop) -> None:
    shop = await open_shop(units=1, locations=2)
    sent = await send(shop, Line(shop.sku, 1))
    await open_sale(shop)
    waiting = await preorder(shop)
    await cancel_inbound(context=shop.context, inbound_id=sent.id, reason="no")
    assert await served(shop, [waiting]) == [1]


async def test_shipments_are_listed_the_newest_first(open_shop) -> None:
    shop = await open_shop(units=5, locations=2)
    first, second = await expect(shop), await send(shop)
    third = await expect(shop, Line(shop.sku, 1))
    await receive(shop, third)

    async def listed(**asked: Any) -> list[str]:
        usual = {"kind": None, "statuses": None, "destination": None, "sku": shop.sku, "limit": 9}
        found = await inbound_page(context=shop.context, before=None, **{**usual, **asked})
        return [each.id for each in found]

    assert await listed() == [third.id, second.id, first.id]
    assert await listed(statuses=["expected", "in_transit"]) == [second.id, first.id]
    assert await listed(kind="transfer") == [second.id]
    assert await listed(destination=shop.location) == [third.id, first.id]


async def test_two_who_unpack_the_same_shipment_at_once_take_it_in_once(
    open_shop, processes: list[Context]
) -> None:
    shop = await open_shop()
    inbound = await expect(shop)
    tries = [receive(shop, inbound, context=context) for context in processes * 5]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, Inbound) for each in done) == 1
    assert all(isinstance(each, Inbound | InboundIsNot) for each in done)
    assert await shop.levels() == {shop.location: (10, 0, 0)}


async def test_parts_that_are_unpacked_at_once_add_up(open_shop, processes: list[Context]) -> None:
    shop = await open_shop(skus=2, locations=2)
    inbound = await expect(shop, *(Line(sku, 20) for sku in shop.skus))
    parts = [
        receive(shop, inbound, Arrival(sku=shop.skus[at % 2], quantity=1), context=context)
        for at, context in enumerate(processes * 10)
    ]
    await asyncio.gather(*parts)
    done = await inbound_of(context=shop.context, inbound_id=inbound.id)
    assert (done.status, await told(done)) == ("received", [(0, 20, 0, 0), (0, 20, 0, 0)])
    assert done.version == 1 + len(parts)


async def test_the_audit_finds_nothing_to_say_about_shipments(context: Context) -> None:
    found = await audit_stock(context=context, progress=lambda _: None)
    assert found.discrepancies == []
