"""Two sheets for the same shelf: what one has corrected, the other does not correct again."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from test_counting import adjustments, counted, opened, posted

from houses import Shop
from rackhouse.inventory.errors import CountedElsewhere

OpenShop = Callable[..., Awaitable[Shop]]


async def test_the_same_difference_is_not_posted_by_two_sheets(open_shop: OpenShop) -> None:
    shop = await open_shop(units=10)
    first, second = [await opened(shop, skus=shop.skus) for _ in range(2)]
    for sheet in (first, second):
        await counted(shop, sheet, first=9)
    await posted(shop, first)
    with pytest.raises(CountedElsewhere) as refused:
        await posted(shop, second)
    assert refused.value.other_count_id == first.id
    assert (await shop.levels())[shop.location] == (9, 0, 0)
    await counted(shop, second, first=9)
    assert (await posted(shop, second)).status == "posted"
    assert (await shop.levels())[shop.location] == (9, 0, 0)


async def test_one_of_two_sheets_that_are_posted_at_once_is_refused(open_shop: OpenShop) -> None:
    shop = await open_shop(units=10)
    sheets = [await opened(shop, skus=shop.skus) for _ in range(6)]
    for sheet in sheets:
        await counted(shop, sheet, first=8)
    answers = await asyncio.gather(
        *(posted(shop, sheet) for sheet in sheets), return_exceptions=True
    )
    assert sum(isinstance(each, CountedElsewhere) for each in answers) == 5
    assert (await shop.levels())[shop.location] == (8, 0, 0)
    assert [each["delta"] for each in await adjustments(shop)] == [-2]


async def test_what_was_counted_after_a_correction_may_be_posted(open_shop: OpenShop) -> None:
    shop = await open_shop(units=10)
    first, second = [await opened(shop, skus=shop.skus) for _ in range(2)]
    await counted(shop, first, first=9)
    await posted(shop, first)
    await counted(shop, second, first=8)
    await posted(shop, second)
    assert (await shop.levels())[shop.location] == (8, 0, 0)


async def test_another_shelf_is_not_concerned(open_shop: OpenShop) -> None:
    shop = await open_shop(units=10, skus=2)
    await shop.receive(shop.skus[1], 5)
    one = await opened(shop, skus=shop.skus[:1])
    both = await opened(shop, skus=shop.skus[1:])
    await counted(shop, one, first=9)
    await counted(shop, both, sku1=4)
    await posted(shop, one)
    assert (await posted(shop, both)).status == "posted"
