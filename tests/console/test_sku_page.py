"""The page of one SKU."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from houses import Shop
from rackhouse.catalog import create_product
from rackhouse.console import sku_page
from rackhouse.inventory import Line, Movement, confirm_hold, history, movements, place_hold

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
    assert "The events add up to the recorded figures." in text
    assert "9 received in 1 receipt" in text and "2 sold in 1 sale" in text
    assert "by test" in text and "2 committed" in text and "7 available" in text
    assert text.index("sold 2") < text.index("held 2") < text.index("received 9")


async def test_the_time_machine_shows_a_moment_and_what_had_happened_by_then(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    now = (await operator.get(f"/stock/{shop.sku}")).text
    (began,) = [each.recorded_at for each in await happened_to(shop)]
    await sell(shop, 2)
    then = await operator.get(f"/stock/{shop.sku}", params={"as_of": began.isoformat()})
    assert f"Why 9 were available in {shop.location}" in then.text
    assert "What happened until then" in then.text and "Back to now" in then.text
    assert "held 2" not in then.text and "received 9" in then.text
    assert 'type="datetime-local"' in now and "Back to now" not in now


async def happened_to(shop: Shop) -> list[Movement]:
    """The movements of a shop's first SKU."""
    return await movements(context=shop.context, id=shop.sku, location=None, before=None, limit=50)


async def test_a_moment_before_anything_happened_says_so(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    text = (await operator.get(f"/stock/{shop.sku}?as_of=2020-02-29T12:00")).text
    assert f"Nothing had happened to the stock of {shop.sku} by then" in text
    assert "Why " not in text and "Stock on 29 Feb 2020, 12:00:00 UTC" in text


@pytest.mark.parametrize("text", ["yesterday", "2026-13-40", "2999-01-01T00:00"])
async def test_a_moment_that_can_not_be_shown_is_refused_in_words(
    operator: httpx.AsyncClient, open_shop: OpenShop, text: str
) -> None:
    shop = await open_shop(units=9)
    answer = await operator.get(f"/stock/{shop.sku}", params={"as_of": text})
    assert answer.status_code == 422 and "as_of" in answer.text


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


async def test_stock_in_too_many_places_is_shown_without_the_explanation(
    operator: httpx.AsyncClient, open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(units=1)
    monkeypatch.setattr(history, "STOCKS_LIMIT", 0)
    text = (await operator.get(f"/stock/{shop.sku}")).text
    assert "too many places" in text and "received 1" in text


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
