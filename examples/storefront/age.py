"""Ages: what is for adults only, and who has said that they are one."""

import datetime
from collections.abc import Collection

from examples.storefront.house import House
from rackhouse_client import Product

__all__ = ["birth_date_of", "is_for_adults", "is_of_age", "with_adult_parts"]

OLDEST_YEARS = 120


def birth_date_of(day: str, month: str, year: str, today: datetime.date) -> datetime.date | None:
    """A date of birth that somebody living may have; None where it is no such day."""
    try:
        born = datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None
    return born if today.year - OLDEST_YEARS <= born.year and born <= today else None


def is_of_age(born: datetime.date, today: datetime.date, years: int) -> bool:
    """Whether somebody has had this many birthdays; who was born on 29 February has theirs on
    1 March in other years."""
    passed = today.year - born.year
    if (today.month, today.day) < (born.month, born.day):
        passed -= 1
    return passed >= years


async def is_for_adults(house: House, product: Product, adult_types: Collection[str]) -> bool:
    """Whether a product is for adults only, or has something in it that is."""
    if product.type in adult_types:
        return True
    return bool(await with_adult_parts(house, product, adult_types))


async def with_adult_parts(
    house: House, product: Product, adult_types: Collection[str]
) -> list[str]:
    """The SKUs that a set is made of and that are for adults only."""
    skus = {part.sku for variant in product.variants for part in variant.components}
    found = []
    for sku in sorted(skus):
        part = await house.product_of_sku(sku)
        if part is not None and part.type in adult_types:
            found.append(sku)
    return found
