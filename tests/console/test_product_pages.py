"""The pages of products, as they come from the server."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from html import unescape
from typing import Any

import httpx
import pytest

from houses import Shop
from rackhouse.catalog import (
    create_product,
    define_product_type,
    product_of,
    replace_product,
)
from rackhouse.platform.context import Context

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]

LOOKS = 600
"""How often to look for what search finds a moment later."""

ATTRIBUTES = [
    {
        "name": "age",
        "title": "Age",
        "kind": "integer",
        "unit": "years",
        "minimum": 0,
        "maximum": 90,
    },
    {"name": "peaty", "title": "Peaty", "kind": "boolean"},
    {"name": "casks", "title": "Casks", "kind": "list", "of": "text"},
    {"name": "pairs_with", "title": "Pairs with", "kind": "reference"},
    {"name": "story", "title": "Story", "kind": "localized", "default_language": "en"},
]


@pytest.fixture
async def mark(context: Context) -> str:
    """A product type of one's own, and a product of it; both are called after the mark."""
    mark = uuid.uuid4().hex[:10]
    definition = {
        "name": f"malt-{mark}",
        "title": f"Malts {mark}",
        "collection": f"malts-{mark}",
        "attributes": ATTRIBUTES,
    }
    await define_product_type(context=context, draft=definition)
    await create_product(context=context, draft=draft_of_malt(mark))
    return mark


def draft_of_malt(mark: str, **facts: Any) -> dict[str, Any]:
    return {
        "id": f"malt-{mark}",
        "type": f"malt-{mark}",
        "name": f"Malt {mark}",
        "currency": "EUR",
        "price_minor": 6400,
        "attributes": {"age": 16, "story": {"en": "Smoke", "de": "Rauch"}},
        "variants": [{"sku": f"MALT-{mark}", "options": {"volume": "700 ml"}}],
        **facts,
    }


def form_in_page(page: str) -> dict[str, list[str]]:
    """The fields of a page's form, as a browser would send them."""
    form: dict[str, list[str]] = {}
    text = page[page.index('<form class="product-form"') :]
    for found in re.finditer(
        r"<input ([^>]*)>|<textarea ([^>]*)>([^<]*)|<select ([^>]*)>(.*?)</select>", text, re.S
    ):
        facts = dict(re.findall(r'([a-z-]+)="([^"]*)"', found[1] or found[2] or found[4] or ""))
        is_box = facts.get("type") == "checkbox"
        if "name" not in facts or (is_box and not re.search(r"\bchecked\b", found[1])):
            continue
        value = facts.get("value", "") if found[1] else found[3] if found[2] else chosen(found[5])
        form.setdefault(facts["name"], []).append(unescape(value))
    return form


def chosen(options: str) -> str:
    values: list[tuple[str, str]] = re.findall(r'<option value="([^"]*)"( selected)?>', options)
    return next((value for value, selected in values if selected), values[0][0])


async def opened(browser: httpx.AsyncClient, mark: str) -> dict[str, list[str]]:
    answer = await browser.get(f"/products/malt-{mark}")
    assert answer.status_code == 200, answer.text
    return form_in_page(answer.text)


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


async def test_two_people_see_both_versions_and_take_over_field_by_field(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    form = await opened(operator, mark)
    theirs = draft_of_malt(mark, name=f"Theirs {mark}", brand="Islay House")
    theirs["attributes"] = {**theirs["attributes"], "age": 21}
    await replace_product(
        context=context, product_id=f"malt-{mark}", only_type=None, draft=theirs, expected_version=1
    )
    form |= {"name": [f"Mine {mark}"], "tags": ["mine"]}
    told = await operator.post(f"/products/malt-{mark}", data=form)
    assert told.status_code == 409
    page = told.text
    assert f"Mine {mark}" in page and f"Theirs {mark}" in page and "Both changed it" in page
    assert "test</b> changed the name, the brand, attributes" in page
    sides = dict(re.findall(r'name="take\.([^"]+)" value="(\w+)" required checked', page))
    assert sides == {"brand": "theirs", "attributes.age": "theirs", "tags": "mine"}
    hidden = dict(re.findall(r'name="(was|mine|theirs)" value="([^"]*)"', page))
    merge = {name: unescape(value) for name, value in hidden.items()}
    merge |= {f"take.{piece}": side for piece, side in sides.items()} | {"take.name": "mine"}
    saved = await operator.post(f"/products/malt-{mark}/merge", data=merge)
    assert saved.status_code == 303, saved.text
    product = await product_of(context=context, product_id=f"malt-{mark}", only_type=None)
    assert (product.name, product.brand, product.tags) == (f"Mine {mark}", "Islay House", ("mine",))
    assert (product.attributes["age"], product.version) == (21, 3)
    once_more = await operator.post(f"/products/malt-{mark}/merge", data=merge)
    assert once_more.status_code == 409 and f"Mine {mark}" in once_more.text


async def test_a_product_is_removed_after_a_question_and_the_reason_is_told_if_not(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    naming = draft_of_malt(mark, id=f"naming-{mark}", variants=[])
    naming["attributes"] = {"pairs_with": f"malt-{mark}"}
    await create_product(context=context, draft=naming)
    question = await operator.get(f"/products/malt-{mark}/remove")
    assert question.status_code == 200 and "Keep it" in question.text
    refused = await operator.post(f"/products/malt-{mark}/remove", data={"version": "1"})
    assert refused.status_code == 409 and f"naming-{mark}" in refused.text
    gone = await operator.post(f"/products/naming-{mark}/remove", data={"version": "1"})
    assert gone.status_code == 303
    assert (await operator.get(f"/products/naming-{mark}")).status_code == 404
    versions = await operator.get(gone.headers["location"])
    assert "It can be restored" in versions.text
    kept = f"/products/naming-{mark}/versions/1"
    restored = await operator.post(kept, data={"version": "2"})
    assert restored.headers["location"] == f"/products/naming-{mark}?saved=1"
    page = (await operator.get(f"/products/naming-{mark}")).text
    assert "restored version 1" in page and "took it out of the catalog" in page


async def test_versions_are_compared_and_restored(
    sign_in: SignIn, context: Context, mark: str
) -> None:
    await replace_product(
        context=context,
        product_id=f"malt-{mark}",
        only_type=None,
        draft=draft_of_malt(mark, name="Otherwise"),
        expected_version=1,
    )
    auditor = await sign_in("auditor")
    versions = (await auditor.get(f"/products/malt-{mark}/versions")).text
    assert "Version 2" in versions and "As it is now" in versions
    page = (await auditor.get(f"/products/malt-{mark}/versions/1")).text
    assert f"<td>Malt {mark}</td><td>Otherwise</td>" in page and "Restore" not in page
    operator = await sign_in("operator")
    stale = await operator.post(f"/products/malt-{mark}/versions/1", data={"version": "1"})
    assert stale.status_code == 412 and "Somebody else changed it meanwhile" in stale.text
    done = await operator.post(f"/products/malt-{mark}/versions/1", data={"version": "2"})
    assert done.status_code == 303
    product = await product_of(context=context, product_id=f"malt-{mark}", only_type=None)
    assert (product.name, product.version) == (f"Malt {mark}", 3)
    assert (await operator.get(f"/products/malt-{mark}/versions/9")).status_code == 404


async def test_a_product_is_scheduled_and_archived_by_its_form(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    form = await opened(operator, mark) | {"goes_live_at": ["2999-01-01T10:00"]}
    assert (await operator.post(f"/products/malt-{mark}", data=form)).status_code == 303
    page = (await operator.get(f"/products/malt-{mark}")).text
    assert "Scheduled</span> live on" in page and 'value="2999-01-01T10:00:00"' in page
    form = form_in_page(page) | {"archives_at": ["2998-01-01T10:00:00"], "stage": ["archived"]}
    refused = await operator.post(f"/products/malt-{mark}", data=form)
    assert 'id="f-archives_at-wrong"' in refused.text
    form |= {"archives_at": [""]}
    assert (await operator.post(f"/products/malt-{mark}", data=form)).status_code == 303
    product = await product_of(context=context, product_id=f"malt-{mark}", only_type=None)
    assert (product.state, product.archives_at) == ("archived", None)


async def test_who_may_not_write_reads_the_facts_and_writes_nothing(
    sign_in: SignIn, mark: str
) -> None:
    auditor = await sign_in("auditor")
    page = (await auditor.get(f"/products/malt-{mark}")).text
    assert "<textarea" not in page and "64.00 EUR" in page and "16 years" in page
    assert "New product" not in (await auditor.get("/products")).text
    for address in ("/products/new", f"/products/malt-{mark}/remove"):
        assert (await auditor.get(address)).status_code == 403
    for address in (f"/products/malt-{mark}", f"/products/malt-{mark}/remove"):
        answer = await auditor.post(address, data={"version": "1", "name": "x"})
        assert answer.status_code == 403, address


async def test_a_form_from_elsewhere_or_without_its_version_is_refused(
    operator: httpx.AsyncClient, mark: str
) -> None:
    answer = await operator.post(f"/products/malt-{mark}", data={"name": "x"})
    assert answer.status_code == 422 and "open the page again" in answer.text
    forged = await operator.post(
        f"/products/malt-{mark}", data={"version": "1"}, headers={"origin": "https://evil.example"}
    )
    assert forged.status_code == 403


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
