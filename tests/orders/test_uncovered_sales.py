"""Sales that were reported and could not be booked: a person hears of them."""

import asyncio

import msgspec
import pytest
from reports import events_of, told

from houses import context_of
from rackhouse.inventory import (
    Line,
)
from rackhouse.orders import (
    OrderNotFound,
    ReportedSale,
    SaleIsSettled,
    UncoveredSaleNotFound,
    cover_sale,
    dismiss_sale,
    order_of,
)
from rackhouse.platform.context import PermissionMissing
from rackhouse.platform.ids import new_id
from tills import buy, lot


async def test_a_sale_that_exceeds_says_what_is_missing(open_till) -> None:
    pos = await open_till(units=3, allotment=2)
    await buy(pos.shop, 1)
    bad = pos.sale(3, customer_id="ada")
    outcome = await pos.one(bad)
    assert (outcome.status, outcome.order_id) == ("exceeded", None)
    assert [(each.sku, each.asked, each.available) for each in outcome.missing] == [
        (pos.shop.sku, 3, 2)
    ]
    assert await pos.shop.levels() == {pos.shop.location: (3, 1, 0)}
    (waiting,) = await pos.uncovered()
    assert (waiting.external_id, waiting.why, waiting.customer_id) == (
        bad.external_id,
        "not-enough-stock",
        "ada",
    )
    assert (waiting.lines, waiting.sold_at, waiting.status) == (bad.lines, bad.sold_at, "open")
    ((type_, facts),) = await events_of(waiting, pos.shop.house)
    assert type_ == "SaleNotCovered"
    assert facts["external_id"] == bad.external_id
    assert facts["missing"] == [{"sku": pos.shop.sku, "asked": 3, "available": 2}]
    assert facts["skus"] == [pos.shop.sku]
    with pytest.raises(OrderNotFound):
        await order_of(context=pos.context, order_id=waiting.id)


async def test_a_sale_that_exceeded_is_booked_once_there_is_stock(open_till) -> None:
    pos = await open_till(units=1, allotment=1)
    sale = pos.sale(2)
    assert told(await asyncio.gather(*(pos.one(sale) for _ in range(4)))) == ["exceeded"] * 4
    assert told(await pos.report([sale, sale])) == ["exceeded", "exceeded"]
    (waiting,) = await pos.uncovered()
    changed = msgspec.structs.replace(sale, lines=(Line(pos.shop.sku, 1),))
    assert told(await pos.report([changed])) == ["conflicting"]
    (other,) = [each for each in await pos.uncovered() if each.id != waiting.id]
    await dismiss_sale(
        context=pos.shop.context, channel=pos.channel, sale_id=other.id, reason="typed wrong"
    )
    await pos.shop.receive(pos.shop.sku, 5)
    assert told(await pos.report([sale])) == ["recorded"]
    assert await pos.uncovered() == []
    assert [type_ for type_, _ in await events_of(waiting, pos.shop.house)] == [
        "SaleNotCovered",
        "SaleCovered",
    ]
    assert told(await pos.report([sale])) == ["repeated"]


async def test_a_person_covers_or_dismisses_a_sale_that_exceeded(open_till) -> None:
    pos = await open_till(units=1, allotment=1)
    await pos.report([pos.sale(2), pos.sale(3)])
    two, three = sorted(await pos.uncovered(), key=lambda each: each.lines[0].quantity)
    asked = {"context": pos.shop.context, "channel": pos.channel}
    assert (await cover_sale(**asked, sale_id=two.id)).status == "exceeded"
    await pos.shop.receive(pos.shop.sku, 1)
    assert (await cover_sale(**asked, sale_id=two.id)).status == "recorded"
    with pytest.raises(SaleIsSettled):
        await cover_sale(**asked, sale_id=two.id)
    with pytest.raises(SaleIsSettled):
        await dismiss_sale(**asked, sale_id=two.id, reason="no")
    for _ in range(2):
        dismissed = await dismiss_sale(**asked, sale_id=three.id, reason="typed twice")
        assert (dismissed.status, dismissed.version) == ("dismissed", 2)
    again = ReportedSale(external_id=three.external_id, sold_at=three.sold_at, lines=three.lines)
    await pos.shop.receive(pos.shop.sku, 9)
    assert told(await pos.report([again])) == ["dismissed"]
    back = await pos.one_back(pos.taken_back(again))
    assert (back.status, type(back.refusal)) == ("refused", SaleIsSettled)
    assert await pos.uncovered() == []
    for id_ in (new_id(), "no id", "\0"):
        with pytest.raises(UncoveredSaleNotFound):
            await cover_sale(**asked, sale_id=id_)
        with pytest.raises(UncoveredSaleNotFound):
            await dismiss_sale(**asked, sale_id=id_, reason="no")
    with pytest.raises(PermissionMissing):
        till_only = context_of(
            pos.shop.house, channel=pos.channel, permissions=frozenset({"orders:write"})
        )
        await dismiss_sale(context=till_only, channel=pos.channel, sale_id=three.id, reason="no")


async def test_what_is_not_known_here_is_a_case_for_a_person(open_till) -> None:
    pos = await open_till()
    await lot(pos.shop, "cask", 1, 2)
    unknown = pos.sale(1, sku="NOBODY-KNOWS")
    no_lot, no_number = pos.sale(1, lot="never"), pos.sale(1, lot="cask", units=(9,))
    outcomes = await pos.report([unknown, pos.sale(1), no_lot, no_number])
    assert told(outcomes) == ["exceeded", "recorded", "exceeded", "exceeded"]
    reasons = {each.external_id: each.why for each in await pos.uncovered()}
    assert reasons == {
        unknown.external_id: "sku-unknown",
        no_lot.external_id: "lot-not-found",
        no_number.external_id: "unit-not-free",
    }
    assert [each.available for each in outcomes[0].missing] == [0]


async def test_another_sale_under_the_same_number_waits_once_for_a_person(open_till) -> None:
    pos = await open_till(units=10, allotment=4)
    sale = pos.sale(1)
    assert (await pos.one(sale)).status == "recorded"
    other = msgspec.structs.replace(sale, lines=(Line(pos.shop.sku, 3),))
    reports = [pos.report([other]) for _ in range(3)]
    assert [told(each) for each in await asyncio.gather(*reports)] == [["conflicting"]] * 3
    (waiting,) = await pos.uncovered()
    assert (waiting.why, waiting.lines, waiting.missing) == ("reported-otherwise", other.lines, ())
    assert waiting.external_id.startswith(f"{sale.external_id}~")
    ((type_, facts),) = await events_of(waiting, pos.shop.house)
    assert (type_, facts["external_id"]) == ("SaleNotCovered", waiting.external_id)


async def test_a_person_books_the_other_sale_of_a_number_as_well(open_till) -> None:
    pos = await open_till(units=10, allotment=4)
    sale = pos.sale(1)
    other = msgspec.structs.replace(sale, lines=(Line(pos.shop.sku, 3),))
    assert told(await pos.report([sale, other])) == ["recorded", "conflicting"]
    (waiting,) = await pos.uncovered()
    booked = await cover_sale(context=pos.shop.context, channel=pos.channel, sale_id=waiting.id)
    assert booked.status == "recorded"
    order = await order_of(context=pos.context, order_id=str(booked.order_id))
    assert (order.external_id, order.lines[0].quantity) == (waiting.external_id, 3)
    assert (await pos.shop.levels())[pos.shop.location] == (6, 0, 0)
    assert told(await pos.report([other])) == ["conflicting"]
    assert await pos.uncovered() == []
