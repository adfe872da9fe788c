"""Setting the prices of SKUs in a list."""

import datetime
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.catalog import offers_of
from rackhouse.platform.context import Context, operation
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.store import server_time
from rackhouse.pricing import keeping, store
from rackhouse.pricing.errors import InvalidPricing, PriceListNotFound
from rackhouse.pricing.events import PricesSet, SetPrice
from rackhouse.pricing.price_lists import PRICE_LISTS
from rackhouse.pricing.rules import (
    Minor,
    Price,
    Quantity,
    Sku,
    Time,
    check_window,
    in_utc,
    refuse_colliding_prices,
)

__all__ = [
    "PRICES_LIMIT",
    "ListedPrice",
    "PricePlace",
    "PricesPage",
    "PricesWritten",
    "prices_in_list",
    "set_prices",
]

PRICES_LIMIT = 1_000
PRICES_OF_LIST_LIMIT = 1_000_000


class ListedPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a list says of a SKU from a quantity on, in minor units of its currency."""

    sku: Sku
    price_minor: Minor
    min_quantity: Annotated[Quantity, Meta(description="From how many pieces on.")] = 1
    starts_at: Annotated[Time | None, Meta(description="When it begins to count.")] = None
    ends_at: Annotated[Time | None, Meta(description="When it counts no more.")] = None


class PricePlace(msgspec.Struct, frozen=True):
    """Where a page of prices ended."""

    sku: str
    min_quantity: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    position: Annotated[int, Meta(ge=0, le=2**63 - 1)]


class PricesPage(msgspec.Struct, frozen=True):
    """Some prices of a list, with the place of each, and the version of them all."""

    version: int
    prices: list[tuple[PricePlace, ListedPrice]]


class PricesWritten(msgspec.Struct, frozen=True):
    """How many prices were set, of how many SKUs; ``version`` is of all prices of the list."""

    price_list: str
    version: int
    skus: int
    prices: int


@operation("pricing:write")
async def set_prices(
    *,
    context: Context,
    price_list: str,
    prices: Sequence[ListedPrice],
    removed_skus: Sequence[str],
    expected_version: int | None,
) -> PricesWritten:
    """Let each SKU that is named have these prices in the list and no other; ``removed_skus`` have
    none there. SKUs that are not named keep theirs. At most `PRICES_LIMIT` at once.

    Refuses with `PriceListNotFound`, `VersionIsStale` (None expects any version of the prices),
    `SkuUnknown`, `InvalidPricing` and `PricesCollide`.
    """
    prices = _sound(prices, removed_skus)
    skus = list(dict.fromkeys(each.sku for each in prices))
    await offers_of(house=context.house, skus=skus)
    stream = f"prices:{price_list}"
    async with context.house.database("pricing").transaction() as tx:
        await store.lock_rules(tx, PRICE_LISTS.name)
        kept = await store.rule_page(tx, kind=PRICE_LISTS.name, after="", only=price_list, limit=1)
        if not kept:
            raise PriceListNotFound(price_list=price_list)
        before = await store.head_of(tx, stream)
        if expected_version not in (None, before):
            raise VersionIsStale(current=before)
        now = await server_time(tx)
        await store.close_prices(tx, list_id=price_list, skus=[*skus, *removed_skus], closed_at=now)
        await store.insert_prices(tx, [_recorded(price_list, each, now) for each in prices])
        if await store.count_prices(tx, price_list) > PRICES_OF_LIST_LIMIT:
            problem = f"the list would have more than {PRICES_OF_LIST_LIMIT} prices; make another"
            raise InvalidPricing(field="prices", problem=problem)
        said = tuple(SetPrice(**msgspec.structs.asdict(each)) for each in prices)
        event = PricesSet(price_list=price_list, prices=said, removed_skus=tuple(removed_skus))
        version = await keeping.append(tx, context, stream, event, now, kept[0].terms.channel)
    return PricesWritten(price_list, version, len(skus), len(prices))


@operation("pricing:read")
async def prices_in_list(
    *, context: Context, price_list: str, sku: str | None, after: PricePlace | None, limit: int
) -> PricesPage:
    """At most ``limit`` prices of a list after a place, in the order of SKUs and quantities; of all
    SKUs or of one. Refuses with `PriceListNotFound`."""
    await keeping.read(context, PRICE_LISTS, price_list)
    place = ("", 0, 0) if after is None else (after.sku, after.min_quantity, after.position)
    async with context.house.database("pricing").reading() as tx:
        version = await store.head_of(tx, f"prices:{price_list}")
        found = await store.price_page(tx, list_id=price_list, after=place, only=sku, limit=limit)
    return PricesPage(
        version,
        [
            (
                PricePlace(price.sku, price.min_quantity, position),
                ListedPrice(
                    **{name: getattr(price, name) for name in ListedPrice.__struct_fields__}
                ),
            )
            for position, price in found
        ],
    )


def _sound(prices: Sequence[ListedPrice], removed_skus: Sequence[str]) -> list[ListedPrice]:
    if not 1 <= len(prices) + len(removed_skus) <= PRICES_LIMIT:
        problem = f"name 1 to {PRICES_LIMIT} of them, with those that are to be removed"
        raise InvalidPricing(field="prices", problem=problem)
    removed = set(removed_skus)
    for index, each in enumerate(prices):
        try:
            msgspec.convert(msgspec.to_builtins(each), ListedPrice)
        except msgspec.ValidationError as error:
            raise InvalidPricing(field=f"prices[{index}]", problem=str(error)) from error
        check_window(each, f"prices[{index}].")
        if each.sku in removed:
            problem = f"{each.sku} is to be removed, too; say one of both"
            raise InvalidPricing(field=f"prices[{index}].sku", problem=problem)
    refuse_colliding_prices(prices)
    return [in_utc(each) for each in prices]


def _recorded(price_list: str, price: ListedPrice, now: datetime.datetime) -> Price:
    return Price(list_id=price_list, recorded_at=now, **msgspec.structs.asdict(price))
