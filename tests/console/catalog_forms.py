"""A type of malts with products, and the forms of pages as a browser would send them."""

import re
import uuid
from html import unescape
from typing import Any

import httpx

from rackhouse.catalog import create_product, define_product_type
from rackhouse.platform.context import Context

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


async def new_malt(context: Context) -> str:
    """A product type of one's own, and a product of it; both are called after the mark that is
    answered."""
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
