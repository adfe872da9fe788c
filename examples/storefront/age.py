"""Ages: what is for adults only, and who has said that they are one."""

import datetime
from collections.abc import Collection

from examples.storefront.house import House
from rackhouse_client import Product

__all__ = ["adult_parts_of", "birth_date_of", "is_for_adults", "is_of_age"]

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
    return bool(await adult_parts_of(house, product, adult_types))


async def adult_parts_of(house: House, product: Product, adult_types: Collection[str]) -> list[str]:
    """The SKUs that a set is made of and that are for adults only."""
    skus = {part.sku for variant in product.variants for part in variant.components}
    parts = await house.products_of_skus(sorted(skus))
    return [sku for sku, part in parts.items() if part.type in adult_types]
