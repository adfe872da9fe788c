"""Price lists, promotions and tax rates, and what is answered by them, in a real house."""

import datetime
from typing import Any

import msgspec
import pytest
from pricing_shop import asked, events_of, fresh, list_with, promotion_for, set_price

from houses import Shop, context_of
from rackhouse.catalog import SkuUnknown, remove_product, replace_product
from rackhouse.catalog.log import LOG as CATALOG_LOG
from rackhouse.channels import BoundToAnotherChannel, ChannelNotFound
from rackhouse.inventory import Line
from rackhouse.orders import ReportedSale, order_of, place_order, report_sales, total_of
from rackhouse.platform.context import Context
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.pricing import (
    BuyGet,
    CustomersHaveNoGroup,
    FixedPrice,
    ListedPrice,
    Percentage,
    PriceListInUse,
    PriceListNotFound,
    PriceListsCollide,
    PriceListTerms,
    PricesCollide,
    PromotionsCollide,
    PromotionTerms,
    TaxRatesCollide,
    TaxRateTerms,
    change_price_list,
    change_promotion,
    create_price_list,
    create_tax_rate,
    price_list_of,
    price_lists,
    prices_in_list,
    remove_price_list,
    remove_promotion,
    set_prices,
)
from rackhouse.pricing.facts import PricingFacts
from rackhouse.pricing.following import follow_catalog
from rackhouse.pricing.promotions import tell_what_begins_and_ends

TWENTY_PERCENT = Percentage(off_basis_points=2000)
HOUR = datetime.timedelta(hours=1)


def terms_of(made: msgspec.Struct, terms: Any, **said: Any) -> Any:
    """The terms of something, said otherwise."""
    kept = {field: getattr(made, field) for field in terms.__struct_fields__}
    return terms(**kept | said)


async def test_a_price_list_goes_before_the_catalog_in_its_channel_only(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    made = await list_with(shop, 1100)
    found = await asked(shop)
    assert (found.price_minor, found.list.id, found.list.version) == (1100, made.id, 1)
    assert found.why[-1].rule == f"price-list:{made.id}@1"
    assert (await asked(shop, channel=None)).price_minor == 1250


async def test_what_was_answered_is_answered_again_after_everything_changed(
    open_shop: Any,
) -> None:
    shop: Shop = await open_shop()
    before = await asked(shop)
    made = await list_with(shop, 1100)
    listed = await asked(shop)
    promotion = await promotion_for(shop, TWENTY_PERCENT)
    promoted = await asked(shop)
    await set_price(shop, made.id, 1000)
    cheaper = await asked(shop)
    await remove_promotion(
        context=shop.context, promotion=promotion.id, expected_version=promotion.version
    )
    await remove_price_list(context=shop.context, price_list=made.id, expected_version=None)
    told = [before, listed, promoted, cheaper]
    assert [each.price_minor for each in told] == [1250, 1100, 880, 800]
    assert (await asked(shop)).price_minor == 1250
    for each in told:
        again = await asked(shop, as_of=each.as_of)
        assert (again.price_minor, again.why) == (each.price_minor, each.why)
        assert again.lowest_minor_30_days == each.lowest_minor_30_days


async def test_what_is_to_come_is_answered_by_what_is_known(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    now = (await asked(shop)).as_of
    await promotion_for(
        shop,
        FixedPrice(price_minor=900),
        currency="EUR",
        starts_at=now + HOUR,
        ends_at=now + 2 * HOUR,
    )
    told = [(await asked(shop, as_of=now + each * HOUR)).price_minor for each in (0.5, 1, 2)]
    assert told == [1250, 900, 1250]
    assert (await asked(shop)).valid_until == now + HOUR


async def test_a_catalog_price_that_changed_stays_in_the_history(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    context = shop.context
    product = f"product-{shop.channel.removeprefix('channel-')}"
    await follow(context, product)
    first = await asked(shop)
    draft = {
        "type": "goods",
        "name": "Dearer",
        "price_minor": 1500,
        "currency": "EUR",
        "tags": ["gift"],
        "variants": [{"sku": shop.sku}],
    }
    await replace_product(
        context=context, product_id=product, only_type=None, draft=draft, expected_version=None
    )
    second = await asked(shop)
    # Before the subscription has told of it, and after, and once more.
    for _ in range(3):
        assert (await asked(shop, as_of=first.as_of)).price_minor == 1250
        assert (await asked(shop, as_of=second.as_of)).price_minor == 1500
        assert (await asked(shop)).lowest_minor_30_days == 1250
        await follow(context, product)
    await remove_product(context=context, product_id=product, only_type=None, expected_version=None)
    for _ in range(2):
        with pytest.raises(SkuUnknown):
            await asked(shop)
        assert (await asked(shop, as_of=first.as_of)).price_minor == 1250
        assert (await asked(shop, as_of=second.as_of)).price_minor == 1500
        await follow(context, product)


async def follow(context: Context, product: str) -> None:
    """Have pricing read all events of a product."""
    async with context.house.database("catalog").transaction() as tx:
        events = await CATALOG_LOG.read_streams(
            tx,
            streams=[f"product:{product}"],
            recorded_before=None,
            position_before=None,
            limit=100,
        )
    await follow_catalog(context, events[::-1])


async def test_lists_that_collide_are_refused_with_what_they_collide_with(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    first = await list_with(shop)
    with pytest.raises(PriceListsCollide) as refused:
        await list_with(shop, starts_at=None)
    assert refused.value.collides_with == first.id
    assert refused.value.collides_from == first.starts_at
    second = await list_with(shop, priority=1)
    with pytest.raises(PriceListsCollide):
        await change_price_list(
            context=shop.context,
            price_list=second.id,
            terms=terms_of(second, PriceListTerms, priority=0),
            expected_version=None,
        )
    await remove_price_list(context=shop.context, price_list=first.id, expected_version=1)
    await list_with(shop, starts_at=None)


async def test_promotions_and_tax_rates_that_collide_are_refused(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    first = await promotion_for(shop, TWENTY_PERCENT)
    with pytest.raises(PromotionsCollide) as refused:
        await promotion_for(shop, BuyGet(buy=1, get=1))
    assert refused.value.collides_with == first.id
    terms = TaxRateTerms(title="VAT", country="XX", category=fresh("some"), rate_ppm=100_000)
    await create_tax_rate(context=shop.context, tax_rate=fresh("rate"), terms=terms)
    with pytest.raises(TaxRatesCollide):
        await create_tax_rate(context=shop.context, tax_rate=None, terms=terms)


async def test_edits_expect_a_version_and_the_same_again_changes_nothing(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    made = await list_with(shop)
    facts = {"context": shop.context, "price_list": made.id}
    same = await change_price_list(
        **facts, terms=terms_of(made, PriceListTerms), expected_version=1
    )
    assert same.version == 1
    renamed = terms_of(made, PriceListTerms, title="Another")
    assert (await change_price_list(**facts, terms=renamed, expected_version=1)).version == 2
    with pytest.raises(VersionIsStale) as stale:
        await change_price_list(**facts, terms=renamed, expected_version=1)
    assert stale.value.current == 2
    assert (await price_list_of(**facts)).title == "Another"
    before_it = made.id[:-1]
    page = await price_lists(context=shop.context, after=before_it, limit=1)
    assert [each.id for each in page] == [made.id]
    await remove_price_list(**facts, expected_version=2)
    with pytest.raises(PriceListNotFound):
        await price_list_of(**facts)
    again = await create_price_list(**facts, terms=renamed)
    assert again.version == 4
    assert await events_of(shop, f"price-list:{made.id}") == [
        "PriceListCreated",
        "PriceListChanged",
        "PriceListRemoved",
        "PriceListCreated",
    ]


async def test_a_list_that_others_stand_on_stays(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    base = await list_with(shop, 2000)
    upon = await list_with(shop, base=base.id, base_factor_basis_points=5000, priority=1)
    assert (await asked(shop)).price_minor == 1000
    with pytest.raises(PriceListInUse) as refused:
        await remove_price_list(context=shop.context, price_list=base.id, expected_version=None)
    assert refused.value.based_on_it == upon.id


async def test_prices_are_set_for_the_skus_that_are_named_all_or_none(open_shop: Any) -> None:
    shop: Shop = await open_shop(skus=2)
    made = await list_with(shop)
    one, two = shop.skus

    async def written(*prices: ListedPrice, removed: Any = (), version: int | None = None) -> Any:
        return await set_prices(
            context=shop.context,
            price_list=made.id,
            prices=prices,
            removed_skus=removed,
            expected_version=version,
        )

    tiers = [
        ListedPrice(sku=one, price_minor=900),
        ListedPrice(sku=one, price_minor=800, min_quantity=6),
        ListedPrice(sku=two, price_minor=700),
    ]
    assert (await written(*tiers, version=0)).version == 1
    with pytest.raises(VersionIsStale):
        await written(*tiers, version=0)
    with pytest.raises(PricesCollide):
        await written(tiers[0], tiers[0])
    with pytest.raises(SkuUnknown):
        await written(ListedPrice(sku=fresh("none"), price_minor=1), tiers[0])
    await written(ListedPrice(sku=one, price_minor=850), removed=[two], version=1)
    facts = {"context": shop.context, "price_list": made.id, "sku": None, "after": None}
    page = await prices_in_list(**facts, limit=10)
    assert page.version == 2
    assert [each for _, each in page.prices] == [ListedPrice(sku=one, price_minor=850)]
    assert (await asked(shop, quantity=6)).price_minor == 850


async def test_the_prices_of_a_list_that_was_removed_do_not_come_back(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    made = await list_with(shop, 900)
    facts = {"context": shop.context, "price_list": made.id}
    await remove_price_list(**facts, expected_version=None)
    await create_price_list(**facts, terms=terms_of(made, PriceListTerms))
    assert (await asked(shop)).price_minor == 1250


async def test_a_promotion_tells_when_it_begins_and_ends(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    now = (await asked(shop)).as_of
    due = now + datetime.timedelta(milliseconds=50)
    made = await promotion_for(shop, TWENTY_PERCENT, starts_at=due)
    stream = f"promotion:{made.id}"
    for _ in range(1000):
        if (await asked(shop)).as_of >= due:
            break
    await tell_what_begins_and_ends(context=shop.context)
    await tell_what_begins_and_ends(context=shop.context)
    assert await events_of(shop, stream) == ["PromotionCreated", "PromotionStarted"]
    over = terms_of(made, PromotionTerms, starts_at=None, ends_at=now)
    await change_promotion(
        context=shop.context, promotion=made.id, terms=over, expected_version=made.version
    )
    assert (await events_of(shop, stream))[2:] == ["PromotionChanged", "PromotionEnded"]


async def test_an_order_takes_our_price_and_records_which_rule_made_it(open_shop: Any) -> None:
    shop: Shop = await open_shop(units=10)
    vip = await list_with(shop, 1000, customer_group="vip")
    promotion = await promotion_for(shop, BuyGet(buy=2, get=1))

    async def ordered(quantity: int, group: str | None) -> Any:
        placed = await place_order(
            context=shop.context,
            channel=shop.channel,
            lines=[Line(shop.sku, quantity)],
            hold_id=None,
            customer_id=None,
            external_id=None,
            ttl_seconds=600,
            complete="confirm",
            customer_group=group,
        )
        return await order_of(context=shop.context, order_id=placed.id)

    plain = await ordered(1, None)
    assert (plain.lines[0].price_minor, plain.lines[0].price_rules) == (1250, ())
    found = await ordered(4, "vip")
    (line,) = found.lines
    assert (line.price_minor, line.total_minor, line.currency) == (1000, 3000, "EUR")
    assert line.price_rules == (f"price-list:{vip.id}@1", f"promotion:{promotion.id}@1")
    assert total_of(found) == (3000, "EUR")


async def test_a_sale_that_is_reported_has_the_price_of_when_it_was_sold(open_shop: Any) -> None:
    shop: Shop = await open_shop(units=10)
    made = await list_with(shop, 1000)
    sold_at = (await asked(shop)).as_of
    await set_price(shop, made.id, 1100)
    sale = ReportedSale(
        external_id=fresh("sale"),
        sold_at=sold_at,
        lines=(Line(shop.sku, 1),),
        customer_id=None,
    )
    (told,) = await report_sales(context=shop.context, channel=shop.channel, sales=[sale])
    assert told.order_id is not None
    found = await order_of(context=shop.context, order_id=told.order_id)
    assert found.lines[0].price_minor == 1000


async def test_orders_ask_nothing_where_there_is_no_rule(
    open_shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop: Shop = await open_shop(units=1)

    async def none(_: PricingFacts) -> bool:
        return False

    async def asks(*_: object) -> None:
        raise AssertionError("a query")

    monkeypatch.setattr(PricingFacts, "any_rules", none)
    monkeypatch.setattr("rackhouse.pricing.asking._sheets", asks)
    placed = await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, 1)],
        hold_id=None,
        customer_id=None,
        external_id=None,
        ttl_seconds=600,
        complete="reserve",
    )
    assert placed.lines[0].price_minor == 1250


async def test_who_acts_for_a_channel_or_a_customer_asks_for_these(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    await list_with(shop, 1100)
    own = context_of(shop.house, channel=shop.channel)
    assert (await asked(shop, context=own, channel=None)).price_minor == 1100
    with pytest.raises(BoundToAnotherChannel):
        await asked(shop, context=own, channel="another")
    customer = context_of(shop.house, customer_id="ann")
    with pytest.raises(CustomersHaveNoGroup):
        await asked(shop, context=customer, customer_group="vip")
    with pytest.raises(ChannelNotFound):
        await asked(shop, channel=fresh("none"))
