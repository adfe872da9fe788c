"""What is kept back and set apart, on the page of a SKU."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from houses import Shop
from rackhouse.inventory import set_allotment_rule, set_channel_buffer
from tills import apart, buyable, lot, till

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]


async def kept(operator: httpx.AsyncClient, shop: Shop, **fields: object) -> httpx.Response:
    """Send the form."""
    form = {"location": shop.location, "channel": "", "quantity": "2"} | {
        name: str(value) for name, value in fields.items()
    }
    return await operator.post(f"/stock/{shop.sku}/safety", data=form)


async def test_a_safety_stock_and_a_buffer_are_set_on_the_page(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    before = (await operator.get(f"/stock/{shop.sku}")).text
    assert "Everything that is free may be sold." in before
    answer = await kept(operator, shop)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/stock/{shop.sku}#kept-back"
    assert (await kept(operator, shop, channel=shop.channel, quantity=3)).status_code == 303
    text = (await operator.get(f"/stock/{shop.sku}")).text
    assert '<td>Everybody</td><td class="number">2</td>' in text
    assert await buyable(shop) == 7 and await buyable(shop, shop.channel) == 4
    await kept(operator, shop, quantity=0)
    assert await buyable(shop) == 9


@pytest.mark.parametrize("quantity", ["", "many", "-1", "1.5", "9" * 30, "\u0663"])
async def test_a_number_that_is_none_is_refused_in_words(
    operator: httpx.AsyncClient, open_shop: OpenShop, quantity: str
) -> None:
    shop = await open_shop(units=1)
    answer = await kept(operator, shop, quantity=quantity)
    assert answer.status_code == 422 and "quantity" in answer.text


async def test_a_place_or_a_channel_that_is_none_is_refused_in_words(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1)
    assert (await kept(operator, shop, location="nowhere")).status_code == 404
    assert (await kept(operator, shop, channel="nobody")).status_code == 404


async def test_who_only_looks_sees_no_form_and_changes_nothing(
    sign_in: SignIn, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    auditor = await sign_in("auditor")
    assert "/safety" not in (await auditor.get(f"/stock/{shop.sku}")).text
    assert (await kept(auditor, shop)).status_code == 403
    assert await buyable(shop) == 9


async def test_a_form_from_elsewhere_is_refused(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    answer = await operator.post(
        f"/stock/{shop.sku}/safety",
        data={"location": shop.location, "quantity": "2"},
        headers={"origin": "http://elsewhere.test"},
    )
    assert answer.status_code == 403
    assert await buyable(shop) == 9


async def test_allotments_are_shown_with_their_lots_and_rules(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    channel = await till(shop)
    await set_allotment_rule(
        context=shop.context,
        channel=channel,
        sku=shop.sku,
        location=shop.location,
        level=6,
        minimum=2,
        paused=False,
    )
    assert "Nothing at the moment." in (await operator.get(f"/stock/{shop.sku}")).text
    await apart(shop, channel, 4)
    await lot(shop, "spring")
    await apart(shop, channel, 1, lot="spring")
    await set_channel_buffer(
        context=shop.context, channel=channel, sku=shop.sku, location=None, quantity=2
    )
    text = (await operator.get(f"/stock/{shop.sku}")).text
    assert "Set apart for channels" in text and "to 6 below 2" in text
    assert f"/stock/{shop.sku}/lots/spring" in text and "<b>4</b>" in text
    assert "Kept back" in text and "Everybody</td>" not in text
