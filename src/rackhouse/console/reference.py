"""The API reference, rendered from the OpenAPI document that the modules declare."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request, Response, get

from rackhouse import __version__
from rackhouse.console.rendering import whole_page
from rackhouse.console.schemas import Shape, ShapeField, example_of, fields_of, shape_name
from rackhouse.console.security import house_of
from rackhouse.platform.errors import refusal_types
from rackhouse.platform.http import openapi_document

__all__ = ["get_reference"]

Document = Mapping[str, Any]


class Parameter(msgspec.Struct, frozen=True):
    """A parameter in the path, the query or a header."""

    field: ShapeField
    place: str


class Answer(msgspec.Struct, frozen=True):
    """An answer that is no problem document."""

    status: str
    says: str
    media_type: str
    shape: str


class RefusedAs(msgspec.Struct, frozen=True):
    """The problems that an operation may answer with one status."""

    status: str
    names: list[str]


class Operation(msgspec.Struct, frozen=True):
    """One method and path as the reference shows it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    permission: str | None
    parameters: list[Parameter]
    body_shape: str
    body_fields: list[ShapeField]
    answers: list[Answer]
    refused: list[RefusedAs]
    example: str


class Chapter(msgspec.Struct, frozen=True):
    """The operations of one module."""

    module: str
    operations: list[Operation]


@get("/docs")
async def get_reference(request: Request[Any, Any, Any]) -> Response[str]:
    """The API reference of what this house serves."""
    house = house_of(request)
    document = openapi_document(
        [each for module in house.modules for each in module.endpoints],
        title="Rackhouse",
        version=__version__,
        server=house.settings.issuer,
    )
    schemas = document["components"]["schemas"]
    response = whole_page(
        "reference.html",
        version=__version__,
        server=house.settings.issuer,
        chapters=_chapters(document),
        shapes=[Shape.of(name, schema) for name, schema in sorted(schemas.items())],
        problems=frozenset(each.type_name() for each in refusal_types()),
    )
    response.headers["cache-control"] = "no-cache"
    return response


def _chapters(document: Document) -> list[Chapter]:
    operations = [
        (described["tags"][0], _operation(document, path, method, described))
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    return [
        Chapter(module, [operation for _, operation in group])
        for module, group in itertools.groupby(operations, key=lambda each: each[0])
    ]


def _operation(document: Document, path: str, method: str, described: Document) -> Operation:
    parameters = [_parameter(each) for each in described["parameters"]]
    body = described.get("requestBody", {}).get("content", {})
    media_type, content = next(iter(body.items()), ("", {"schema": {}}))
    return Operation(
        name=described["operationId"],
        method=method.upper(),
        path=path,
        summary=described["summary"],
        description=described.get("description", ""),
        permission=_permission(described),
        parameters=parameters,
        body_shape=shape_name(content["schema"]) if body else "",
        body_fields=fields_of(_resolved(document, content["schema"])) if body else [],
        answers=_answers(described["responses"]),
        refused=_refused(described["responses"]),
        example=_example(document, path, method, described, media_type, content["schema"]),
    )


def _parameter(described: Document) -> Parameter:
    field = ShapeField.of(
        described["name"], described["schema"], required=described.get("required", False)
    )
    told = described.get("description", field.description)
    return Parameter(msgspec.structs.replace(field, description=told), described["in"])


def _permission(described: Document) -> str | None:
    for scheme in described["security"]:
        for scopes in scheme.values():
            return str(scopes[0])
    return None


def _answers(responses: Document) -> list[Answer]:
    return [
        Answer(status, response["description"], *_content(response))
        for status, response in responses.items()
        if not _is_problem(response)
    ]


def _is_problem(response: Document) -> bool:
    return "application/problem+json" in response.get("content", {})


def _content(response: Document) -> tuple[str, str]:
    for media_type, content in response.get("content", {}).items():
        return media_type, shape_name(content["schema"])
    return "", ""


def _refused(responses: Document) -> list[RefusedAs]:
    return [
        RefusedAs(status, response["description"].split(", "))
        for status, response in responses.items()
        if _is_problem(response)
    ]


def _example(
    document: Document, path: str, method: str, described: Document, media_type: str, schema: Any
) -> str:
    lines = [f"curl -X {method.upper()} {document['servers'][0]['url']}{_filled(path)}"]
    if described["security"]:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    named = [each["name"] for each in described["parameters"]]
    if "Idempotency-Key" in named:
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if "If-Match" in named:
        lines.append("-H 'If-Match: \"1\"'")
    if media_type:
        lines.append(f"-H 'Content-Type: {media_type}'")
        example = example_of(schema, document["components"]["schemas"])
        lines += _body(media_type, example)
    if "client_secret" in _resolved(document, schema).get("properties", {}):
        lines.append('-u "$CLIENT_ID:$CLIENT_SECRET"')
    return " \\\n  ".join(lines)


def _body(media_type: str, example: Any) -> Sequence[str]:
    if media_type == "application/json":
        return [f"-d '{json.dumps(example, ensure_ascii=False)}'"]
    if not isinstance(example, dict):
        return ["--data-binary @body"]
    return [f"-d '{name}={value}'" for name, value in example.items()]


def _filled(path: str) -> str:
    return path.replace("{", "$").replace("}", "").replace("-", "_") if "{" in path else path


def _resolved(document: Document, schema: Any) -> Any:
    name = shape_name(schema)
    return document["components"]["schemas"].get(name, schema)
