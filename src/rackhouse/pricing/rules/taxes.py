"""The tax in a price, or on top of it. Whole numbers only."""

import msgspec

from .listed import Moment, Sheet, half_up
from .moments import in_force, known
from .terms import Rule, TaxRateTerms

__all__ = ["TaxPart", "Taxed", "taxed"]

MILLION = 1_000_000


class TaxPart(msgspec.Struct, frozen=True):
    """What one rate makes of a line; ``rate_ppm`` is in millionths."""

    id: str
    version: int
    title: str
    rate_ppm: int
    tax_minor: int


class Taxed(msgspec.Struct, frozen=True):
    """A line without tax, the tax, and both together."""

    category: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    parts: tuple[TaxPart, ...]


def taxed(
    sheet: Sheet,
    moment: Moment,
    *,
    country: str,
    region: str | None,
    category: str,
    total_minor: int,
    includes_tax: bool,
) -> Taxed | None:
    """The tax of a line, rounded half up once for the line; None where no rate is known.

    Where tax is in the price, what is left of it without tax is rounded, and tax is the rest; the
    parts share it by their rates, the last one takes what rounding leaves. Where tax comes on top,
    each part is rounded by itself.
    """
    rates = _rates(sheet, moment, country, region, category)
    if not rates:
        return None
    ppm = [rule.terms.rate_ppm for rule in rates]
    if includes_tax:
        net = half_up(total_minor * MILLION, MILLION + sum(ppm))
        shares = _shared(total_minor - net, ppm)
    else:
        net = total_minor
        shares = [half_up(net * each, MILLION) for each in ppm]
    parts = tuple(
        TaxPart(rule.id, rule.version, rule.terms.title, rule.terms.rate_ppm, share)
        for rule, share in zip(rates, shares, strict=True)
    )
    return Taxed(category, net, sum(shares), net + sum(shares), parts)


def _rates(
    sheet: Sheet, moment: Moment, country: str, region: str | None, category: str
) -> list[Rule[TaxRateTerms]]:
    """The country's rate and the region's, in this order."""
    found = [
        rule
        for rule in sheet.rates
        if rule.terms.country == country
        and rule.terms.region in (None, region)
        and rule.terms.category == category
        and known(rule, moment.known_at)
        and in_force(rule.terms, moment.at)
    ]
    return sorted(found, key=lambda rule: rule.terms.region or "")


def _shared(tax_minor: int, ppm: list[int]) -> list[int]:
    if sum(ppm) == 0:
        return [0] * len(ppm)
    shares = [half_up(tax_minor * each, sum(ppm)) for each in ppm[:-1]]
    return [*shares, tax_minor - sum(shares)]
