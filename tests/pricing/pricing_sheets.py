"""Sheets, rules and moments for tests of what prices are."""

import datetime
from typing import Any

from rackhouse.pricing.rules import (
    Listing,
    Price,
    PriceListTerms,
    PromotionTerms,
    Question,
    Rule,
    Sheet,
    TaxRateTerms,
    priced,
)

SKU = "SKU-1"
NOON = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
LONG_AGO = NOON - datetime.timedelta(days=300)


def day(number: float) -> datetime.datetime:
    """Noon of a day, counted from the first one of the tests."""
    return NOON + datetime.timedelta(days=number)


def a_list(
    id_: str = "retail",
    *,
    recorded: datetime.datetime = LONG_AGO,
    closed: datetime.datetime | None = None,
    **said: Any,
) -> Rule[PriceListTerms]:
    """A version of a price list in EUR."""
    terms = PriceListTerms(**{"title": id_, "currency": "EUR", **said})
    return Rule(id_, 1, terms, recorded, closed)


def a_price(
    price_minor: int,
    list_id: str = "retail",
    *,
    recorded: datetime.datetime = LONG_AGO,
    closed: datetime.datetime | None = None,
    **said: Any,
) -> Price:
    """A price of the SKU in a list."""
    facts = {"min_quantity": 1, "starts_at": None, "ends_at": None, "sku": SKU, **said}
    return Price(
        list_id=list_id, price_minor=price_minor, recorded_at=recorded, closed_at=closed, **facts
    )


def a_promotion(
    id_: str,
    discount: Any,
    position: int = 1,
    *,
    recorded: datetime.datetime = LONG_AGO,
    closed: datetime.datetime | None = None,
    **said: Any,
) -> Rule[PromotionTerms]:
    """A version of a promotion."""
    terms = PromotionTerms(**{"title": id_, "discount": discount, "position": position, **said})
    return Rule(id_, 1, terms, recorded, closed)


def a_rate(id_: str, rate_ppm: int, country: str = "DE", **said: Any) -> Rule[TaxRateTerms]:
    """A version of a tax rate."""
    terms = TaxRateTerms(**{"title": id_, "country": country, "rate_ppm": rate_ppm, **said})
    return Rule(id_, 1, terms, LONG_AGO)


def a_listing(
    price_minor: int | None = 1000,
    *,
    recorded: datetime.datetime = LONG_AGO,
    closed: datetime.datetime | None = None,
    **said: Any,
) -> Listing:
    """What the catalog said of the SKU."""
    facts = {
        "sku": SKU,
        "product_id": "tumbler",
        "currency": "EUR",
        "brand": "Glen",
        "categories": ("glass/tumblers",),
        "tags": ("gift",),
        "tax_category": "standard",
        **said,
    }
    return Listing(price_minor=price_minor, recorded_at=recorded, closed_at=closed, **facts)


def paid(
    sheet: Sheet, at: datetime.datetime = NOON, now: datetime.datetime | None = None, **asked: Any
) -> Any:
    """What is answered at a moment, asked at that moment unless said otherwise."""
    return priced(sheet, Question(sku=SKU, **asked), at, now or at)
