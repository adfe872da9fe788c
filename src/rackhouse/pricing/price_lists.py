"""Price lists: what SKUs cost through a channel, in a currency, for a group, for a time."""

import datetime
from collections.abc import Sequence

from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.pricing import keeping, store
from rackhouse.pricing.errors import PriceListExists, PriceListNotFound, PriceListsCollide
from rackhouse.pricing.events import PriceListChanged, PriceListCreated, PriceListRemoved
from rackhouse.pricing.rules import (
    Collision,
    PriceListTerms,
    Rule,
    check_bases,
    check_not_a_base,
)

__all__ = [
    "PRICE_LISTS",
    "PriceList",
    "change_price_list",
    "create_price_list",
    "price_list_of",
    "price_lists",
    "remove_price_list",
]


class PriceList(PriceListTerms, frozen=True, kw_only=True):
    """A price list as it is. ``version`` grows with each change."""

    id: str
    version: int
    changed_at: datetime.datetime


@operation("pricing:write")
async def create_price_list(
    *, context: Context, price_list: str | None, terms: PriceListTerms
) -> PriceList:
    """Put a price list on record; without an id it is given one.

    Refuses with `PriceListExists`, `PriceListsCollide`, `InvalidPricing`, `ChannelNotFound` and
    `TooManyPricingRules`.
    """
    return _told(await keeping.create(context, PRICE_LISTS, price_list, terms, _told))


@operation("pricing:write")
async def change_price_list(
    *, context: Context, price_list: str, terms: PriceListTerms, expected_version: int | None
) -> PriceList:
    """Let a price list say otherwise from now on; the same again changes nothing.

    Refuses with `PriceListNotFound`, `VersionIsStale` (None expects any version),
    `PriceListsCollide`, `InvalidPricing` and `ChannelNotFound`.
    """
    return _told(await keeping.change(context, PRICE_LISTS, price_list, terms, expected_version))


@operation("pricing:write")
async def remove_price_list(
    *, context: Context, price_list: str, expected_version: int | None
) -> None:
    """Let a price list and its prices count no more. What was answered stays on record.

    Refuses with `PriceListNotFound`, `VersionIsStale` (None expects any version) and
    `PriceListInUse`.
    """
    await keeping.remove(context, PRICE_LISTS, price_list, expected_version)


@operation("pricing:read")
async def price_list_of(*, context: Context, price_list: str) -> PriceList:
    """A price list as it is; refuses with `PriceListNotFound`."""
    return _told(await keeping.read(context, PRICE_LISTS, price_list))


@operation("pricing:read")
async def price_lists(*, context: Context, after: str | None, limit: int) -> list[PriceList]:
    """At most ``limit`` price lists after an id, in the order of their ids."""
    return [_told(each) for each in await keeping.read_page(context, PRICE_LISTS, after, limit)]


def _told(rule: Rule[PriceListTerms]) -> PriceList:
    return PriceList(
        **{name: getattr(rule.terms, name) for name in PriceListTerms.__struct_fields__},
        id=rule.id,
        version=rule.version,
        changed_at=rule.recorded_at,
    )


def _collides(price_list: str, found: Collision) -> PriceListsCollide:
    return PriceListsCollide(
        price_list=price_list,
        collides_with=found.with_id,
        collides_from=found.from_,
        collides_until=found.until,
    )


def _check(
    current: Sequence[Rule[PriceListTerms]], price_list: str, terms: PriceListTerms | None
) -> None:
    if terms is None:
        check_not_a_base(current, price_list)
    else:
        check_bases(current, price_list, terms)


async def _close_prices(
    tx: Transaction,
    _: Context,
    price_list: str,
    terms: PriceListTerms | None,
    now: datetime.datetime,
) -> None:
    if terms is None:
        await store.close_prices_of_list(tx, list_id=price_list, closed_at=now)


PRICE_LISTS = keeping.Kind[PriceListTerms](
    name="price-list",
    created=PriceListCreated,
    changed=PriceListChanged,
    removed=PriceListRemoved,
    not_found=lambda price_list: PriceListNotFound(price_list=price_list),
    exists=lambda price_list: PriceListExists(price_list=price_list),
    collides=_collides,
    check=_check,
    besides=_close_prices,
)
