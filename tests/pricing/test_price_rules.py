"""Which list, which promotions and which taxes make a price."""

import datetime
from typing import Any

import pytest
from pricing_sheets import (
    LONG_AGO,
    NOON,
    SKU,
    a_list,
    a_listing,
    a_price,
    a_promotion,
    a_rate,
    day,
    paid,
)

from rackhouse.pricing.errors import InvalidPricing, PriceListInUse, PricesCollide
from rackhouse.pricing.rules import (
    BundlePrice,
    BuyGet,
    FixedOff,
    FixedPrice,
    Percentage,
    Question,
    Sheet,
    Targets,
    answer,
    check_bases,
    check_not_a_base,
    collision,
    half_up,
    refuse_colliding_prices,
    sound,
)

TEN_PERCENT = Percentage(off_basis_points=1000)


def test_without_any_rule_the_catalog_says_the_price() -> None:
    found = paid(Sheet(listings=[a_listing(1250)]))
    assert (found.price_minor, found.currency, found.includes_tax) == (1250, "EUR", True)
    assert (found.list, found.promotions) == (None, ())
    assert [(step.rule, step.says) for step in found.why] == [("catalog", "says 1250 EUR")]


def test_what_nothing_says_a_price_of_has_none() -> None:
    found = paid(Sheet(listings=[a_listing(None)]))
    assert (found.price_minor, found.total_minor, found.currency) == (None, None, None)
    assert found.why[-1].rule == "catalog"


def test_the_catalog_s_price_in_another_currency_is_no_answer() -> None:
    assert paid(Sheet(listings=[a_listing()]), currency="USD").price_minor is None


@pytest.mark.parametrize(
    ("asked", "price"),
    [
        ({}, 900),
        ({"channel": "web"}, 800),
        ({"customer_group": "vip"}, 700),
        ({"channel": "web", "customer_group": "vip"}, 800),
        ({"channel": "till", "customer_group": "staff"}, 900),
        ({"currency": "USD"}, 1100),
    ],
)
def test_of_lists_of_one_priority_the_one_for_a_channel_goes_first(
    asked: dict[str, Any], price: int
) -> None:
    lists = [
        a_list("all"),
        a_list("web", channel="web"),
        a_list("vip", customer_group="vip"),
        a_list("dollars", currency="USD"),
    ]
    prices = [
        a_price(900, "all"),
        a_price(800, "web"),
        a_price(700, "vip"),
        a_price(1100, "dollars"),
    ]
    sheet = Sheet(lists=lists, prices=prices, listings=[a_listing()])
    assert paid(sheet, **asked).price_minor == price


def test_a_higher_priority_goes_before_a_narrower_list() -> None:
    lists = [a_list("web", channel="web"), a_list("sale", priority=5)]
    sheet = Sheet(lists=lists, prices=[a_price(800, "web"), a_price(850, "sale")])
    assert paid(sheet, channel="web").list.id == "sale"


def test_a_list_without_a_price_leaves_it_to_the_next() -> None:
    sheet = Sheet(lists=[a_list("web", channel="web")], listings=[a_listing(1250)])
    found = paid(sheet, channel="web")
    assert found.price_minor == 1250
    assert [step.rule for step in found.why] == ["price-list:web@1", "catalog"]


def test_lists_and_prices_count_within_their_time() -> None:
    sheet = Sheet(
        lists=[a_list(starts_at=day(0), ends_at=day(10))],
        prices=[
            a_price(900, ends_at=day(5)),
            a_price(800, starts_at=day(5), ends_at=day(20)),
        ],
        listings=[a_listing(1000)],
    )
    told = [paid(sheet, day(each)).price_minor for each in (-0.001, 0, 4.999, 5, 9.999, 10)]
    assert told == [1000, 900, 900, 800, 800, 1000]


def test_the_price_of_the_largest_quantity_that_is_reached_counts() -> None:
    prices = [a_price(1000), a_price(900, min_quantity=10), a_price(800, min_quantity=50)]
    sheet = Sheet(lists=[a_list()], prices=prices)
    told = [paid(sheet, quantity=each).price_minor for each in (1, 9, 10, 49, 50)]
    assert told == [1000, 1000, 900, 900, 800]
    assert paid(sheet, quantity=10).total_minor == 9000


def test_a_list_is_computed_from_its_base_and_the_base_from_its_own() -> None:
    lists = [
        a_list("trade", base="catalog", base_factor_basis_points=8000),
        a_list("club", base="trade", base_adjustment_minor=-50, priority=9),
    ]
    sheet = Sheet(lists=lists, listings=[a_listing(999)])
    found = paid(sheet)
    assert found.price_minor == 799 - 50
    assert [step.rule for step in found.why] == ["price-list:trade@1", "price-list:club@1"]
    below_nothing = a_list("club", base="trade", base_adjustment_minor=-5000, priority=9)
    assert paid(Sheet(lists=[lists[0], below_nothing], listings=[a_listing(999)])).price_minor == 0


def test_a_base_says_nothing_out_of_its_time_or_in_another_currency() -> None:
    lists = [a_list("old", ends_at=day(-1), channel="x"), a_list("new", base="old", channel="web")]
    sheet = Sheet(lists=lists, prices=[a_price(500, "old")], listings=[a_listing(1000)])
    assert paid(sheet, channel="web").price_minor == 1000
    assert paid(sheet, day(-2), channel="web").price_minor == 500
    dollars = Sheet(lists=[a_list(base="catalog", currency="USD")], listings=[a_listing(1000)])
    assert paid(dollars, currency="USD").price_minor is None


@pytest.mark.parametrize(
    ("discount", "quantity", "price", "total"),
    [
        (TEN_PERCENT, 3, 896, 2688),
        (Percentage(off_basis_points=10_000), 1, 0, 0),
        (FixedOff(off_minor=300), 2, 695, 1390),
        (FixedOff(off_minor=2000), 2, 0, 0),
        (FixedPrice(price_minor=700), 2, 700, 1400),
        (FixedPrice(price_minor=1700), 2, 995, 1990),
        (BuyGet(buy=2, get=1), 2, 995, 1990),
        (BuyGet(buy=2, get=1), 7, 995, 4975),
        (BundlePrice(pieces=3, price_minor=2500), 2, 995, 1990),
        (BundlePrice(pieces=3, price_minor=2500), 7, 995, 5995),
        (BundlePrice(pieces=3, price_minor=9000), 7, 995, 6965),
    ],
)
def test_each_kind_of_offer_takes_off_what_it_says(
    discount: Any, quantity: int, price: int, total: int
) -> None:
    sheet = Sheet(listings=[a_listing(995)], promotions=[a_promotion("discount", discount)])
    found = paid(sheet, quantity=quantity)
    assert (found.price_minor, found.total_minor, found.regular_minor) == (price, total, 995)
    assert [each.off_minor for each in found.promotions] == (
        [995 * quantity - total] if total < 995 * quantity else []
    )


def test_promotions_that_stack_apply_in_the_order_of_their_positions() -> None:
    promotions = [
        a_promotion("second", TEN_PERCENT, 2, stackable=True),
        a_promotion("first", FixedOff(off_minor=100), 1, stackable=True),
        a_promotion("last", BuyGet(buy=1, get=1), 1, channel="web", stackable=True),
    ]
    found = paid(Sheet(listings=[a_listing()], promotions=promotions), quantity=2, channel="web")
    assert [each.id for each in found.promotions] == ["first", "second", "last"]
    assert (found.price_minor, found.total_minor) == (810, 810)


def test_one_that_does_not_stack_is_alone() -> None:
    alone = a_promotion("alone", TEN_PERCENT, 1)
    other = a_promotion("other", FixedOff(off_minor=500), 2, stackable=True)
    found = paid(Sheet(listings=[a_listing()], promotions=[alone, other]))
    assert (found.price_minor, len(found.promotions)) == (900, 1)
    late = a_promotion("alone", TEN_PERCENT, 3)
    found = paid(Sheet(listings=[a_listing()], promotions=[late, other]))
    assert (found.price_minor, len(found.promotions)) == (500, 1)
    assert found.why[-1].says == "does not stack on another"


@pytest.mark.parametrize(
    ("targets", "is_for_it"),
    [
        (Targets(), True),
        (Targets(skus=(SKU,)), True),
        (Targets(skus=("SKU-2",)), False),
        (Targets(products=("tumbler",)), True),
        (Targets(tags=("new", "gift")), True),
        (Targets(brands=("Ardbeg",)), False),
        (Targets(brands=("Glen",)), True),
        (Targets(categories=("glass",)), True),
        (Targets(categories=("gla",)), False),
        (Targets(skus=("SKU-2",), tags=("gift",)), True),
    ],
)
def test_a_promotion_is_for_what_it_names(targets: Targets, is_for_it: bool) -> None:
    promotion = a_promotion("some", TEN_PERCENT, targets=targets)
    found = paid(Sheet(listings=[a_listing()], promotions=[promotion]))
    assert found.price_minor == (900 if is_for_it else 1000)


def test_a_promotion_for_others_does_not_apply() -> None:
    promotions = [
        a_promotion("web", TEN_PERCENT, 1, channel="web"),
        a_promotion("vip", TEN_PERCENT, 2, customer_group="vip"),
        a_promotion("dollars", TEN_PERCENT, 3, currency="USD"),
        a_promotion("over", TEN_PERCENT, 4, ends_at=NOON),
        a_promotion("to come", TEN_PERCENT, 5, starts_at=day(1)),
    ]
    sheet = Sheet(listings=[a_listing()], promotions=promotions)
    assert paid(sheet).price_minor == 1000
    assert paid(sheet, day(1), NOON).price_minor == 900


def test_what_was_said_later_does_not_change_what_was_answered_before() -> None:
    sheet = Sheet(
        lists=[a_list(recorded=day(-30))],
        prices=[
            a_price(900, recorded=day(-30), closed=day(-3)),
            a_price(800, recorded=day(-3), starts_at=day(-20)),
        ],
        listings=[a_listing(1000)],
    )
    told = [paid(sheet, day(each), now=NOON).price_minor for each in (-31, -10, -3, 0, 5)]
    assert told == [1000, 900, 800, 800, 800]


def test_tax_is_in_the_price_or_on_top_of_it() -> None:
    listing, rate = a_listing(1190), a_rate("VAT", 190_000)
    found = paid(Sheet(listings=[listing], rates=[rate]), country="DE", quantity=3).taxes
    assert (found.net_minor, found.tax_minor, found.gross_minor) == (3000, 570, 3570)
    net = a_list(includes_tax=False, base="catalog", country="DE")
    found = paid(Sheet(lists=[net], listings=[listing], rates=[rate])).taxes
    assert (found.net_minor, found.tax_minor, found.gross_minor) == (1190, 226, 1416)


def test_the_rates_of_a_country_and_its_region_are_parts_of_the_tax() -> None:
    rates = [
        a_rate("PST", 70_000, "CA", region="BC"),
        a_rate("GST", 50_000, "CA"),
        a_rate("QST", 99_750, "CA", region="QC"),
        a_rate("books", 10_000, "CA", category="books"),
    ]
    sheet = Sheet(lists=[a_list(includes_tax=False)], prices=[a_price(1010)], rates=rates)
    found = paid(sheet, country="CA", region="BC").taxes
    assert [(each.id, each.tax_minor) for each in found.parts] == [("GST", 51), ("PST", 71)]
    assert found.gross_minor == 1010 + 51 + 71
    books = paid(Sheet(listings=[a_listing(tax_category="books")], rates=rates), country="CA").taxes
    assert [each.id for each in books.parts] == ["books"]


def test_parts_of_a_tax_in_the_price_add_up_to_it() -> None:
    rates = [a_rate("one", 33_333, "CA"), a_rate("two", 33_333, "CA", region="BC")]
    for price in range(1, 200):
        sheet = Sheet(listings=[a_listing(price)], rates=rates)
        found = paid(sheet, country="CA", region="BC").taxes
        assert sum(each.tax_minor for each in found.parts) == found.tax_minor
        assert found.net_minor + found.tax_minor == price


def test_a_list_that_shows_no_tax_and_a_rate_that_is_not_known_show_none() -> None:
    quiet = Sheet(
        lists=[a_list(shows_tax=False)], prices=[a_price(100)], rates=[a_rate("VAT", 190_000)]
    )
    assert paid(quiet, country="DE").taxes is None
    unknown = paid(Sheet(listings=[a_listing()]), country="DE")
    assert unknown.taxes is None
    assert unknown.why[-1].says == "no rate is known for standard in DE"


def test_halves_are_rounded_up() -> None:
    assert [half_up(each, 10) for each in (0, 4, 5, 14, 15, 25)] == [0, 0, 1, 1, 2, 3]


def test_an_answer_holds_until_the_next_moment_that_may_change_it() -> None:
    sheet = Sheet(
        lists=[a_list(recorded=day(-100))],
        prices=[
            a_price(900, recorded=day(-100), ends_at=day(7)),
            a_price(5, "other", ends_at=day(1)),
        ],
        promotions=[
            a_promotion("soon", TEN_PERCENT, starts_at=day(4), ends_at=day(5)),
            a_promotion("else", TEN_PERCENT, 2, channel="till", starts_at=day(2)),
        ],
        listings=[a_listing()],
    )
    asked = Question(sku=SKU)
    assert answer(sheet, asked, NOON, NOON).valid_until == day(4)
    assert answer(sheet, asked, day(4), NOON).valid_until == day(5)
    # No change is known after it ends; what it cost leaves the last thirty days by and by.
    assert answer(sheet, asked, day(8), NOON).valid_until == day(34)
    assert answer(sheet, asked, day(100), NOON).valid_until is None


def test_rules_collide_that_share_all_and_a_moment() -> None:
    there = a_list("there", starts_at=day(0), ends_at=day(10))
    touching = a_list("here", starts_at=day(10)).terms
    assert collision([there], "here", touching) is None
    found = collision([there], "here", a_list("here", starts_at=day(9)).terms)
    assert found is not None
    assert (found.with_id, found.from_, found.until) == ("there", day(9), day(10))
    assert collision([there], "there", there.terms) is None
    for other in ({"priority": 1}, {"channel": "web"}, {"customer_group": "vip"}):
        assert collision([there], "here", a_list("here", **other).terms) is None


def test_prices_collide_that_share_quantity_and_moment() -> None:
    apart = [a_price(1, ends_at=day(1)), a_price(2, starts_at=day(1)), a_price(3, min_quantity=2)]
    refuse_colliding_prices(apart)
    with pytest.raises(PricesCollide) as refused:
        refuse_colliding_prices([*apart, a_price(4, min_quantity=2, starts_at=day(50))])
    assert (refused.value.field, refused.value.other_field) == ("prices[3]", "prices[2]")


def test_a_base_has_to_be_there_in_the_same_currency_and_without_a_circle() -> None:
    one, two = a_list("one"), a_list("two", base="one")
    with pytest.raises(InvalidPricing, match="no price list nowhere"):
        check_bases([], "one", a_list("one", base="nowhere").terms)
    with pytest.raises(InvalidPricing, match="have to be the same"):
        check_bases([one, two], "one", a_list("one", currency="USD").terms)
    with pytest.raises(InvalidPricing, match="one on two on one"):
        check_bases([one, two], "one", a_list("one", base="two").terms)
    chain = [a_list("l0"), *(a_list(f"l{each}", base=f"l{each - 1}") for each in range(1, 6))]
    check_bases(chain, "l0", chain[0].terms)
    with pytest.raises(InvalidPricing, match="more than 5"):
        check_bases(chain, "l6", a_list("l6", base="l5").terms)
    with pytest.raises(PriceListInUse) as refused:
        check_not_a_base([one, two], "one")
    assert refused.value.based_on_it == "two"


def test_what_can_not_be_meant_is_refused_by_field() -> None:
    unsound = [
        (a_list(starts_at=day(1), ends_at=day(1)).terms, "ends_at"),
        (a_list(starts_at=datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)).terms, "starts_at"),
        (a_list(region="BE").terms, "country"),
        (a_list(currency="euro").terms, "currency"),
        (a_promotion("p", FixedOff(off_minor=1)).terms, "currency"),
        (a_promotion("p", Percentage(off_basis_points=0)).terms, "discount.off_basis_points"),
    ]
    for terms, field in unsound:
        with pytest.raises(InvalidPricing) as refused:
            sound(terms, "some")
        assert refused.value.field == field
    with pytest.raises(InvalidPricing):
        sound(a_list().terms, "catalog")


def test_times_are_kept_in_utc() -> None:
    east = datetime.timezone(datetime.timedelta(hours=2))
    terms = sound(a_list(starts_at=LONG_AGO.astimezone(east)).terms, "some")
    assert terms.starts_at == LONG_AGO
    assert terms.starts_at.tzinfo == datetime.UTC
