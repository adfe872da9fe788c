"""Tax rates: what a country or a region takes of what is sold, by category and time."""

import datetime
from collections.abc import Sequence

from rackhouse.platform.context import Context, operation
from rackhouse.pricing import keeping
from rackhouse.pricing.errors import TaxRateExists, TaxRateNotFound, TaxRatesCollide
from rackhouse.pricing.events import TaxRateChanged, TaxRateCreated, TaxRateRemoved
from rackhouse.pricing.rules import Collision, Rule, TaxRateTerms

__all__ = [
    "TaxRate",
    "change_tax_rate",
    "create_tax_rate",
    "remove_tax_rate",
    "tax_rate_of",
    "tax_rates",
]


class TaxRate(TaxRateTerms, frozen=True, kw_only=True):
    """A tax rate as it is. ``version`` grows with each change."""

    id: str
    version: int
    changed_at: datetime.datetime


@operation("pricing:write")
async def create_tax_rate(
    *, context: Context, tax_rate: str | None, terms: TaxRateTerms
) -> TaxRate:
    """Put a tax rate on record; without an id it is given one.

    Refuses with `TaxRateExists`, `TaxRatesCollide`, `InvalidPricing` and `TooManyPricingRules`.
    """
    return _told(await keeping.create(context, TAX_RATES, tax_rate, terms, _told))


@operation("pricing:write")
async def change_tax_rate(
    *, context: Context, tax_rate: str, terms: TaxRateTerms, expected_version: int | None
) -> TaxRate:
    """Let a tax rate say otherwise from now on; the same again changes nothing.

    Refuses with `TaxRateNotFound`, `VersionIsStale` (None expects any version), `TaxRatesCollide`
    and `InvalidPricing`.
    """
    return _told(await keeping.change(context, TAX_RATES, tax_rate, terms, expected_version))


@operation("pricing:write")
async def remove_tax_rate(*, context: Context, tax_rate: str, expected_version: int | None) -> None:
    """Let a tax rate count no more. What was answered stays on record.

    Refuses with `TaxRateNotFound` and `VersionIsStale` (None expects any version).
    """
    await keeping.remove(context, TAX_RATES, tax_rate, expected_version)


@operation("pricing:read")
async def tax_rate_of(*, context: Context, tax_rate: str) -> TaxRate:
    """A tax rate as it is; refuses with `TaxRateNotFound`."""
    return _told(await keeping.read(context, TAX_RATES, tax_rate))


@operation("pricing:read")
async def tax_rates(*, context: Context, after: str | None, limit: int) -> list[TaxRate]:
    """At most ``limit`` tax rates after an id, in the order of their ids."""
    return [_told(each) for each in await keeping.read_page(context, TAX_RATES, after, limit)]


def _told(rule: Rule[TaxRateTerms]) -> TaxRate:
    return TaxRate(
        **{name: getattr(rule.terms, name) for name in TaxRateTerms.__struct_fields__},
        id=rule.id,
        version=rule.version,
        changed_at=rule.recorded_at,
    )


def _collides(tax_rate: str, found: Collision) -> TaxRatesCollide:
    return TaxRatesCollide(
        tax_rate=tax_rate,
        collides_with=found.with_id,
        collides_from=found.from_,
        collides_until=found.until,
    )


def _check(_: Sequence[Rule[TaxRateTerms]], __: str, ___: TaxRateTerms | None) -> None:
    """Tax rates forbid one another nothing but to collide."""


async def _nothing_more(*_: object) -> None:
    """Nothing else follows from a tax rate."""


TAX_RATES = keeping.Kind[TaxRateTerms](
    name="tax-rate",
    created=TaxRateCreated,
    changed=TaxRateChanged,
    removed=TaxRateRemoved,
    not_found=lambda tax_rate: TaxRateNotFound(tax_rate=tax_rate),
    exists=lambda tax_rate: TaxRateExists(tax_rate=tax_rate),
    collides=_collides,
    check=_check,
    besides=_nothing_more,
)
