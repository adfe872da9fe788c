"""A till sold more than there was: an audit opens a case, and a person settles it."""

import datetime

import pytest
from spoilt_houses import audited, cases_of, shop_of

from houses import Shop
from rackhouse.inventory import Line, NotEnoughStock
from rackhouse.orders import ReportedSale, order_of, report_sales, uncovered_sales
from rackhouse.platform.house import House
from rackhouse.reconciliation import (
    Case,
    CoverSale,
    DismissSale,
    accept_case,
    edit_case,
    reject_case,
)

NOON = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)


async def sold(shop: Shop, number: str, quantity: int) -> str:
    """Report a sale; answers what became of it."""
    sale = ReportedSale(external_id=number, sold_at=NOON, lines=(Line(shop.sku, quantity),))
    (outcome,) = await report_sales(context=shop.context, channel=shop.channel, sales=[sale])
    return outcome.status


async def case_of_three_sold(spoilt: House) -> tuple[Shop, Case]:
    """A shop with two pieces of which three were sold, and the case of it."""
    shop = await shop_of(spoilt, units=2)
    assert await sold(shop, "R-1", 3) == "exceeded"
    await audited(shop.context)
    (case,) = await cases_of(shop)
    return shop, case


async def waiting(shop: Shop) -> int:
    found = await uncovered_sales(context=shop.context, channel=shop.channel, after=None, limit=10)
    return len(found)


@pytest.mark.parametrize("whole", [False, True], ids=["going on", "whole"])
async def test_a_sale_that_is_not_covered_is_a_case_with_its_event(
    spoilt: House, whole: bool
) -> None:
    shop = await shop_of(spoilt, units=2)
    assert await sold(shop, "R-1", 3) == "exceeded"
    assert await sold(shop, "R-2", 1) == "recorded"
    for _ in range(2):
        await audited(shop.context, whole=whole)
    (case,) = await cases_of(shop)
    assert (case.kind, case.channel, case.status) == ("sale_not_covered", shop.channel, "open")
    assert case.finding == f"{shop.channel} sold 3 of {shop.sku} as R-1, more than there was"
    assert (case.expected, case.found) == ({shop.sku: 2}, {shop.sku: 3})
    assert [(each.type, each.version) for each in case.evidence] == [("SaleNotCovered", 1)]
    assert case.proposal == CoverSale(shop.channel, str(case.order_id))


async def test_a_case_is_accepted_once_there_is_stock_for_the_sale(spoilt: House) -> None:
    shop, case = await case_of_three_sold(spoilt)
    with pytest.raises(NotEnoughStock):
        await accept_case(context=shop.context, case_id=case.id, reason="book it")
    assert [each.status for each in await cases_of(shop)] == ["open"]
    await shop.receive(shop.sku, 1)
    for _ in range(2):
        settled = await accept_case(context=shop.context, case_id=case.id, reason="found one")
        assert settled.status == "accepted"
    order = await order_of(context=shop.context, order_id=str(case.order_id))
    assert (order.status, order.external_id) == ("delivered", "R-1")
    await audited(shop.context)
    assert await cases_of(shop) == [] and await waiting(shop) == 0


async def test_a_case_is_cleared_when_the_till_could_report_its_sale_again(spoilt: House) -> None:
    shop, case = await case_of_three_sold(spoilt)
    await shop.receive(shop.sku, 1)
    assert await sold(shop, "R-1", 3) == "recorded"
    await audited(shop.context)
    (cleared,) = await cases_of(shop, status=None)
    assert (cleared.id, cleared.status) == (case.id, "cleared")


async def test_a_sale_that_was_none_is_dismissed(spoilt: House) -> None:
    shop, case = await case_of_three_sold(spoilt)
    dismissal = DismissSale(shop.channel, str(case.order_id))
    for _ in range(2):
        settled = await edit_case(
            context=shop.context, case_id=case.id, correction=dismissal, reason="typed twice"
        )
        assert (settled.status, settled.correction) == ("edited", dismissal)
    assert await sold(shop, "R-1", 3) == "dismissed"
    await audited(shop.context)
    assert await cases_of(shop) == [] and await waiting(shop) == 0


async def test_a_case_that_was_rejected_is_not_opened_again(spoilt: House) -> None:
    shop, case = await case_of_three_sold(spoilt)
    await reject_case(context=shop.context, case_id=case.id, reason="we know")
    await audited(shop.context)
    assert await cases_of(shop) == []
    assert await waiting(shop) == 1


async def test_another_sale_under_the_same_number_is_a_case(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=5)
    assert await sold(shop, "R-1", 1) == "recorded"
    assert await sold(shop, "R-1", 2) == "conflicting"
    await audited(shop.context)
    (case,) = await cases_of(shop)
    assert case.kind == "sale_not_covered"
    assert f"sold 2 of {shop.sku} under a number that another sale has" in case.finding
    assert (case.expected, case.found) == ({}, {shop.sku: 2})
    accepted = await accept_case(context=shop.context, case_id=case.id, reason="both were sold")
    assert accepted.status == "accepted"
    assert (await shop.levels())[shop.location] == (2, 0, 0)
