"""What promotions make of a price."""

import msgspec

from .listed import Moment, Question, Sheet, Step, half_up, named
from .moments import in_force, known
from .terms import (
    ALL_BASIS_POINTS,
    BundlePrice,
    BuyGet,
    Discount,
    FixedOff,
    FixedPrice,
    Listing,
    Percentage,
    PromotionTerms,
    Rule,
    Targets,
)

__all__ = ["Promoted", "UsedPromotion", "is_meant", "promoted"]


class UsedPromotion(msgspec.Struct, frozen=True):
    """A promotion that applies, and how much it takes off all the pieces together."""

    id: str
    version: int
    title: str
    off_minor: int


class Promoted(msgspec.Struct, frozen=True):
    """A price apiece and of all pieces, with the promotions that made it."""

    price_minor: int
    total_minor: int
    used: tuple[UsedPromotion, ...]


def promoted(
    sheet: Sheet,
    question: Question,
    moment: Moment,
    price_minor: int,
    currency: str,
    listing: Listing | None,
    steps: list[Step],
) -> Promoted:
    """A price with the promotions that apply to it, one after the other.

    First those apiece, then one by quantity (`buy_get`, `bundle_price`), each in the order of
    their positions; at the same position one for a channel goes before one for all, then one for a
    customer group, then one for a currency. What takes nothing off is left out. One that does not
    stack applies where none has applied yet, and is the last one then.
    """
    total = price_minor * question.quantity
    used: list[UsedPromotion] = []
    for rule in _in_order(sheet, question, moment, currency, listing):
        terms = rule.terms
        by_quantity = _is_by_quantity(terms.discount)
        if used and not terms.stackable:
            steps.append(Step(named("promotion", rule), "does not stack on another"))
            continue
        price = price_minor if by_quantity else _apiece(terms.discount, price_minor)
        after = _together(terms.discount, price, question.quantity)
        if after >= total:
            steps.append(Step(named("promotion", rule), "takes nothing off here"))
            continue
        steps.append(Step(named("promotion", rule), _says(terms, total, after, currency)))
        used.append(UsedPromotion(rule.id, rule.version, terms.title, total - after))
        price_minor, total = price, after
        if by_quantity or not terms.stackable:
            break
    return Promoted(price_minor, total, tuple(used))


def is_meant(targets: Targets, sku: str, listing: Listing | None) -> bool:
    """Whether a promotion is for a SKU, given what the catalog says of it."""
    if targets == Targets() or sku in targets.skus:
        return True
    if listing is None:
        return False
    return (
        listing.product_id in targets.products
        or listing.brand in targets.brands
        or any(tag in targets.tags for tag in listing.tags)
        or any(_is_below(each, targets.categories) for each in listing.categories)
    )


def _in_order(
    sheet: Sheet, question: Question, moment: Moment, currency: str, listing: Listing | None
) -> list[Rule[PromotionTerms]]:
    def place(rule: Rule[PromotionTerms]) -> tuple[bool, int, bool, bool, bool]:
        said = rule.terms
        general = (said.channel is None, said.customer_group is None, said.currency is None)
        return (_is_by_quantity(said.discount), said.position, *general)

    return sorted(
        (
            rule
            for rule in sheet.promotions
            if rule.terms.channel in (None, question.channel)
            and rule.terms.customer_group in (None, question.customer_group)
            and rule.terms.currency in (None, currency)
            and known(rule, moment.known_at)
            and in_force(rule.terms, moment.at)
            and is_meant(rule.terms.targets, question.sku, listing)
        ),
        key=place,
    )


def _is_by_quantity(discount: Discount) -> bool:
    return isinstance(discount, BuyGet | BundlePrice)


def _apiece(discount: Discount, price_minor: int) -> int:
    match discount:
        case Percentage():
            left = ALL_BASIS_POINTS - discount.off_basis_points
            return half_up(price_minor * left, ALL_BASIS_POINTS)
        case FixedOff():
            return max(0, price_minor - discount.off_minor)
        case FixedPrice():
            return min(price_minor, discount.price_minor)
    return price_minor


def _together(discount: Discount, price_minor: int, quantity: int) -> int:
    match discount:
        case BuyGet():
            free = quantity // (discount.buy + discount.get) * discount.get
            return (quantity - free) * price_minor
        case BundlePrice():
            bundles, single = divmod(quantity, discount.pieces)
            return bundles * discount.price_minor + single * price_minor
    return quantity * price_minor


def _is_below(category: str, categories: tuple[str, ...]) -> bool:
    return any(category == each or category.startswith(f"{each}/") for each in categories)


def _says(terms: PromotionTerms, total: int, after: int, currency: str) -> str:
    match terms.discount:
        case Percentage(off_basis_points=share):
            what = f"{share // 100}.{share % 100:02} percent off"
        case FixedOff(off_minor=off):
            what = f"{off} off each"
        case FixedPrice(price_minor=price):
            what = f"{price} for each"
        case BuyGet(buy=buy, get=free):
            what = f"{free} of {buy + free} free"
        case BundlePrice(pieces=pieces, price_minor=price):
            what = f"{pieces} for {price}"
    return f"{what}: {total} {currency} in all become {after}"
