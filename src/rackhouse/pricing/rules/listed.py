"""The price that lists give a SKU, before any promotion."""

import datetime
from collections.abc import Iterator, Sequence

import msgspec

from .moments import in_force, known
from .terms import (
    ALL_BASIS_POINTS,
    Listing,
    Price,
    PriceListTerms,
    PromotionTerms,
    Rule,
    TaxRateTerms,
    Terms,
)

__all__ = [
    "BASES_LIMIT",
    "CATALOG",
    "ListPrice",
    "Moment",
    "Question",
    "Sheet",
    "Step",
    "half_up",
    "list_price",
    "listing_at",
]

CATALOG = "catalog"
BASES_LIMIT = 5
"""How many lists may stand on one another."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Whose price is asked: of how many pieces, for whom, where."""

    sku: str
    quantity: int = 1
    channel: str | None = None
    currency: str | None = None
    customer_group: str | None = None
    country: str | None = None
    region: str | None = None


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """All that was ever on record and bears on the price of one SKU."""

    lists: Sequence[Rule[PriceListTerms]] = ()
    prices: Sequence[Price] = ()
    promotions: Sequence[Rule[PromotionTerms]] = ()
    rates: Sequence[Rule[TaxRateTerms]] = ()
    listings: Sequence[Listing] = ()
    catalog_includes_tax: bool = True


class Moment(msgspec.Struct, frozen=True):
    """A moment, and what of the record counts for it: what lies ahead is answered as it is known
    by now, what has passed as it was known then."""

    at: datetime.datetime
    known_at: datetime.datetime

    @staticmethod
    def of(at: datetime.datetime, now: datetime.datetime) -> "Moment":
        """A moment as it is, or was, known."""
        return Moment(at, min(at, now))


class Step(msgspec.Struct, frozen=True):
    """One step of how a price came about: the rule (and its version) that made it, and what it
    did."""

    rule: str
    says: str


class ListPrice(msgspec.Struct, frozen=True):
    """A price apiece, and where it is from; ``list`` is None for the catalog."""

    price_minor: int
    currency: str
    includes_tax: bool
    list: Rule[PriceListTerms] | None


def list_price(
    sheet: Sheet, question: Question, moment: Moment, steps: list[Step]
) -> ListPrice | None:
    """The price of the first list that has one, or else the catalog's; None where there is none
    (in the currency that was asked for).

    Lists are asked in the order of their priority, the highest first; of the same priority one for
    a channel goes before one for all, then one for a customer group before one for all, then the
    catalog's own currency before others.
    """
    listing = listing_at(sheet, moment)
    for each in _in_order(sheet, question, moment, listing):
        found = _of_list(sheet, question, moment, each, listing, steps, BASES_LIMIT)
        if found is not None:
            terms = each.terms
            return ListPrice(found, terms.currency, terms.includes_tax, each)
        steps.append(Step(named("price-list", each), "has no price for it"))
    if listing is None or listing.price_minor is None or listing.currency is None:
        steps.append(Step(CATALOG, "has no price for it"))
        return None
    if question.currency not in (None, listing.currency):
        steps.append(Step(CATALOG, f"has a price in {listing.currency} only"))
        return None
    steps.append(Step(CATALOG, f"says {listing.price_minor} {listing.currency}"))
    return ListPrice(listing.price_minor, listing.currency, sheet.catalog_includes_tax, None)


def listing_at(sheet: Sheet, moment: Moment) -> Listing | None:
    """What the catalog said at a moment, the newest on record."""
    on_record = [each for each in sheet.listings if known(each, moment.known_at)]
    return max(on_record, key=lambda each: each.recorded_at, default=None)


def half_up(numerator: int, denominator: int) -> int:
    """A quotient of whole numbers, none below zero, rounded to the nearest, half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def named(kind: str, rule: Rule[Terms]) -> str:
    """How a step names a version of a rule."""
    return f"{kind}:{rule.id}@{rule.version}"


def _in_order(
    sheet: Sheet, question: Question, moment: Moment, listing: Listing | None
) -> Iterator[Rule[PriceListTerms]]:
    own = listing.currency if listing else None

    def place(each: Rule[PriceListTerms]) -> tuple[int, bool, bool, bool, str]:
        said = each.terms
        general = (said.channel is None, said.customer_group is None)
        return (-said.priority, *general, said.currency != own, said.currency)

    yield from sorted(
        (
            each
            for each in sheet.lists
            if _is_for(each.terms, question)
            and known(each, moment.known_at)
            and in_force(each.terms, moment.at)
        ),
        key=place,
    )


def _is_for(terms: PriceListTerms, question: Question) -> bool:
    return (
        terms.channel in (None, question.channel)
        and terms.customer_group in (None, question.customer_group)
        and question.currency in (None, terms.currency)
    )


def _of_list(
    sheet: Sheet,
    question: Question,
    moment: Moment,
    rule: Rule[PriceListTerms],
    listing: Listing | None,
    steps: list[Step],
    depth: int,
) -> int | None:
    """What a list says itself, or makes of its base."""
    entry = _entry(sheet, question, moment, rule.id)
    if entry is not None:
        tier = f" from {entry.min_quantity} pieces on" if entry.min_quantity > 1 else ""
        says = f"says {entry.price_minor} {rule.terms.currency}{tier}"
        steps.append(Step(named("price-list", rule), says))
        return entry.price_minor
    based_on = _base(sheet, question, moment, rule, listing, steps, depth)
    if based_on is None:
        return None
    terms = rule.terms
    share = half_up(based_on * terms.base_factor_basis_points, ALL_BASIS_POINTS)
    price = max(0, share + terms.base_adjustment_minor)
    says = f"makes {price} {terms.currency} of {based_on} of its base {terms.base}"
    steps.append(Step(named("price-list", rule), says))
    return price


def _base(
    sheet: Sheet,
    question: Question,
    moment: Moment,
    rule: Rule[PriceListTerms],
    listing: Listing | None,
    steps: list[Step],
    depth: int,
) -> int | None:
    terms = rule.terms
    if terms.base is None or depth == 0:
        return None
    if terms.base == CATALOG:
        if listing is None or listing.currency != terms.currency:
            return None
        return listing.price_minor
    for each in sheet.lists:
        if (
            each.id == terms.base
            and each.terms.currency == terms.currency
            and known(each, moment.known_at)
            and in_force(each.terms, moment.at)
        ):
            return _of_list(sheet, question, moment, each, listing, steps, depth - 1)
    return None


def _entry(sheet: Sheet, question: Question, moment: Moment, list_id: str) -> Price | None:
    """The price of the largest quantity that is reached."""
    reached = [
        each
        for each in sheet.prices
        if each.list_id == list_id
        and each.min_quantity <= question.quantity
        and known(each, moment.known_at)
        and in_force(each, moment.at)
    ]
    return max(reached, key=lambda each: each.min_quantity, default=None)
