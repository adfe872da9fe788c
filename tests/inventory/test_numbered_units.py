"""Numbered units: 17 of 200, sold once, with a history of its own."""

from typing import Any

import pytest
from batches import LONG_AGO, SOON, hold_of_lot, lot_in, numbered_lot

from houses import Shop, context_of
from rackhouse.inventory import (
    Adjust,
    Line,
    LotChanges,
    LotNotFound,
    NotEnoughStock,
    StockNotFound,
    UnitNotFound,
    UnitNow,
    UnitWithHistory,
    adjust_stock,
    change_lot,
    confirm_hold,
    join_waiting_list,
    place_in_line,
    receive_stock,
    return_goods,
    ship_hold,
    stock_by_lot,
    unit_of,
    units_of,
)
from rackhouse.inventory.commands import AllotStock, ChangeCondition, KeepBack, KeptBack
from rackhouse.inventory.errors import UnitNotFree, UnitsMustBeNamed
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.lot_errors import LotNotNumbered, StockIsParted
from rackhouse.inventory.rules import Pieces, Portion


async def unit(shop: Shop, number: int, **asked: Any) -> UnitWithHistory:
    asked = {"context": shop.context, "sku": shop.sku, "lot": "cask", "number": number, **asked}
    return await unit_of(**asked)


async def units(shop: Shop, **asked: Any) -> list[UnitNow]:
    usual = {"state": None, "location": None, "after": 0, "limit": 100}
    return await units_of(
        **{"context": shop.context, "sku": shop.sku, "lot": "cask", **usual, **asked}
    )


async def receive(
    shop: Shop, quantity: int, numbers: tuple[int, ...] = (), lot: str = "cask", **asked: Any
) -> None:
    await receive_stock(
        context=shop.context,
        location=shop.location,
        lines=[Line(shop.sku, quantity, lot, numbers)],
        reference=None,
        **asked,
    )


async def correct(shop: Shop, **asked: Any) -> None:
    adjustment = Adjust(sku=shop.sku, location=shop.location, lot="cask", **asked)
    await adjust_stock(context=shop.context, adjustments=[adjustment], reason="counted")


async def ask(shop: Shop, command: Any, **asked: Any) -> Any:
    return await shop.house.the(StockLane).submit(command(context=shop.context, **asked))


async def test_a_bottle_has_a_state_a_place_a_hold_and_a_history(open_shop) -> None:
    shop = await open_shop()
    await numbered_lot(shop, "cask", 200)
    free = await unit(shop, 17)
    assert (free.number, free.of, free.state, free.location) == (17, 200, "in_stock", shop.location)
    assert free.hold is None
    held = await hold_of_lot(shop, lot="cask", units=(17,), customer_id="ada")
    seen = await unit(shop, 17)
    assert seen.state == "held" and seen.hold is not None
    assert (seen.hold.hold_id, seen.hold.customer_id) == (held.id, "ada")
    await confirm_hold(context=shop.context, hold_id=held.id)
    assert (await unit(shop, 17)).state == "committed"
    await ship_hold(context=shop.context, hold_id=held.id, lines=None)
    assert (await unit(shop, 17)).state == "shipped"
    await return_goods(context=shop.context, hold_id=held.id, lines=None, reason="unwanted")
    back = await unit(shop, 17)
    assert back.state == "in_stock" and back.hold is None
    assert [each.type for each in back.history] == [
        "StockReceived",
        "HoldPlaced",
        "HoldConfirmed",
        "StockShipped",
        "StockReturned",
    ]
    assert back.history[1].facts["hold_id"] == held.id
    assert "on_hand" not in back.history[1].facts
    assert [each.type for each in (await unit(shop, 18)).history] == ["StockReceived"]


async def test_the_same_number_of_another_lot_is_another_bottle(open_shop) -> None:
    shop = await open_shop()
    await numbered_lot(shop, "cask", 3)
    await numbered_lot(shop, "vat", 3)
    await hold_of_lot(shop, lot="vat", units=(2,))
    assert [each.type for each in (await unit(shop, 2)).history] == ["StockReceived"]
    assert (await unit(shop, 2, lot="vat")).state == "held"


async def test_units_are_listed_by_state_and_place_page_by_page(open_shop) -> None:
    shop = await open_shop(locations=2)
    await numbered_lot(shop, "cask", 5)
    await hold_of_lot(shop, lot="cask", units=(2,))
    assert [each.number for each in await units(shop, limit=3)] == [1, 2, 3]
    assert [each.number for each in await units(shop, after=3)] == [4, 5]
    assert [each.number for each in await units(shop, state="held")] == [2]
    assert await units(shop, location=shop.locations[1]) == []


async def test_a_bottle_whose_hold_has_lapsed_is_free_for_whoever_asks_for_it(open_shop) -> None:
    shop = await open_shop()
    await numbered_lot(shop, "cask", 3)
    await hold_of_lot(shop, lot="cask", units=(2,), ttl_seconds=0.000001)
    seen = await unit(shop, 2)
    assert seen.state == "in_stock" and seen.hold is None
    assert [each.number for each in await units(shop, state="in_stock")] == [1, 2, 3]
    (part,) = await by_lot(shop)
    assert (part.held, part.free_numbers) == (0, (1, 2, 3))
    held = await hold_of_lot(shop, lot="cask", units=(2,))
    assert held.allocations[0].units == (2,)


async def test_a_channel_does_not_learn_who_holds_another_s_bottle(open_shop) -> None:
    shop = await open_shop()
    await numbered_lot(shop, "cask", 1)
    await hold_of_lot(shop, customer_id="ada")
    for binding, shown in (
        ({"channel": shop.channel}, True),
        ({"channel": "another"}, False),
        ({"customer_id": "ben"}, False),
    ):
        seen = await unit(shop, 1, context=context_of(shop.house, **binding))
        assert seen.state == "held"
        assert (seen.hold is not None) == shown


async def test_bottles_that_have_not_come_are_not_found(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "cask", numbered=200)
    await receive(shop, 1, (17,))
    with pytest.raises(UnitNotFound):
        await unit(shop, 18)
    with pytest.raises(LotNotFound):
        await unit(shop, 1, lot="vat")
    assert [each.number for each in await units(shop)] == [17]


@pytest.mark.parametrize(
    ("quantity", "numbers", "refusal"),
    [
        (2, (), UnitsMustBeNamed),
        (2, (1,), UnitsMustBeNamed),
        (2, (2, 2), UnitsMustBeNamed),
        (1, (0,), UnitNotFree),
        (1, (-1,), UnitNotFree),
        (1, (6,), UnitNotFree),
        (1, (10**8,), UnitNotFree),
        (1, (1,), UnitNotFree),
    ],
)
async def test_numbers_that_can_not_come_in_are_refused(
    open_shop, quantity: int, numbers: tuple[int, ...], refusal: type[Exception]
) -> None:
    shop = await open_shop()
    await lot_in(shop, "cask", numbered=5)
    await receive(shop, 1, (1,))
    with pytest.raises(refusal):
        await receive(shop, quantity, numbers)
    with pytest.raises(refusal):
        await correct(shop, delta=quantity, units=numbers)
    assert [each.number for each in await units(shop)] == [1]


async def test_the_same_number_can_not_come_in_two_lines(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "cask", numbered=5)
    lines = [Line(shop.sku, 2, "cask", (1, 2)), Line(shop.sku, 1, "cask", (2,))]
    with pytest.raises(UnitNotFree):
        await receive_stock(
            context=shop.context, location=shop.location, lines=lines, reference=None
        )


async def test_pieces_without_numbers_come_without_them(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "cask")
    with pytest.raises(LotNotNumbered):
        await receive(shop, 1, (1,))
    with pytest.raises(LotNotNumbered):
        await correct(shop, delta=1, units=(1,))
    await receive(shop, 1)
    with pytest.raises(LotNotNumbered):
        await ask(
            shop,
            ChangeCondition,
            pieces=Pieces(sku=shop.sku, location=shop.location, quantity=1, lot="cask", units=(1,)),
            after="damaged",
            reason="dropped",
        )


async def test_a_number_that_is_gone_is_gone_and_may_come_again(open_shop) -> None:
    shop = await open_shop()
    await numbered_lot(shop, "cask", 3)
    await hold_of_lot(shop, lot="cask", units=(2,))
    with pytest.raises(UnitNotFree):
        await correct(shop, delta=-1, units=(2,))
    await correct(shop, delta=-1, units=(3,))
    assert (await unit(shop, 3)).state == "gone"
    with pytest.raises(UnitNotFree):
        await hold_of_lot(shop, lot="cask", units=(3,))
    await correct(shop, counted=3, units=(3,))
    assert (await unit(shop, 3)).state == "in_stock"
    assert [each.type for each in (await unit(shop, 3)).history] == [
        "StockReceived",
        "StockAdjusted",
        "StockAdjusted",
    ]


async def test_bottles_may_come_in_damaged(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "cask", numbered=5)
    await receive(shop, 2, (1, 2), condition="damaged")
    assert (await unit(shop, 1)).condition == "damaged"
    with pytest.raises(NotEnoughStock):
        await hold_of_lot(shop)


async def test_a_bottle_of_the_pool_is_sold_through_a_channel_that_has_an_allotment(
    open_shop,
) -> None:
    shop = await open_shop()
    await numbered_lot(shop, "cask", 4)
    some = Portion(sku=shop.sku, location=shop.location, quantity=2, lot="cask", units=(1, 2))
    await ask(shop, AllotStock, portions=[some], channel=shop.channel)
    held = await hold_of_lot(shop, 2, lot="cask", units=(2, 4))
    assert {each.allotment: each.units for each in held.allocations} == {
        shop.channel: (2,),
        "": (4,),
    }
    assert (await unit(shop, 1)).allotment == shop.channel


async def test_a_bottle_that_is_kept_back_is_not_sold_by_its_number(open_shop) -> None:
    shop = await open_shop()
    await numbered_lot(shop, "cask", 3)
    await ask(
        shop,
        AllotStock,
        portions=[Portion(sku=shop.sku, location=shop.location, quantity=1, lot="cask")],
        channel=shop.channel,
    )
    await ask(shop, KeepBack, levels=[KeptBack(sku=shop.sku, location=shop.location, quantity=2)])
    with pytest.raises(NotEnoughStock):
        await hold_of_lot(shop, lot="cask", units=(3,))
    assert (await hold_of_lot(shop, lot="cask", units=(1,))).allocations[0].units == (1,)


async def by_lot(shop: Shop, **asked: Any) -> list[Any]:
    usual = {"location": None, "after": None, "limit": 50}
    return await stock_by_lot(**{"context": shop.context, "id": shop.sku, **usual, **asked})


async def test_stock_is_told_by_location_lot_allotment_and_condition(open_shop) -> None:
    shop = await open_shop(locations=2)
    await numbered_lot(shop, "cask", 30)
    await lot_in(shop, "old", pieces=4, release_at=LONG_AGO)
    await shop.receive(shop.sku, 7, shop.locations[1])
    await hold_of_lot(shop, 3, lot="cask")
    await ask(
        shop,
        ChangeCondition,
        pieces=Pieces(sku=shop.sku, location=shop.location, quantity=1, lot="old"),
        after="damaged",
        reason="dropped",
    )
    found = await by_lot(shop)
    told = {(each.location, each.lot, each.condition): each for each in found}
    cask = told[shop.location, "cask", "sellable"]
    assert (cask.on_hand, cask.held, cask.free, cask.available) == (30, 3, 27, 27)
    assert cask.numbered == 30 and cask.free_numbers == tuple(range(4, 24))
    broken = told[shop.location, "old", "damaged"]
    assert (broken.free, broken.available, broken.free_numbers) == (1, 0, ())
    plain = told[shop.locations[1], None, "sellable"]
    assert (plain.on_hand, plain.available, plain.status) == (7, 7, "sellable")
    assert len(await by_lot(shop, location=shop.locations[1])) == 1
    assert await by_lot(shop, after=found[1].place) == found[2:]
    with pytest.raises(StockNotFound):
        await by_lot(shop, id="NOTHING")


async def test_one_figure_does_not_count_stock_that_lies_in_several_lots(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=4)
    await lot_in(shop, "b", pieces=2)
    whole = Adjust(sku=shop.sku, location=shop.location, counted=5, whole=True)
    with pytest.raises(StockIsParted):
        await adjust_stock(context=shop.context, adjustments=[whole], reason="counted")
    one = Adjust(sku=shop.sku, location=shop.location, counted=5, lot="a")
    (row,) = await adjust_stock(context=shop.context, adjustments=[one], reason="counted")
    assert row.on_hand == 7


async def test_who_waits_is_offered_numbers_when_their_lot_is_released(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "cask", pieces=9, numbered=9, release_at=SOON)
    waiting = [
        await join_waiting_list(
            context=shop.context,
            sku=shop.sku,
            quantity=2,
            channel=shop.channel,
            customer_id=customer,
            offer_seconds=600,
        )
        for customer in ("ada", "ben")
    ]
    await change_lot(
        context=shop.context,
        sku=shop.sku,
        lot="cask",
        changes=LotChanges(release_at=None),
        expected_version=None,
    )
    offered = [await place_in_line(context=shop.context, waiting_id=each.id) for each in waiting]
    assert [each.status for each in offered] == ["offered", "offered"]
    held = await units(shop, state="held")
    assert [(each.number, each.hold and each.hold.customer_id) for each in held] == [
        (1, "ada"),
        (2, "ada"),
        (3, "ben"),
        (4, "ben"),
    ]
