"""What may be kept: what is said has to be sound, and never leave open which of two goes first."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

import msgspec

from ..errors import InvalidPricing, PriceListInUse, PricesCollide
from .listed import BASES_LIMIT, CATALOG
from .moments import Dated, overlapping
from .terms import (
    BundlePrice,
    FixedOff,
    FixedPrice,
    PriceListTerms,
    PromotionTerms,
    Rule,
    Said,
    Terms,
)

__all__ = [
    "Collision",
    "DatedPrice",
    "check_bases",
    "check_not_a_base",
    "check_window",
    "collision",
    "in_utc",
    "refuse_colliding_prices",
    "scope_of",
    "sound",
]

FIRST_MOMENT = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
LAST_MOMENT = datetime.datetime(9000, 1, 1, tzinfo=datetime.UTC)
ANY = "*"

Struct = TypeVar("Struct", bound=msgspec.Struct)


class Collision(msgspec.Struct, frozen=True):
    """Another rule that would count at the same time, and the time that they share."""

    with_id: str
    from_: datetime.datetime | None
    until: datetime.datetime | None


class DatedPrice(Dated, Protocol):
    """A price of a SKU from a quantity on."""

    @property
    def sku(self) -> str: ...

    @property
    def min_quantity(self) -> int: ...


def sound(terms: Said, rule_id: str) -> Said:
    """The terms with their times in UTC; refuses with `InvalidPricing` what can not be meant."""
    _refuse_outside_of_bounds(terms)
    check_window(terms, "")
    if isinstance(terms, PriceListTerms):
        _refuse_unfit_list(terms, rule_id)
    if isinstance(terms, PromotionTerms):
        amounts = isinstance(terms.discount, FixedOff | FixedPrice | BundlePrice)
        if amounts and terms.currency is None:
            raise InvalidPricing(field="currency", problem="an amount needs one; write it as EUR")
    return in_utc(terms)


def in_utc(dated: Struct) -> Struct:
    """The same with its times in UTC."""
    times = {name: getattr(dated, name) for name in ("starts_at", "ends_at")}
    return msgspec.structs.replace(
        dated, **{name: at and at.astimezone(datetime.UTC) for name, at in times.items()}
    )


def check_window(dated: Dated, where: str) -> None:
    """Refuse with `InvalidPricing` what ends before it begins, or is out of all time."""
    starts_at, ends_at = dated.starts_at, dated.ends_at
    for name, at in (("starts_at", starts_at), ("ends_at", ends_at)):
        if at is not None and not FIRST_MOMENT <= at <= LAST_MOMENT:
            raise InvalidPricing(field=where + name, problem="write a time from 1970 to 8999")
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        problem = "is not after starts_at; let it end later"
        raise InvalidPricing(field=f"{where}ends_at", problem=problem)


def scope_of(terms: Terms) -> str:
    """What no two rules of a kind may share at any one time."""
    of: tuple[str | int | None, ...]
    if isinstance(terms, PriceListTerms):
        of = (terms.channel, terms.currency, terms.customer_group, terms.priority)
    elif isinstance(terms, PromotionTerms):
        of = (terms.channel, terms.currency, terms.customer_group, terms.position)
    else:
        return " ".join((terms.country, terms.region or ANY, terms.category))
    return " ".join(ANY if each is None else str(each) for each in of)


def collision(current: Iterable[Rule[Said]], rule_id: str, terms: Said) -> Collision | None:
    """The rule that ``terms`` collide with."""
    scope = scope_of(terms)
    for other in current:
        said = other.terms
        if other.id != rule_id and scope_of(said) == scope and overlapping(said, terms):
            starts = [each for each in (said.starts_at, terms.starts_at) if each is not None]
            ends = [each for each in (said.ends_at, terms.ends_at) if each is not None]
            return Collision(other.id, max(starts, default=None), min(ends, default=None))
    return None


def check_bases(
    current: Iterable[Rule[PriceListTerms]], rule_id: str, terms: PriceListTerms
) -> None:
    """Refuse with `InvalidPricing` a base that is not there, has another currency, or stands on
    the list itself or on too many others."""
    said = {each.id: each.terms for each in current} | {rule_id: terms}
    for list_id, each in said.items():
        if each.base is None or each.base == CATALOG:
            continue
        base = said.get(each.base)
        if base is None:
            raise InvalidPricing(field="base", problem=f"there is no price list {each.base}")
        if base.currency != each.currency:
            field = "base" if list_id == rule_id else "currency"
            problem = f"{each.base} is in {base.currency}, {list_id} in {each.currency}"
            raise InvalidPricing(field=field, problem=f"{problem}; they have to be the same")
        _refuse_circle(said, list_id)


def check_not_a_base(current: Iterable[Rule[PriceListTerms]], rule_id: str) -> None:
    """Refuse with `PriceListInUse` to let a list go that others stand on."""
    for each in current:
        if each.terms.base == rule_id:
            raise PriceListInUse(price_list=rule_id, based_on_it=each.id)


def refuse_colliding_prices(prices: Sequence[DatedPrice]) -> None:
    """Refuse with `PricesCollide` two prices of one SKU and quantity at the same time."""
    seen: dict[tuple[str, int], list[int]] = {}
    for index, price in enumerate(prices):
        others = seen.setdefault((price.sku, price.min_quantity), [])
        for other in others:
            if overlapping(prices[other], price):
                raise PricesCollide(
                    field=f"prices[{index}]",
                    other_field=f"prices[{other}]",
                    sku=price.sku,
                    min_quantity=price.min_quantity,
                )
        others.append(index)


def _refuse_outside_of_bounds(terms: Terms) -> None:
    """What the types say of each field; over HTTP it was read by them already."""
    try:
        msgspec.convert(msgspec.to_builtins(terms), type(terms))
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$.")
        raise InvalidPricing(field=path.rstrip("`") or "terms", problem=problem) from error


def _refuse_unfit_list(terms: PriceListTerms, rule_id: str) -> None:
    if rule_id == CATALOG:
        raise InvalidPricing(field="id", problem="catalog means the catalog; choose another")
    if terms.region is not None and terms.country is None:
        raise InvalidPricing(field="country", problem="a region needs one; write it as DE")


def _refuse_circle(said: dict[str, PriceListTerms], list_id: str) -> None:
    passed = [list_id]
    while (base := said[passed[-1]].base) is not None and base in said:
        if base in passed:
            path = " on ".join([*passed, base])
            raise InvalidPricing(field="base", problem=f"a list would stand on itself: {path}")
        if len(passed) > BASES_LIMIT:
            problem = f"{list_id} would stand on more than {BASES_LIMIT} lists"
            raise InvalidPricing(field="base", problem=problem)
        passed.append(base)
