"""Every request of the Python client is one that the OpenAPI document describes."""

import datetime
import inspect
import re
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from rackhouse.api.introspection import introspection_endpoints
from rackhouse.modules import MODULES
from rackhouse.platform.http import openapi_document
from rackhouse_client import AsyncClient, Client, Line, Pieces, calls
from rackhouse_client.calls import Request

ENDPOINTS = [each for module in MODULES for each in module.endpoints] + introspection_endpoints()
DOCUMENT = openapi_document(ENDPOINTS, title="Rackhouse", version="1", server="http://x")
REQUESTS = sorted(set(calls.__all__) - {"Line", "Pieces", "Request"})

SAMPLES: dict[str, Any] = {
    "lines": [Line("SKU-1", 1, "L1", (1,))],
    "draft": {"type": "goods", "name": "Glass"},
    "sourcing": {"strategy": "nearest"},
    "as_of": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    "ids": ["A", "B"],
    "sales": [{"external_id": "1", "sold_at": "2026-01-01T00:00:00Z", "lines": []}],
    "returns": [{"external_id": "1", "sale": "1", "returned_at": "x", "lines": []}],
    "ttl_seconds": 60.0,
    "limit": 10,
    "delta": 1,
    "counted": 1,
    "expected_version": 1,
    "version": 1,
    "latitude": 1.0,
    "longitude": 1.0,
}


def described(name: str, *, wholly: bool = True) -> Request[Any]:
    """The request that a function describes, with everything said or only what must be."""
    function = getattr(calls, name)
    parameters = inspect.signature(function).parameters.values()
    given = {
        each.name: [Pieces("SKU-1", 1)]
        if "Pieces" in str(each.annotation)
        else SAMPLES.get(each.name, "text")
        for each in parameters
        if wholly or each.default is inspect.Parameter.empty
    }
    made: Request[Any] = function(**given)
    return made


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, wherever it stands."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return resolved(choice)
    return schema


def operation_of(request: Request[Any]) -> dict[str, Any]:
    operation: dict[str, Any] = DOCUMENT["paths"][request.path][request.method.lower()]
    return operation


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_described(name: str) -> None:
    request = described(name)
    parameters = operation_of(request)["parameters"]
    named = {
        place: {each["name"] for each in parameters if each["in"] == place}
        for place in ("path", "query", "header")
    }
    assert set(request.places) == named["path"] == set(re.findall(r"{(\w+)}", request.path))
    assert set(request.query) <= named["query"]
    needed = {each["name"] for each in parameters if each.get("required")} - named["path"]
    few = described(name, wholly=False)
    assert needed - {"If-Match"} <= set(few.query)
    assert ("Idempotency-Key" in named["header"]) == (request.key is not None)
    assert ("If-Match" in named["header"]) == (request.if_match is not None)


@pytest.mark.parametrize("name", [each for each in REQUESTS if described(each).body is not None])
def test_a_body_is_described(name: str) -> None:
    (content,) = operation_of(described(name))["requestBody"]["content"].values()
    schema = resolved(content["schema"])
    whole = msgspec.json.decode(described(name).content() or b"")
    few = msgspec.json.decode(described(name, wholly=False).content() or b"")
    assert undescribed(whole, schema) == []
    assert set(schema.get("required", ())) <= set(few)


def undescribed(given: Any, schema: dict[str, Any], place: str = "$") -> list[str]:
    """The members of a body that the document does not know."""
    schema = resolved(schema)
    if isinstance(given, list):
        items = schema.get("items", {})
        return [each for item in given for each in undescribed(item, items, f"{place}[]")]
    known = schema.get("properties")
    if not isinstance(given, dict) or known is None:
        return []
    return [
        problem
        for member, value in given.items()
        for problem in (
            undescribed(value, known[member], f"{place}.{member}")
            if member in known
            else [f"{place}.{member}"]
        )
    ]


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_read_of_an_answer_is_described(name: str) -> None:
    request = described(name)
    good = [each for status, each in operation_of(request)["responses"].items() if status < "300"]
    assert len(good) == 1
    if request.answer is None:
        assert "content" not in good[0]
        return
    (content,) = good[0]["content"].values()
    assert unknown_members(request.answer, content["schema"], "$") == []


def unknown_members(answer: Any, schema: dict[str, Any], place: str) -> list[str]:
    """The members of a struct that the document does not know, or that may be missing or null
    where the struct needs them."""
    schema = resolved(schema)
    if get_origin(answer) is list:
        return unknown_members(get_args(answer)[0], schema["items"], f"{place}[]")
    base = get_origin(answer) or answer
    if not (isinstance(base, type) and issubclass(base, msgspec.Struct)):
        return []
    inside = dict(zip(getattr(base, "__parameters__", ()), get_args(answer), strict=False))
    problems = []
    for field in msgspec.structs.fields(base):
        here = f"{place}.{field.encode_name}"
        if field.encode_name not in schema["properties"]:
            problems.append(f"{here} is not described")
            continue
        if field.required and field.encode_name not in schema.get("required", ()):
            problems.append(f"{here} may be missing")
        hint = get_type_hints(base)[field.name]
        for variable, meant in inside.items():
            hint = list[meant] if hint == list[variable] else hint  # type: ignore[valid-type]
        found = schema["properties"][field.encode_name]
        may_be_null = {"type": "null"} in found.get("anyOf", ())
        if may_be_null and type(None) not in get_args(hint):
            problems.append(f"{here} may be null")
        of_hint = [each for each in get_args(hint) if each is not type(None)]
        if type(None) in get_args(hint) and len(of_hint) == 1:
            hint = of_hint[0]
        problems += unknown_members(hint, found, here)
    return problems


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_each_client_has_a_method_for_every_request(client: type) -> None:
    assert [name for name in REQUESTS if name not in vars(client)] == []
    assert all(vars(client)[name].__doc__ for name in REQUESTS)


def test_a_member_that_nobody_describes_is_found() -> None:
    class Wish(msgspec.Struct):
        id: str
        colour: str

    path = DOCUMENT["paths"]["/api/v1/orders/{order_id}"]["get"]
    (content,) = path["responses"]["200"]["content"].values()
    assert unknown_members(Wish, content["schema"], "$") == ["$.colour is not described"]
    assert undescribed({"id": 1, "colour": 2}, content["schema"]) == ["$.colour"]
