"""The refusals of pricing."""

import datetime
from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotAllowed, NotFound

__all__ = [
    "CustomersHaveNoGroup",
    "InvalidPricing",
    "PriceListExists",
    "PriceListInUse",
    "PriceListNotFound",
    "PriceListsCollide",
    "PricesCollide",
    "PromotionExists",
    "PromotionNotFound",
    "PromotionsCollide",
    "TaxRateExists",
    "TaxRateNotFound",
    "TaxRatesCollide",
    "TooManyPricingRules",
]


@dataclass(eq=False)
class PriceListNotFound(NotFound):
    """There is no price list {price_list}."""

    price_list: str


@dataclass(eq=False)
class PriceListExists(Conflict):
    """There is a price list {price_list} already. Change it, or choose another id."""

    price_list: str


@dataclass(eq=False)
class PriceListInUse(Conflict):
    """The prices of {price_list} are the base of {based_on_it}. Give that another base first."""

    price_list: str
    based_on_it: str


@dataclass(eq=False)
class PriceListsCollide(Conflict):
    """{price_list} and {collides_with} would count at the same time, with the same channel,
    currency, customer group and priority, and it could not be said which goes first. Give one
    another priority or another time."""

    price_list: str
    collides_with: str
    collides_from: datetime.datetime | None
    collides_until: datetime.datetime | None


@dataclass(eq=False)
class PricesCollide(Invalid):
    """{field}: {sku} has a price from {min_quantity} pieces on at the same time in {other_field}.
    Let one end before the other begins, or put it into a list of higher priority."""

    field: str
    other_field: str
    sku: str
    min_quantity: int


@dataclass(eq=False)
class PromotionNotFound(NotFound):
    """There is no promotion {promotion}."""

    promotion: str


@dataclass(eq=False)
class PromotionExists(Conflict):
    """There is a promotion {promotion} already. Change it, or choose another id."""

    promotion: str


@dataclass(eq=False)
class PromotionsCollide(Conflict):
    """{promotion} and {collides_with} would count at the same time, with the same channel,
    currency, customer group and position, and it could not be said which goes first. Give one
    another position or another time."""

    promotion: str
    collides_with: str
    collides_from: datetime.datetime | None
    collides_until: datetime.datetime | None


@dataclass(eq=False)
class TaxRateNotFound(NotFound):
    """There is no tax rate {tax_rate}."""

    tax_rate: str


@dataclass(eq=False)
class TaxRateExists(Conflict):
    """There is a tax rate {tax_rate} already. Change it, or choose another id."""

    tax_rate: str


@dataclass(eq=False)
class TaxRatesCollide(Conflict):
    """{tax_rate} and {collides_with} would count at the same time, for the same category in the
    same place. Let one end before the other begins."""

    tax_rate: str
    collides_with: str
    collides_from: datetime.datetime | None
    collides_until: datetime.datetime | None


@dataclass(eq=False)
class TooManyPricingRules(Conflict):
    """There are {limit} of them already, as many as there may be. Remove some first."""

    limit: int


@dataclass(eq=False)
class InvalidPricing(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


@dataclass(eq=False)
class CustomersHaveNoGroup(NotAllowed):
    """You act for the customer {customer_id}, who can not say which group they are of. Ask without
    a group."""

    customer_id: str
