"""The API reference and the pages of problems."""

import re

import httpx
import pytest

from rackhouse.console.problem_pages import KINDS, problem_pages
from rackhouse.console.schemas import ShapeField, example_of
from rackhouse.platform.errors import refusal_types
from rackhouse.platform.house import House
from rackhouse.platform.http import PUBLIC, status_of


async def test_the_reference_describes_every_endpoint(
    house: House, stranger: httpx.AsyncClient
) -> None:
    text = (await stranger.get("/docs")).text
    for module in house.modules:
        for endpoint in module.endpoints:
            article = text.partition(f'id="{endpoint.name}"')[2].partition("</article>")[0]
            assert f"<code>{endpoint.path}</code>" in article, endpoint.name
            assert f">{endpoint.method}</span>" in article
            needs = "Open to everybody" if endpoint.permission == PUBLIC else endpoint.permission
            assert needs in article
            assert "curl -X" in article


async def test_the_reference_links_every_shape_and_problem_that_it_names(
    stranger: httpx.AsyncClient,
) -> None:
    text = (await stranger.get("/docs")).text
    ids = set(re.findall(r'id="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= ids
    for name in sorted(set(re.findall(r'href="/problems/([^"]+)"', text))):
        assert (await stranger.get(f"/problems/{name}")).status_code == 200, name


@pytest.mark.parametrize("refusal", refusal_types(), ids=lambda each: each.type_name())
async def test_every_refusal_has_a_page_with_its_message_and_a_remedy(
    stranger: httpx.AsyncClient, refusal: type
) -> None:
    answer = await stranger.get(f"/problems/{refusal.type_name()}")
    assert answer.status_code == 200
    assert str(status_of(refusal)) in answer.text and refusal.title() in answer.text
    assert "What to do" in answer.text


async def test_every_refusal_is_in_the_list(stranger: httpx.AsyncClient) -> None:
    text = (await stranger.get("/problems")).text
    for refusal in problem_pages():
        assert f'href="/problems/{refusal.name}"' in text


async def test_a_problem_that_does_not_exist_is_not_found(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/problems/no-such-thing")).status_code == 404


def test_each_kind_of_refusal_has_a_remedy() -> None:
    for refusal in refusal_types():
        assert any(kind in KINDS for kind in refusal.__mro__), refusal


def test_an_example_has_every_required_field() -> None:
    shapes = {
        "Line": {
            "type": "object",
            "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer"}},
            "required": ["sku", "quantity"],
        }
    }
    schema = {
        "type": "object",
        "properties": {
            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["lines"],
    }
    example = example_of(schema, shapes)
    assert example == {"lines": [{"sku": "LAGAVULIN-16-700", "quantity": 1}]}


def test_a_field_is_described_in_words() -> None:
    schema = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 9}, {"type": "null"}]}
    field = ShapeField.of("many", schema, required=False)
    assert field.type == "whole number or null"
    assert field.limits == ["1 to 9"]
