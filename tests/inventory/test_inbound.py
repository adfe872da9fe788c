"""Shipments on their way in: purchases that are expected, and transfers between locations."""

import asyncio
import datetime
from typing import Any

import pytest
from batches import lot_in
from promising import SPRING, figures, open_sale, preorder, served
from shipping import SUMMER, expect, on_the_way, receive, send, some, told, unit_now

from rackhouse.inventory import (
    Arrival,
    Inbound,
    InboundChange,
    Incoming,
    Line,
    NotEnoughStock,
    audit_stock,
    availability,
    cancel_inbound,
    change_inbound,
    inbound_of,
    inbound_page,
    promise_of,
    receive_inbound,
)
from rackhouse.inventory.errors import (
    LotNotFound,
    UnitsMustBeNamed,
)
from rackhouse.inventory.inbound_errors import (
    InboundIsNot,
    InboundNotFound,
    MoreThanExpected,
    NotInInbound,
    ReasonNeeded,
)
from rackhouse.platform.context import Context
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.ids import new_id

WEEK = datetime.timedelta(days=7)


async def test_goods_are_expected_received_in_part_and_then_all(open_shop) -> None:
    shop = await open_shop()
    inbound = await expect(shop)
    assert (inbound.kind, inbound.status, inbound.version) == ("purchase", "expected", 1)
    assert await on_the_way(shop) == {shop.location: Incoming(10, SPRING)}
    shown = (await availability(context=shop.context, id=shop.sku)).skus[0].locations[0]
    assert (shown.on_hand, shown.incoming, shown.incoming_at) == (0, 10, SPRING)
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
    assert await shop.levels() == {shop.location: (0, 0, 0)}


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
