"""The page of one SKU."""

from collections.abc import Awaitable, Callable

import httpx

from houses import Shop
from rackhouse.catalog import create_product
from rackhouse.console import sku_page
from rackhouse.inventory import Line, confirm_hold, place_hold

OpenShop = Callable[..., Awaitable[Shop]]


async def sell(shop: Shop, quantity: int) -> None:
    held = await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        ttl_seconds=600,
    )
    await confirm_hold(context=shop.context, hold_id=held.id)


async def test_a_sku_page_says_what_happened_who_did_it_and_how_it_adds_up(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    await sell(shop, 2)
    answer = await operator.get(f"/stock/{shop.sku}")
    assert answer.status_code == 200
    text = answer.text
    assert f"Why 7 are available in {shop.location}" in text
    assert "The sum of the events is the recorded figure." in text
    assert "by test" in text and "2 committed" in text and "7 available" in text
    assert text.index("sold 2") < text.index("held 2") < text.index("received 9")


async def test_a_long_history_comes_in_pages(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1)
    for _ in range(sku_page.MOVEMENTS_SHOWN):
        await shop.receive(shop.sku, 1)
    first = (await operator.get(f"/stock/{shop.sku}")).text
    older = first.partition('<a href="?')[2].partition('"')[0].replace("&amp;", "&")
    second = (await operator.get(f"/stock/{shop.sku}?{older.partition('#')[0]}")).text
    assert "event 1<" in second and "event 1<" not in first
    assert "Why " in first and "Why " not in second


async def test_a_bundle_is_shown_by_what_it_is_made_of(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=6)
    bundle = f"SET-{shop.sku}"
    draft = {
        "id": bundle.lower(),
        "type": "bundle",
        "name": "Two of a kind",
        "attributes": {},
        "variants": [{"sku": bundle, "components": [{"sku": shop.sku, "quantity": 2}]}],
    }
    await create_product(context=shop.context, draft=draft)
    text = (await operator.get(f"/stock/{bundle}")).text
    assert "A bundle of 2 ×" in text and f"/stock/{shop.sku}" in text


async def test_a_sku_that_does_not_exist_is_refused_in_words(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/stock/NOTHING-LIKE-THAT")
    assert answer.status_code in (404, 422)
    assert "NOTHING-LIKE-THAT" in answer.text and "/problems/" in answer.text
