"""The facts that pricing publishes: the streams are ``price-list:<id>``, ``prices:<price list>``,
``promotion:<id>`` and ``tax-rate:<id>``."""

import datetime

import msgspec

from rackhouse.pricing.rules import PriceListTerms, PromotionTerms, TaxRateTerms

__all__ = [
    "EVENT_TYPES",
    "PriceListChanged",
    "PriceListCreated",
    "PriceListRemoved",
    "PricesSet",
    "PromotionChanged",
    "PromotionCreated",
    "PromotionEnded",
    "PromotionRemoved",
    "PromotionStarted",
    "SetPrice",
    "TaxRateChanged",
    "TaxRateCreated",
    "TaxRateRemoved",
]


class PriceListCreated(msgspec.Struct, frozen=True, kw_only=True):
    """There is a price list."""

    id: str
    terms: PriceListTerms


class PriceListChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A price list says otherwise."""

    id: str
    terms: PriceListTerms


class PriceListRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A price list is gone, with its prices."""

    id: str


class SetPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A price of a SKU from a quantity on, in minor units of its list's currency."""

    sku: str
    min_quantity: int
    price_minor: int
    starts_at: datetime.datetime | None
    ends_at: datetime.datetime | None


class PricesSet(msgspec.Struct, frozen=True, kw_only=True):
    """Some SKUs have these prices in a list, and no other there; ``removed_skus`` have none."""

    price_list: str
    prices: tuple[SetPrice, ...]
    removed_skus: tuple[str, ...]


class PromotionCreated(msgspec.Struct, frozen=True, kw_only=True):
    """There is a promotion."""

    id: str
    terms: PromotionTerms


class PromotionChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion says otherwise."""

    id: str
    terms: PromotionTerms


class PromotionRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion is gone."""

    id: str


class PromotionStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion counts from now on."""

    id: str
    title: str


class PromotionEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion counts no more."""

    id: str


class TaxRateCreated(msgspec.Struct, frozen=True, kw_only=True):
    """There is a tax rate."""

    id: str
    terms: TaxRateTerms


class TaxRateChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A tax rate says otherwise."""

    id: str
    terms: TaxRateTerms


class TaxRateRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A tax rate is gone."""

    id: str


EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (
        PriceListCreated,
        PriceListChanged,
        PriceListRemoved,
        PricesSet,
        PromotionCreated,
        PromotionChanged,
        PromotionRemoved,
        PromotionStarted,
        PromotionEnded,
        TaxRateCreated,
        TaxRateChanged,
        TaxRateRemoved,
    )
}
