"""The lowest price of the 30 days before a reduction (Directive 98/6/EC, article 6a)."""

import datetime
from typing import Any

from pricing_sheets import NOON, SKU, a_list, a_listing, a_price, a_promotion, day

from rackhouse.pricing.rules import Percentage, Question, Sheet, lowest_before

TEN, TWENTY, FIFTY = (Percentage(off_basis_points=each * 100) for each in (10, 20, 50))


def lowest(sheet: Sheet, at: datetime.datetime = NOON, **asked: Any) -> int | None:
    return lowest_before(sheet, Question(sku=SKU, **asked), at, at)


def off(id_: str, discount: Percentage, from_: float, until: float, position: int = 1) -> Any:
    """A promotion from one day to another."""
    return a_promotion(
        id_,
        discount,
        position,
        recorded=day(from_ - 1),
        starts_at=day(from_),
        ends_at=day(until),
    )


def test_of_a_price_that_never_changed_the_lowest_is_the_price() -> None:
    assert lowest(Sheet(listings=[a_listing(1000)])) == 1000


def test_a_reduction_is_measured_by_what_came_before_it() -> None:
    sheet = Sheet(listings=[a_listing(1000)], promotions=[off("sale", TWENTY, -3, 5)])
    assert lowest(sheet) == 1000


def test_a_price_that_was_lower_within_thirty_days_before_is_the_lowest() -> None:
    prices = [
        a_price(700, recorded=day(-60), closed=day(-20)),
        a_price(1000, recorded=day(-20)),
    ]
    sheet = Sheet(
        lists=[a_list()],
        prices=prices,
        listings=[a_listing(2000)],
        promotions=[off("sale", TEN, 0, 5)],
    )
    assert lowest(sheet) == 700


def test_a_price_that_was_lower_before_those_thirty_days_does_not_count() -> None:
    prices = [
        a_price(700, recorded=day(-60), closed=day(-30)),
        a_price(1000, recorded=day(-30)),
    ]
    sheet = Sheet(lists=[a_list()], prices=prices, promotions=[off("sale", TEN, 0, 5)])
    assert lowest(sheet) == 1000
    # The days are counted from when the reduction began, not from when somebody asks.
    a_moment_more = datetime.timedelta(microseconds=1)
    prices[0] = a_price(700, recorded=day(-60), closed=day(-30) + a_moment_more)
    prices[1] = a_price(1000, recorded=day(-30) + a_moment_more)
    sheet = Sheet(lists=[a_list()], prices=prices, promotions=[off("sale", TEN, 0, 50)])
    assert lowest(sheet, day(40)) == 700


def test_a_reduction_that_grows_without_a_break_has_the_price_before_the_first() -> None:
    promotions = [off("ten", TEN, -9, -6), off("twenty", TWENTY, -6, -3), off("half", FIFTY, -3, 3)]
    assert lowest(Sheet(listings=[a_listing(1000)], promotions=promotions)) == 1000


def test_after_a_break_the_reduced_prices_count_as_prices_before() -> None:
    promotions = [off("ten", TEN, -9, -6), off("half", FIFTY, -3, 3)]
    assert lowest(Sheet(listings=[a_listing(1000)], promotions=promotions)) == 900


def test_a_reduction_that_lasted_longer_than_thirty_days_looks_before_its_beginning() -> None:
    sheet = Sheet(listings=[a_listing(1000)], promotions=[off("long", TWENTY, -90, 3)])
    assert lowest(sheet) == 1000


def test_of_what_is_new_the_days_that_there_were_count() -> None:
    sheet = Sheet(
        listings=[a_listing(1000, recorded=day(-5))], promotions=[off("sale", TEN, -1, 3)]
    )
    assert lowest(sheet) == 1000


def test_what_was_reduced_from_its_first_moment_has_no_price_before() -> None:
    sheet = Sheet(
        listings=[a_listing(1000, recorded=day(-5))],
        promotions=[off("launch", TEN, -10, 3)],
    )
    assert lowest(sheet) is None


def test_without_a_reduction_the_last_thirty_days_count() -> None:
    sheet = Sheet(listings=[a_listing(1000)], promotions=[off("past", TWENTY, -20, -10)])
    assert lowest(sheet) == 800
    assert lowest(sheet, day(19.9)) == 800
    assert lowest(sheet, day(20)) == 1000


def test_a_price_list_that_becomes_cheaper_is_no_announced_reduction() -> None:
    prices = [a_price(1000, recorded=day(-60), closed=day(-2)), a_price(800, recorded=day(-2))]
    assert lowest(Sheet(lists=[a_list()], prices=prices)) == 800


def test_the_history_of_the_catalog_s_price_counts() -> None:
    listings = [
        a_listing(600, recorded=day(-90), closed=day(-15)),
        a_listing(1000, recorded=day(-15)),
    ]
    assert lowest(Sheet(listings=listings, promotions=[off("sale", TEN, -1, 1)])) == 600


def test_a_promotion_that_was_for_others_lowers_nothing() -> None:
    for_others = a_promotion(
        "others", FIFTY, recorded=day(-20), channel="till", starts_at=day(-20), ends_at=day(-10)
    )
    sheet = Sheet(listings=[a_listing(1000)], promotions=[for_others])
    assert lowest(sheet) == 1000
    assert lowest(sheet, channel="till") == 500


def test_a_promotion_that_was_recorded_afterwards_was_not_applied() -> None:
    late = a_promotion("late", FIFTY, recorded=day(-1), starts_at=day(-20), ends_at=day(-10))
    assert lowest(Sheet(listings=[a_listing(1000)], promotions=[late])) == 1000


def test_prices_in_another_currency_are_not_compared() -> None:
    lists = [a_list("dollars", currency="USD", recorded=day(-60), closed=day(-10))]
    sheet = Sheet(lists=lists, prices=[a_price(5, "dollars")], listings=[a_listing(1000)])
    assert lowest(sheet) == 1000


def test_prices_without_tax_are_not_compared_with_prices_with_it() -> None:
    net = a_list("net", includes_tax=False, recorded=day(-60), closed=day(-10))
    sheet = Sheet(lists=[net], prices=[a_price(5, "net")], listings=[a_listing(1000)])
    assert lowest(sheet) == 1000
