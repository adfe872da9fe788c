"""The pages of counts, as they come from the server."""

import re
from collections.abc import Awaitable, Callable

import httpx

from houses import Shop
from rackhouse.identity import new_signin_code, use_signin_code
from rackhouse.inventory import count_page

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]


async def opened(shop: Shop, browser: httpx.AsyncClient, **form: str) -> str:
    """The address of a sheet that somebody opens."""
    answer = await browser.post("/counts", data={"location": shop.location, **form})
    assert answer.status_code == 303, answer.text
    address: str = answer.headers["location"]
    return address


async def become(shop: Shop, browser: httpx.AsyncClient, *roles: str) -> None:
    """Let somebody else use the browser."""
    code = await new_signin_code(house=shop.house, roles=roles)
    browser.cookies.set("rackhouse_session", await use_signin_code(house=shop.house, code=code))


async def test_a_count_is_opened_counted_reviewed_and_posted(
    sign_in: SignIn, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=13)
    browser = await sign_in("operator")
    address = await opened(shop, browser, blind="yes", skus=shop.sku)
    await become(shop, browser, "counter")
    page = (await browser.get(address)).text
    assert 'inputmode="numeric"' in page and "expected" not in page.split("</h1>")[1]
    recorded = await browser.post(f"{address}/record", data={"line-0": "12"})
    assert recorded.status_code == 303
    page = (await browser.get(address)).text
    assert "12 counted" in page and not re.search(r"\b13\b", page.split("</h1>")[1])
    assert (await browser.post(f"{address}/review")).status_code in (400, 403)
    await become(shop, browser, "operator")
    reviewed = await browser.post(f"{address}/review", data={"look": "yes"})
    assert "12 counted, 13 expected: <b>−1</b>" in reviewed.text
    posted = await browser.post(f"{address}/post", data={"reason": "broken"})
    assert posted.status_code == 303
    page = (await browser.get(address)).text
    assert "Posted" in page and "13 expected" in page and "(broken)" in page
    assert await shop.levels() == {shop.location: (12, 0, 0)}


async def test_who_counts_is_led_to_the_counts_and_not_to_the_stock(sign_in: SignIn) -> None:
    counter = await sign_in("counter")
    answer = await counter.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/counts")
    page = (await counter.get("/counts")).text
    assert '<input id="location"' in page  # whoever may not read stock has to know the place


async def test_a_large_difference_is_approved_by_a_second_person(
    sign_in: SignIn, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=90)
    browser = await sign_in("operator")
    address = await opened(shop, browser)
    await browser.post(f"{address}/record", data={"line-0": "60"})
    await browser.post(f"{address}/post", data={"reason": "stolen"})
    assert "Awaiting approval" in (await browser.get(address)).text
    refused = await browser.post(f"{address}/approve", data={"yes": "yes"})
    assert refused.status_code == 403 and "Let somebody else approve" in refused.text
    await become(shop, browser, "operator")
    reviewed = await browser.post(f"{address}/review", data={"look": "yes"})
    assert "Approve and post" in reviewed.text
    assert (await browser.post(f"{address}/approve", data={"yes": "yes"})).status_code == 303
    assert await shop.levels() == {shop.location: (60, 0, 0)}


async def test_what_is_no_number_is_refused_in_words(sign_in: SignIn, open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    browser = await sign_in("operator")
    address = await opened(shop, browser)
    for text in ("many", "1 2", "-1"):
        answer = await browser.post(f"{address}/record", data={"line-0": text})
        assert answer.status_code == 422 and shop.sku in answer.text
    assert (await browser.post(f"{address}/record", data={"other": "x"})).status_code == 422
    assert (await browser.post(f"{address}/dance", data={"other": "x"})).status_code == 422
    late = await browser.post("/counts", data={"location": shop.location, "days": "soon"})
    assert late.status_code == 422


async def test_a_count_is_given_up(sign_in: SignIn, open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    browser = await sign_in("operator")
    address = await opened(shop, browser, order="most_moved", limit="5", days="3")
    assert (await browser.post(f"{address}/cancel", data={"yes": "yes"})).status_code == 303
    (count,) = await count_page(
        context=shop.context, before=None, location=shop.location, status=None, limit=5
    )
    assert (count.status, count.blind) == ("cancelled", False)
    assert "Cancelled" in (await browser.get(address)).text
