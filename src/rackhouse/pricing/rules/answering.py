"""The answer to what a SKU costs: now, then, or at a time to come."""

import datetime
from collections.abc import Iterable

import msgspec

from .listed import ListPrice, Moment, Question, Sheet, Step, list_price, listing_at
from .moments import Dated, OnRecord
from .promoting import UsedPromotion, is_meant, promoted
from .taxes import Taxed, taxed
from .terms import PriceListTerms, Rule, Terms

__all__ = [
    "LOWEST_OF_DAYS",
    "REDUCTION_LIMIT_DAYS",
    "Priced",
    "UsedList",
    "answer",
    "lowest_before",
    "moments_of",
    "priced",
]

LOWEST_OF_DAYS = 30
REDUCTION_LIMIT_DAYS = 365
"""How far back the beginning of a reduction is looked for."""

Times = datetime.datetime


class UsedList(msgspec.Struct, frozen=True):
    """The price list that a price is from."""

    id: str
    version: int
    title: str


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """What some pieces of a SKU cost at a moment, and why. ``price_minor`` is of each piece,
    ``regular_minor`` the same before promotions; ``total_minor`` is of all pieces together, with
    what promotions by quantity take off. All are null where there is no price."""

    sku: str
    quantity: int
    channel: str | None
    customer_group: str | None
    price_minor: int | None
    regular_minor: int | None
    total_minor: int | None
    currency: str | None
    includes_tax: bool | None
    list: UsedList | None
    promotions: tuple[UsedPromotion, ...]
    taxes: Taxed | None
    lowest_minor_30_days: int | None
    as_of: datetime.datetime
    valid_until: datetime.datetime | None
    why: tuple[Step, ...]


def answer(sheet: Sheet, question: Question, at: Times, now: Times) -> Priced:
    """The whole answer, with the lowest price before, and until when it can not change."""
    sheet = _bearing(sheet, question)
    found = priced(sheet, question, at, now)
    cuts = moments_of(sheet)
    lowest, is_reduced = _lowest(sheet, question, found, at, now, cuts)
    return msgspec.structs.replace(
        found,
        lowest_minor_30_days=lowest,
        valid_until=_valid_until(cuts, at, is_reduced),
    )


def priced(sheet: Sheet, question: Question, at: Times, now: Times) -> Priced:
    """What is paid at a moment, without what came before it and what comes after."""
    moment, steps = Moment.of(at, now), list[Step]()
    listed = list_price(sheet, question, moment, steps)
    if listed is None:
        return _unpriced(question, at, steps)
    listing = listing_at(sheet, moment)
    after = promoted(sheet, question, moment, listed.price_minor, listed.currency, listing, steps)
    category = listing.tax_category if listing else "standard"
    return Priced(
        sku=question.sku,
        quantity=question.quantity,
        channel=question.channel,
        customer_group=question.customer_group,
        price_minor=after.price_minor,
        regular_minor=listed.price_minor,
        total_minor=after.total_minor,
        currency=listed.currency,
        includes_tax=listed.includes_tax,
        list=_used(listed.list),
        promotions=after.used,
        taxes=_taxes(sheet, question, moment, listed, category, after.total_minor, steps),
        lowest_minor_30_days=None,
        as_of=at,
        valid_until=None,
        why=tuple(steps),
    )


def lowest_before(sheet: Sheet, question: Question, at: Times, now: Times) -> int | None:
    """The lowest price of a piece in the 30 days before its present reduction began, or where it
    is not reduced, in the 30 days before the moment; None where there was none.

    Directive 98/6/EC, article 6a (as Directive (EU) 2019/2161 inserts it): whoever announces a
    price reduction indicates the prior price, which is the lowest that they applied in a period of
    not less than 30 days prior to the application of the reduction. A reduction is what promotions
    take off the price of a piece. One that begins where another ends without a break is part of it
    (paragraph 5: a reduction that is progressively increased has the prior price of the first);
    after a break it is one of its own, and the reduced prices before count. Of what was sold for
    less than 30 days the time that there was counts (paragraph 4). Prices in another currency, or
    which say otherwise whether tax is in them, are no prices to compare with.
    """
    sheet = _bearing(sheet, question)
    found = priced(sheet, question, at, now)
    return _lowest(sheet, question, found, at, now, moments_of(sheet))[0]


def moments_of(sheet: Sheet) -> list[Times]:
    """Every moment at which anything on the sheet begins or ends, or was recorded or closed."""
    rules: list[Rule[Terms]] = [*sheet.lists, *sheet.promotions, *sheet.rates]
    dated: list[Dated] = [*(rule.terms for rule in rules), *sheet.prices]
    on_record: list[OnRecord] = [*rules, *sheet.prices, *sheet.listings]
    bounds = [
        *(at for each in dated for at in (each.starts_at, each.ends_at)),
        *(at for each in on_record for at in (each.recorded_at, each.closed_at)),
    ]
    return sorted({each for each in bounds if each is not None})


def _lowest(
    sheet: Sheet, question: Question, found: Priced, at: Times, now: Times, cuts: list[Times]
) -> tuple[int | None, bool]:
    """The lowest price before, and whether the price is reduced."""
    before = [each for each in cuts if each <= at]
    begins_at, reduced = at, _is_reduced(found)
    earliest = at - datetime.timedelta(days=REDUCTION_LIMIT_DAYS)
    while reduced and before and before[-1] > earliest:
        if not _is_reduced(priced(sheet, question, before[-1], now)):
            break
        begins_at = before.pop()
    from_ = begins_at - datetime.timedelta(days=LOWEST_OF_DAYS)
    within = [from_, *(each for each in before if from_ < each < begins_at)]
    comparable = [
        each.price_minor
        for each in (priced(sheet, question, moment, now) for moment in within)
        if each.price_minor is not None
        and each.currency == found.currency
        and each.includes_tax == found.includes_tax
    ]
    return min(comparable, default=None), reduced


def _is_reduced(found: Priced) -> bool:
    return (
        found.price_minor is not None
        and found.regular_minor is not None
        and found.price_minor < found.regular_minor
    )


def _valid_until(cuts: Iterable[Times], at: Times, reduced: bool) -> Times | None:
    """The next moment that is known to change the answer, or may do: where a price is not reduced,
    the lowest one before it changes, too, as days pass."""
    kept = datetime.timedelta(days=LOWEST_OF_DAYS)
    ahead = [each for each in cuts if each > at]
    if not reduced:
        ahead += [each + kept for each in cuts if at - kept < each <= at]
    return min(ahead, default=None)


def _bearing(sheet: Sheet, question: Question) -> Sheet:
    """What of a sheet can have a say, ever: all else would only cut time into pieces."""
    named = {each.terms.base for each in sheet.lists}
    lists = [
        each
        for each in sheet.lists
        if each.id in named
        or (
            each.terms.channel in (None, question.channel)
            and each.terms.customer_group in (None, question.customer_group)
        )
    ]
    ids = {each.id for each in lists}
    promotions = [
        each
        for each in sheet.promotions
        if each.terms.channel in (None, question.channel)
        and each.terms.customer_group in (None, question.customer_group)
        and any(
            is_meant(each.terms.targets, question.sku, listing)
            for listing in (None, *sheet.listings)
        )
    ]
    countries = {question.country, *(each.terms.country for each in lists)}
    rates = [each for each in sheet.rates if each.terms.country in countries]
    prices = [each for each in sheet.prices if each.list_id in ids]
    return msgspec.structs.replace(
        sheet, lists=lists, promotions=promotions, rates=rates, prices=prices
    )


def _taxes(
    sheet: Sheet,
    question: Question,
    moment: Moment,
    listed: ListPrice,
    category: str,
    total_minor: int,
    steps: list[Step],
) -> Taxed | None:
    terms = listed.list.terms if listed.list else None
    if terms is not None and not terms.shows_tax:
        return None
    country, region = question.country, question.region
    if country is None and terms is not None:
        country, region = terms.country, terms.region
    if country is None:
        return None
    found = taxed(
        sheet,
        moment,
        country=country,
        region=region,
        category=category,
        total_minor=total_minor,
        includes_tax=listed.includes_tax,
    )
    where = f"{country}-{region}" if region else country
    if found is None:
        steps.append(Step("tax", f"no rate is known for {category} in {where}"))
        return None
    for part in found.parts:
        how = "of which" if listed.includes_tax else "plus"
        says = f"{how} {part.tax_minor} {listed.currency} are {part.title}"
        steps.append(Step(f"tax-rate:{part.id}@{part.version}", says))
    return found


def _used(rule: Rule[PriceListTerms] | None) -> UsedList | None:
    return None if rule is None else UsedList(rule.id, rule.version, rule.terms.title)


def _unpriced(question: Question, at: Times, steps: list[Step]) -> Priced:
    return Priced(
        sku=question.sku,
        quantity=question.quantity,
        channel=question.channel,
        customer_group=question.customer_group,
        price_minor=None,
        regular_minor=None,
        total_minor=None,
        currency=None,
        includes_tax=None,
        list=None,
        promotions=(),
        taxes=None,
        lowest_minor_30_days=None,
        as_of=at,
        valid_until=None,
        why=tuple(steps),
    )
