"""Several who write at the same moment never make rules that collide."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pricing_shop import asked, list_with, promotion_for

from houses import Shop
from rackhouse.pricing import ListedPrice, Percentage, prices_in_list, set_prices, store

WRITERS = 6


async def at_once(doings: list[Callable[[], Awaitable[Any]]]) -> Counter[str]:
    """What comes of things that are done at the same moment, by the names of their types."""

    async def go(doing: Callable[[], Awaitable[Any]]) -> str:
        await barrier.wait()
        try:
            return type(await doing()).__name__
        except Exception as error:
            return type(error).__name__

    barrier = asyncio.Barrier(len(doings))
    return Counter(await asyncio.gather(*(go(each) for each in doings)))


async def test_of_lists_that_collide_one_is_made(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    told = await at_once([lambda: list_with(shop)] * WRITERS)
    assert told == {"PriceList": 1, "PriceListsCollide": WRITERS - 1}


async def test_of_promotions_that_collide_one_is_made(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    discount = Percentage(off_basis_points=500)
    told = await at_once([lambda: promotion_for(shop, discount)] * WRITERS)
    assert told == {"Promotion": 1, "PromotionsCollide": WRITERS - 1}


async def test_without_the_lock_the_constraint_is_what_holds(
    open_shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop: Shop = await open_shop()
    read, all_have_read = store.current_rules, asyncio.Barrier(WRITERS)

    async def unlocked(*_: object) -> None: ...

    async def read_together(*facts: Any) -> Any:
        found = await read(*facts)
        await all_have_read.wait()
        return found

    monkeypatch.setattr(store, "lock_rules", unlocked)
    monkeypatch.setattr(store, "current_rules", read_together)
    told = await at_once([lambda: list_with(shop)] * WRITERS)
    assert told == {"PriceList": 1, "ExclusionViolation": WRITERS - 1}


async def test_of_writers_who_expect_one_version_one_sets_the_prices(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    made = await list_with(shop)

    def writer(price_minor: int, version: int | None) -> Callable[[], Awaitable[Any]]:
        return lambda: set_prices(
            context=shop.context,
            price_list=made.id,
            prices=[ListedPrice(sku=shop.sku, price_minor=price_minor)],
            removed_skus=[],
            expected_version=version,
        )

    told = await at_once([writer(100 + each, 0) for each in range(WRITERS)])
    assert told == {"PricesWritten": 1, "VersionIsStale": WRITERS - 1}
    told = await at_once([writer(200 + each, None) for each in range(WRITERS)])
    assert told == {"PricesWritten": WRITERS}
    page = await prices_in_list(
        context=shop.context, price_list=made.id, sku=None, after=None, limit=10
    )
    assert page.version == WRITERS + 1
    assert [price.price_minor for _, price in page.prices] == [(await asked(shop)).price_minor]


async def test_who_asks_meanwhile_sees_one_price_or_the_other(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    made = await list_with(shop, 1000)
    prices = [ListedPrice(sku=shop.sku, price_minor=2000)]

    async def write() -> Any:
        return await set_prices(
            context=shop.context,
            price_list=made.id,
            prices=prices,
            removed_skus=[],
            expected_version=None,
        )

    seen = []

    async def ask() -> Any:
        seen.append((await asked(shop)).price_minor)

    await at_once([write, *([ask] * WRITERS)])
    assert set(seen) <= {1000, 2000}
