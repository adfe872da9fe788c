"""The pages of product types and of search quality, as they come from the server."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from catalog_forms import form_in_page

from rackhouse.catalog import (
    Attribute,
    ProductType,
    change_product_type,
    create_product,
    define_product_type,
    product_of,
    product_type_of,
)
from rackhouse.catalog.rules import validate_product_type
from rackhouse.console.product_types.reading import form_of_type, in_form, type_in
from rackhouse.platform.context import Context
from rackhouse.platform.errors import FieldProblem

SignIn = Callable[..., Awaitable[httpx.AsyncClient]]

EVERYTHING = ProductType(
    name="everything",
    title="Everything",
    collection="everything",
    attributes=(
        Attribute(name="age", title="Age", kind="integer", unit="years", minimum=0, maximum=90),
        Attribute(name="strength", title="Strength", kind="number", minimum=0.5, sortable=True),
        Attribute(name="notes", title="Notes", kind="text", max_length=300, searchable=True),
        Attribute(name="wood", title="Wood", kind="enum", values=("oak", "ash"), required=True),
        Attribute(name="casks", title="Casks", kind="list", of="text", filterable=True),
        Attribute(
            name="window", title="Window", kind="range", of="date", facet=True, filterable=True
        ),
        Attribute(name="story", title="Story", kind="localized", default_language="en"),
    ),
)


def definition(mark: str, *attributes: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": f"tea-{mark}",
        "title": f"Teas {mark}",
        "collection": f"teas-{mark}",
    }
    return {**facts, "attributes": list(attributes)}


MINUTES: dict[str, Any] = {"name": "minutes", "title": "Minutes", "kind": "integer", "unit": "min"}
LEAF: dict[str, Any] = {
    "name": "leaf",
    "title": "Leaf",
    "kind": "enum",
    "values": ["black", "green"],
}


@pytest.fixture
async def mark(context: Context) -> str:
    """A type of one's own with two products, both called after the mark."""
    mark = uuid.uuid4().hex[:10]
    await define_product_type(context=context, draft=definition(mark, MINUTES, LEAF))
    for index, leaf in enumerate(("black", "green")):
        draft = {"id": f"tea-{mark}-{index}", "type": f"tea-{mark}", "name": "Tea"}
        said = {"attributes": {"minutes": 3 + index, "leaf": leaf}}
        await create_product(context=context, draft={**draft, **said})
    return mark


def test_a_type_goes_into_a_form_and_comes_back_the_same() -> None:
    submitted = type_in(form_of_type(EVERYTHING), "everything")
    assert validate_product_type(submitted.definition) == EVERYTHING
    assert (submitted.conversions, submitted.on_misfit, submitted.problems) == ((), None, ())


def test_a_form_says_how_products_get_there() -> None:
    form = form_of_type(EVERYTHING) | {
        "attributes[0].name": ["months"],
        "attributes[0].factor": ["12"],
        "attributes[3].mapping": ["ash = oak"],
        "attributes[4].default": ["sherry\nport"],
        "on_misfit": ["drop"],
    }
    submitted = type_in(form, "everything")
    renamed, mapped, given = submitted.conversions
    assert (renamed.attribute, renamed.from_attribute, renamed.factor) == ("months", "age", 12)
    assert (mapped.mapping, given.default) == ({"ash": "oak"}, ["sherry", "port"])
    assert submitted.on_misfit == "drop"
    told = in_form(FieldProblem("conversions[1].mapping.ash", "can not be chosen"), submitted)
    assert told.field == "attributes[3].mapping.ash"
    unit = in_form(FieldProblem("attributes.months", "the unit changes from a to b"), submitted)
    assert unit.field == "attributes[0].factor"


async def opened(browser: httpx.AsyncClient, mark: str) -> dict[str, list[str]]:
    answer = await browser.get(f"/types/tea-{mark}")
    assert answer.status_code == 200
    return form_in_page(answer.text)


async def test_a_change_is_tried_and_its_misfits_told_before_it_is_made(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    address = f"/types/tea-{mark}"
    form = await opened(operator, mark)
    form["attributes[1].values"] = ["black\noolong"]
    tried = await operator.post(address, data=form | {"step": ["try"]})
    assert tried.status_code == 200
    assert "1 fit as they are" in tried.text and "<b>1</b> would not fit" in tried.text
    assert f'href="/products/tea-{mark}-1"' in tried.text
    refused = await operator.post(address, data=form)
    assert refused.status_code == 409 and f"tea-{mark}-1" in refused.text
    again = form_in_page(refused.text)
    assert again["attributes[1].values"] == ["black\noolong"]
    again["attributes[1].mapping"] = ["green = oolong"]
    tried = await operator.post(address, data=again | {"step": ["try"]})
    assert "1 would be converted" in tried.text and "leaf green → oolong" in tried.text
    changed = await operator.post(address, data=again)
    assert changed.headers["location"] == f"{address}?saved=1", changed.text
    product = await product_of(context=context, product_id=f"tea-{mark}-1", only_type=None)
    assert product.attributes["leaf"] == "oolong"
    assert "converting 1 product" in (await operator.get(address)).text


async def test_an_attribute_is_renamed_added_and_taken_out(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    form = await opened(operator, mark)
    form |= {
        "attributes[0].name": ["steeping"],
        "attributes[1].remove": ["yes"],
        "attributes[2].name": ["origin"],
        "attributes[2].title": ["Origin"],
        "attributes[2].kind": ["text"],
        "attributes[2].searchable": ["yes"],
        "on_misfit": ["drop"],
    }
    changed = await operator.post(f"/types/tea-{mark}", data=form)
    assert changed.status_code == 303, changed.text
    found = await product_type_of(context=context, name=f"tea-{mark}")
    assert [each.name for each in found.attributes] == ["steeping", "origin"]
    product = await product_of(context=context, product_id=f"tea-{mark}-0", only_type=None)
    assert product.attributes == {"steeping": 3}


async def test_what_is_wrong_with_a_type_stands_beside_its_field(
    operator: httpx.AsyncClient, mark: str
) -> None:
    form = await opened(operator, mark)
    form |= {
        "attributes[0].name": ["Minutes!"],
        "attributes[1].values": [""],
        "attributes[1].maximum": ["many"],
    }
    refused = await operator.post(f"/types/tea-{mark}", data=form)
    assert refused.status_code == 422
    for part in ("0-name", "1-values", "1-maximum"):
        assert f'id="f-attributes-{part}-wrong"' in refused.text, part
    assert form_in_page(refused.text)["attributes[1].maximum"] == ["many"]


async def test_a_change_by_others_is_told_and_saved_again_goes_over_it(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    form = await opened(operator, mark) | {"title": ["Mine"]}
    theirs = definition(mark, MINUTES, LEAF, {"name": "grade", "title": "Grade", "kind": "text"})
    await change_product_type(
        context=context,
        name=f"tea-{mark}",
        draft=theirs,
        conversions=(),
        on_misfit=None,
        expected_version=1,
    )
    told = await operator.post(f"/types/tea-{mark}", data=form)
    assert told.status_code == 409 and "<b>grade</b>: yours Not there" in told.text
    again = form_in_page(told.text)
    assert (again["title"], again["version"]) == (["Mine"], ["2"])
    assert (await operator.post(f"/types/tea-{mark}", data=again)).status_code == 303


async def test_a_type_is_defined_and_removed_by_forms(
    operator: httpx.AsyncClient, mark: str
) -> None:
    form = form_in_page((await operator.get("/types/new")).text)
    form |= {"name": [f"cup-{mark}"], "title": ["Cups"], "collection": [f"teas-{mark}"]}
    refused = await operator.post("/types/new", data=form)
    assert refused.status_code == 409 and 'id="f-collection-wrong"' in refused.text
    form["collection"] = [f"cups-{mark}"]
    defined = await operator.post("/types/new", data=form)
    assert defined.headers["location"] == f"/types/cup-{mark}?saved=1"
    used = await operator.post(f"/types/tea-{mark}/remove", data={"version": "1"})
    assert used.status_code == 409 and "2 products are of the type" in used.text
    assert (await operator.get(f"/types/cup-{mark}/remove")).status_code == 200
    gone = await operator.post(f"/types/cup-{mark}/remove", data={"version": "1"})
    assert gone.status_code == 303
    assert (await operator.get(f"/types/cup-{mark}")).status_code == 404


async def test_who_may_not_write_reads_the_types(sign_in: SignIn, mark: str) -> None:
    auditor = await sign_in("auditor")
    page = (await auditor.get(f"/types/tea-{mark}")).text
    assert "Whole number (min)" in page and "<textarea" not in page
    assert (await auditor.get("/types/new")).status_code == 403
    assert (await auditor.post(f"/types/tea-{mark}", data={"version": "1"})).status_code == 403


async def test_a_search_is_tried_without_being_counted(sign_in: SignIn, mark: str) -> None:
    auditor = await sign_in("auditor")
    page = await auditor.get("/search-quality", params={"q": f"nothing{mark}", "days": 1})
    assert page.status_code == 200
    assert "Nothing was found" in page.text and 'aria-current="page">Today' in page.text
    counter = await sign_in("counter")
    assert (await counter.get("/search-quality")).status_code == 403
