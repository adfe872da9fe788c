"""The pages of products, as they come from the server."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from html import unescape

import httpx
import pytest
from catalog_forms import draft_of_malt, form_in_page, new_malt, opened

from houses import Shop
from rackhouse.catalog import (
    create_product,
    product_of,
)
from rackhouse.console.products import browsing
from rackhouse.platform.context import Context
from rackhouse.search import SearchNotReady

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]

LOOKS = 600
"""How often to look for what search finds a moment later."""


@pytest.fixture
async def mark(context: Context) -> str:
    """What a new product type and its product are called after."""
    return await new_malt(context)


async def test_a_form_sent_as_it_came_changes_nothing(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    form = await opened(operator, mark)
    answer = await operator.post(f"/products/malt-{mark}", data=form)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/products/malt-{mark}?saved=1",
    )
    product = await product_of(context=context, product_id=f"malt-{mark}", only_type=None)
    assert product.version == 1


async def test_what_is_changed_in_the_form_is_changed_and_told(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    form = await opened(operator, mark)
    form |= {
        "price": ["72.50"],
        "attributes.age": ["18"],
        "attributes.peaty": ["true"],
        "attributes.casks": ["sherry\r\nport"],
        "tags": ["peated"],
        "variants[1].sku": [f"SET-{mark}"],
        "variants[1].components": [f"2 × MALT-{mark}"],
        "media[0].url": ["/media/malt.jpg"],
    }
    answer = await operator.post(f"/products/malt-{mark}", data=form)
    assert answer.status_code == 303, answer.text
    product = await product_of(context=context, product_id=f"malt-{mark}", only_type=None)
    assert (product.price_minor, product.tags) == (7250, ("peated",))
    assert product.attributes == {
        "age": 18,
        "peaty": True,
        "casks": ["sherry", "port"],
        "story": {"en": "Smoke", "de": "Rauch"},
    }
    assert product.variants[1].components[0].quantity == 2
    page = (await operator.get(f"/products/malt-{mark}?saved=1")).text
    assert "Saved." in page
    assert "changed the tags, the price, the media, attributes, variants" in page


async def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    form = await opened(operator, mark)
    form |= {
        "name": [""],
        "description": ["<i>typed</i> by hand"],
        "attributes.age": ["old"],
        "attributes.casks": ["fine\n" + "x" * 1001],
        "variants[0].sku": ["A@B"],
        "media[0].url": ["bottle.jpg"],
    }
    answer = await operator.post(f"/products/malt-{mark}", data=form)
    assert answer.status_code == 422
    page = answer.text
    assert "is not a whole number; write one such as 12" in unescape(page)
    assert 'href="#f-attributes-age"' in page
    assert 'aria-describedby="f-attributes-age-hint f-attributes-age-wrong"' in page
    assert "Line 2: has 1001 characters; shorten it to 1000" in page
    for id_ in ("f-name", "f-variants-0-sku", "f-media-0-url"):
        assert f'id="{id_}-wrong"' in page, id_
    again = form_in_page(page)
    for name in ("description", "attributes.age", "variants[0].sku", "media[0].url", "version"):
        assert again[name] == form[name], name
    product = await product_of(context=context, product_id=f"malt-{mark}", only_type=None)
    assert product.version == 1


async def test_what_the_console_itself_can_not_read_is_refused_alike(
    operator: httpx.AsyncClient, mark: str
) -> None:
    form = await opened(operator, mark) | {"price": ["12,50"], "brand": ["Kept"]}
    answer = await operator.post(f"/products/malt-{mark}", data=form)
    assert answer.status_code == 422 and 'id="f-price-wrong"' in answer.text
    assert form_in_page(answer.text)["brand"] == ["Kept"]


async def test_a_new_product_is_put_in_by_a_form_of_its_type(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    chooser = (await operator.get("/products/new")).text
    assert f"/products/new?type=malt-{mark}" in chooser
    address = f"/products/new?type=malt-{mark}"
    form = form_in_page((await operator.get(address)).text)
    taken = form | {"name": ["New"], "variants[0].sku": [f"MALT-{mark}"], "id": [f"malt-{mark}"]}
    refused = await operator.post(address, data=taken)
    assert refused.status_code == 409 and 'id="f-id-wrong"' in refused.text
    taken["id"] = [f"new-{mark}"]
    refused = await operator.post(address, data=taken)
    assert refused.status_code == 409 and 'id="f-variants-0-sku-wrong"' in refused.text
    taken["variants[0].sku"] = [f"NEW-{mark}"]
    created = await operator.post(address, data=taken)
    assert created.headers["location"] == f"/products/new-{mark}?saved=1"
    product = await product_of(context=context, product_id=f"new-{mark}", only_type=None)
    assert (product.type, product.variants[0].sku) == (f"malt-{mark}", f"NEW-{mark}")


async def test_a_form_that_is_sent_twice_puts_in_one_product(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    address = f"/products/new?type=malt-{mark}"
    form = form_in_page((await operator.get(address)).text) | {"name": [f"Once {mark}"]}
    first, second = [await operator.post(address, data=form) for _ in range(2)]
    assert first.status_code == 303
    assert second.status_code == 409 and "is in the catalog already" in second.text


async def test_rows_are_added_moved_and_taken_out_without_saving(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    form = await opened(operator, mark)
    form |= {"media[0].url": ["/one.jpg"], "media[1].url": ["/two.jpg"], "name": ["Renamed"]}
    more = form_in_page((await post_step(operator, mark, form, "more:media")).text)
    assert more["media[4].url"] == [""] and more["name"] == ["Renamed"]
    moved = form_in_page((await post_step(operator, mark, more, "up:media[1]")).text)
    assert (moved["media[0].url"], moved["media[1].url"]) == (["/two.jpg"], ["/one.jpg"])
    moved["media[0].remove"] = ["yes"]
    saved = await operator.post(f"/products/malt-{mark}", data=moved)
    assert saved.status_code == 303
    product = await product_of(context=context, product_id=f"malt-{mark}", only_type=None)
    assert (product.name, [each.url for each in product.media]) == ("Renamed", ["/one.jpg"])


async def post_step(
    browser: httpx.AsyncClient, mark: str, form: dict[str, list[str]], step: str
) -> httpx.Response:
    answer = await browser.post(f"/products/malt-{mark}", data={**form, "step": [step]})
    assert answer.status_code == 200 and "Not saved yet." in answer.text
    return answer


async def test_another_product_is_found_by_words_and_taken_over(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    other = draft_of_malt(mark, id=f"other-{mark}", name=f"Sibling {mark}", variants=[])
    await create_product(context=context, draft=other)
    form = await opened(operator, mark)
    form["attributes.pairs_with"] = ["Sibling " + mark]
    step = "find:attributes.pairs_with"
    for _ in range(LOOKS):
        found = await post_step(operator, mark, form, step)
        if f"other-{mark}" in found.text:
            break
        await asyncio.sleep(0.1)
    assert f'value="take:attributes.pairs_with=other-{mark}"' in found.text
    taken = await post_step(operator, mark, form, f"take:attributes.pairs_with=other-{mark}")
    assert f'<a href="/products/other-{mark}">Sibling {mark}</a>' in taken.text
    nothing = await post_step(operator, mark, form | {"attributes.pairs_with": [""]}, step)
    assert "Write a word of what you look for" in nothing.text


async def test_the_list_is_narrowed_and_says_what_there_is(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    name = f"Product {shop.sku[4:14]}"
    for _ in range(LOOKS):
        page = (await operator.get("/products", params={"q": name, "f": "type:goods"})).text
        if f"/products/product-{shop.sku[4:14]}" in page and 'id="narrow"' in page:
            break
        await asyncio.sleep(0.1)
    assert "<b>9</b> available" in page and "12.50 EUR" in page
    assert "Take out: " in page and 'aria-current="true"' in page
    none = (await operator.get("/products", params={"q": name, "f": "type:wine"})).text
    assert "No product is like that" in none
    assert (await operator.get("/products", params={"sort": "weather"})).status_code == 422
    assert (await operator.get("/products", params={"f": "weather:rain"})).status_code == 422


async def test_while_the_index_is_being_built_products_stand_in_the_order_of_their_names(
    operator: httpx.AsyncClient, context: Context, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_ready(**_: object) -> None:
        raise SearchNotReady(reason="it is being built")

    monkeypatch.setattr(browsing, "search_products", not_ready)
    monkeypatch.setattr(browsing, "PRODUCTS_SHOWN", 1)
    found = await operator.get("/products", params={"q": mark, "f": f"type:malt-{mark}"})
    assert "The search index is being built." in found.text
    assert f"/products/malt-{mark}" in found.text and 'rel="next"' not in found.text
    await create_product(context=context, draft=draft_of_malt(mark, id=f"z-{mark}", variants=[]))
    page = (await operator.get("/products", params={"q": mark})).text
    (further,) = re.findall(r'href="([^"]+)" rel="next"', page)
    following = (await operator.get(unescape(further))).text
    shown = [re.findall(r'product-name"><a href="([^"]+)"', each) for each in (page, following)]
    assert shown == [[f"/products/malt-{mark}"], [f"/products/z-{mark}"]]
