"""The example shop without a browser: what it refuses, what it buys once, what it says when the
house is away."""

import asyncio
import re
from dataclasses import replace

import httpx
import pytest
from open_shops import OpenShop, bought_by_all, served_shop, settings_of

from rackhouse.identity import mint_token

HIDDEN = re.compile(r'name="(form|once|basket)" value="([^"]*)"')


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the last form of a page that has them."""
    return dict(HIDDEN.findall(text))


async def is_adult(visitor: httpx.AsyncClient) -> None:
    fields = hidden((await visitor.get("/age")).text)
    born = {"day": "4", "month": "5", "year": "1980"}
    assert (await visitor.post("/age", data={**fields, **born})).status_code == 303


async def put_into_bag(visitor: httpx.AsyncClient, product: str, sku: str) -> httpx.Response:
    fields = hidden((await visitor.get(f"/products/{product}")).text)
    return await visitor.post("/bag", data={**fields, "sku": sku})


async def test_what_is_for_adults_is_shown_to_adults_only(
    shop: OpenShop, visitor: httpx.AsyncClient
) -> None:
    goods = shop.goods
    for path in (f"/products/{goods.bottle}", f"/products/{goods.tasting}", "/shop?type=spirit"):
        answer = await visitor.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/age?next=")
    assert goods.bottle not in (await visitor.get(f"/shop?q={goods.mark}")).text
    listed = (await visitor.get(f"/shop?q={goods.mark}")).text
    assert goods.coat in listed
    assert "A set for adults" in listed
    assert f"Fine {goods.tasting}" not in listed
    assert "18</text>" in (await visitor.get(f"/pictures/{goods.bottle}.svg")).text
    assert (await visitor.get(f"/models/{goods.bottle}.glb")).status_code == 404
    refused = await put_into_bag(visitor, goods.coat, f"GIN-{goods.mark}")
    assert refused.headers["location"].startswith("/age")
    await is_adult(visitor)
    assert f"Fine {goods.bottle}" in (await visitor.get(f"/products/{goods.bottle}")).text
    assert (await visitor.get(f"/models/{goods.bottle}.glb")).content[:4] == b"glTF"


async def test_who_is_too_young_stays_outside_and_is_told_what_else_there_is(
    shop: OpenShop, visitor: httpx.AsyncClient
) -> None:
    fields = hidden((await visitor.get("/age")).text)
    young = await visitor.post("/age", data={**fields, "day": "1", "month": "1", "year": "2020"})
    assert young.status_code == 403
    assert "birthday" in young.text
    unread = await visitor.post("/age", data={**fields, "day": "31", "month": "2", "year": "1980"})
    assert unread.status_code == 422
    visitor.cookies.set("shop_age", "99999999999.forged")
    assert (await visitor.get(f"/products/{shop.goods.bottle}")).status_code == 303


async def test_forms_of_other_sites_and_of_other_visitors_are_refused(
    shop: OpenShop, visitor: httpx.AsyncClient
) -> None:
    coat, sku = shop.goods.coat, f"COAT-{shop.goods.mark}-S"
    fields = hidden((await visitor.get(f"/products/{coat}")).text)
    elsewhere = {"origin": "https://elsewhere.example"}
    refused = await visitor.post("/bag", data={**fields, "sku": sku}, headers=elsewhere)
    assert refused.status_code == 403
    assert (await visitor.post("/bag", data={**fields, "form": "x", "sku": sku})).status_code == 403
    away = await visitor.get("/age", params={"next": "//elsewhere.example"})
    assert 'name="next" value="/"' in away.text


async def test_a_page_has_no_token_in_it_and_lets_a_browser_load_nothing_else(
    shop: OpenShop, visitor: httpx.AsyncClient
) -> None:
    settings = await settings_of(shop.goods, "http://127.0.0.1:9")
    page = await visitor.get(f"/products/{shop.goods.coat}")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "wasm" not in policy
    assert "unsafe" not in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert str(settings.token)[:20] not in page.text
    for each in visitor.cookies.jar:
        assert each.has_nonstandard_attr("HttpOnly")
    await is_adult(visitor)
    with_model = await visitor.get(f"/products/{shop.goods.bottle}")
    assert "wasm-unsafe-eval" in with_model.headers["content-security-policy"]


async def test_paying_twice_at_once_and_again_later_buys_once(
    shop: OpenShop, visitor: httpx.AsyncClient
) -> None:
    product = await shop.goods.last_ones("scarf", 5)
    await put_into_bag(visitor, product, product.upper())
    fields = hidden((await visitor.get("/checkout")).text)
    cookies = dict(visitor.cookies)

    async def pay() -> httpx.Response:
        async with httpx.AsyncClient(base_url=shop.url, cookies=cookies, timeout=30) as same:
            return await same.post("/checkout", data={**fields, "payment": "accept"})

    answers = [*await asyncio.gather(pay(), pay()), await pay()]
    assert {each.status_code for each in answers} == {303}
    assert len({each.headers["location"] for each in answers}) == 1
    assert await bought_by_all(shop, product) == 1
    shown = await visitor.get(answers[0].headers["location"])
    assert "€49.50" in shown.text
    async with httpx.AsyncClient(base_url=shop.url) as stranger:
        assert (await stranger.get(answers[0].headers["location"])).status_code == 404


async def test_a_declined_payment_buys_nothing_and_leaves_the_bag(
    shop: OpenShop, visitor: httpx.AsyncClient
) -> None:
    product = await shop.goods.last_ones("belt", 2)
    await put_into_bag(visitor, product, product.upper())
    fields = hidden((await visitor.get("/checkout")).text)
    declined = await visitor.post("/checkout", data={**fields, "payment": "decline"})
    assert declined.status_code == 402
    assert f"Fine {product}" in declined.text
    assert await bought_by_all(shop, product) == 0


async def test_the_same_form_sent_twice_holds_once_and_what_is_gone_is_told_kindly(
    shop: OpenShop, visitor: httpx.AsyncClient
) -> None:
    product = await shop.goods.last_ones("glove", 1)
    fields = {**hidden((await visitor.get(f"/products/{product}")).text), "sku": product.upper()}
    twice = [await visitor.post("/bag", data=fields) for _ in range(2)]
    assert [each.status_code for each in twice] == [303, 303]
    assert (await visitor.get("/bag")).text.count(f"Give Fine {product} back") == 1
    async with httpx.AsyncClient(base_url=shop.url, timeout=30) as other:
        page = await other.get(f"/products/{product}")
        assert "may come back" in page.text
        late = await other.post("/bag", data={**hidden(page.text), "sku": product.upper()})
        assert late.status_code == 409
        assert "Somebody was faster" in late.text
        assert "These can be had now" in late.text
        other.cookies.update(
            {each.name: each.value for each in visitor.cookies.jar if "hold" in each.name}
        )
        assert f"Fine {product}" not in (await other.get("/bag")).text


async def test_a_hold_whose_time_is_over_is_told_and_goes_back_on_the_shelf(
    shop: OpenShop, house_url: str
) -> None:
    product = await shop.goods.last_ones("mitten", 1)
    brief = replace(await settings_of(shop.goods, house_url), hold_seconds=1)
    async with served_shop(brief) as url, httpx.AsyncClient(base_url=url, timeout=30) as visitor:
        await put_into_bag(visitor, product, product.upper())
        async with asyncio.timeout(60):
            while "is over" not in (told := (await visitor.get("/bag")).text):
                assert f"Fine {product}" in told
        assert f"Fine {product}" in told
        assert "There is nothing in it." in told
        assert "Only 1 left" in (await visitor.get(f"/products/{product}")).text


async def test_collections_of_the_house_are_on_the_front_where_it_has_any(
    shop: OpenShop, visitor: httpx.AsyncClient, house_url: str
) -> None:
    goods = shop.goods
    token = await mint_token(house=goods.context.house, roles=["admin"], subject="curator")
    title = f"Evenings {goods.mark}"
    terms = {"title": title, "members": [goods.bottle, goods.coat], "channels": [goods.channel]}
    made = await visitor.post(
        f"{house_url}/api/v1/collections",
        json={"id": f"evenings-{goods.mark}", **terms},
        headers={"authorization": f"Bearer {token}"},
    )
    if made.status_code == 404:
        pytest.skip("this house has no collections")
    assert made.status_code == 201, made.text
    settings = await settings_of(goods, house_url)
    async with served_shop(settings) as url, httpx.AsyncClient(base_url=url) as other:
        assert title in (await other.get("/")).text
        page = await other.get(f"/collections/evenings-{goods.mark}")
        assert f"Fine {goods.coat}" in page.text
        assert f"Fine {goods.bottle}" not in page.text
        await is_adult(other)
        page = await other.get(f"/collections/evenings-{goods.mark}")
        assert f"Fine {goods.bottle}" in page.text
        assert (await other.get("/collections/none")).status_code == 404


async def test_when_the_house_is_away_the_pages_say_so_and_try_again(shop: OpenShop) -> None:
    nobody = await settings_of(shop.goods, "http://127.0.0.1:9")
    async with served_shop(nobody) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        for path in ("/", "/shop", f"/products/{shop.goods.coat}"):
            away = await client.get(path)
            assert away.status_code == 503
            assert "does not answer" in away.text
            assert away.headers["retry-after"] == "5"
            assert away.headers["refresh"] == "5"
        assert (await client.get("/age")).status_code == 200
