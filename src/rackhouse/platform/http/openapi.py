"""The OpenAPI 3.1 document, made from the endpoints."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_type_hints

import msgspec

from rackhouse.platform.errors import (
    Busy,
    Conflict,
    Invalid,
    MissingPrecondition,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    Refusal,
    StaleVersion,
)
from rackhouse.platform.http.endpoint import PUBLIC, Endpoint, MediaTypeUnsupported
from rackhouse.platform.http.problems import status_of

__all__ = ["openapi_document"]

REFERENCE = "#/components/schemas/{name}"

_ANYWHERE: tuple[type[Refusal], ...] = (PayloadTooLarge, RateLimited, Busy, Invalid)
_WITH_CALLER: tuple[type[Refusal], ...] = (NotAuthenticated, NotAllowed)


class Problem(msgspec.Struct, frozen=True):
    """A refusal (RFC 9457). Further members carry what is needed to act."""

    type: str
    title: str
    status: int
    detail: str


def openapi_document(
    endpoints: Sequence[Endpoint], *, title: str, version: str, server: str
) -> dict[str, Any]:
    """Describe the endpoints; their permissions become OAuth 2.0 scopes."""
    bodies = [each.body for each in endpoints if each.body is not None]
    answers = [body for each in endpoints for body in each.answers.values() if body is not None]
    types = [*bodies, *answers, Problem]
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    schema_of = dict(zip(map(str, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        item = paths.setdefault(endpoint.path, {})
        item[endpoint.method.lower()] = _operation(endpoint, schema_of)
    scopes = {each.permission: each.permission for each in endpoints if each.permission != PUBLIC}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _security(scopes)},
    }


def _operation(endpoint: Endpoint, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    module = endpoint.handler.__module__.split(".")[1]
    described: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [module],
        "parameters": [*_path_parameters(endpoint), *_query(endpoint), *_headers(endpoint)],
        "responses": _responses(endpoint, schema_of),
        "security": []
        if endpoint.permission == PUBLIC
        else [{"oauth2": [endpoint.permission]}, {"bearer": []}],
    }
    documentation = (endpoint.handler.__doc__ or "").strip()
    if documentation:
        described["description"] = re.sub(r"\n\s+", "\n", documentation)
    if endpoint.body is not None:
        content = {_media_type(endpoint): {"schema": schema_of[str(endpoint.body)]}}
        described["requestBody"] = {"required": not endpoint.body_optional, "content": content}
    if endpoint.raw_body or endpoint.streamed_body:
        content = {"application/octet-stream": {"schema": {}}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _media_type(endpoint: Endpoint) -> str:
    if endpoint.form:
        return "application/x-www-form-urlencoded"
    return endpoint.body_media_type or "application/json"


def _path_parameters(endpoint: Endpoint) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", endpoint.path):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": endpoint.path_descriptions.get(name, name.replace("_", " ")),
            "schema": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
        }


def _query(endpoint: Endpoint) -> Iterable[dict[str, Any]]:
    if endpoint.query is None:
        return
    hints = get_type_hints(endpoint.query, include_extras=True)
    for field in msgspec.structs.fields(endpoint.query):
        (schema,), _ = msgspec.json.schema_components([hints[field.name]], ref_template=REFERENCE)
        schema = _without_null(schema)
        described: dict[str, Any] = {"name": field.encode_name, "in": "query", "schema": schema}
        if "description" in schema:
            described["description"] = schema.pop("description")
        if field.required:
            described["required"] = True
        yield described


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query parameter can be left out, but it can not be null."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**{key: value for key, value in schema.items() if key != "anyOf"}, **choices[0]}


def _headers(endpoint: Endpoint) -> Iterable[dict[str, Any]]:
    if endpoint.takes_idempotency_key:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "A retry with the same key gets the answer of the first request.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        }
    if endpoint.needs_if_match:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "The ETag of the version that is edited, or `*`.",
            "schema": {"type": "string", "examples": ['"1"', "*"]},
        }


def _responses(endpoint: Endpoint, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, body in endpoint.answers.items():
        responses[str(status)] = {"description": _phrase(status)}
        if body is not None:
            schema = schema_of[str(body)]
            media_types = (endpoint.answer_media_type, *endpoint.other_media_types)
            responses[str(status)]["content"] = {each: {"schema": schema} for each in media_types}
    for status, names in _refused(endpoint).items():
        responses[str(status)] = {
            "description": ", ".join(sorted(names)),
            "content": {"application/problem+json": {"schema": schema_of[str(Problem)]}},
        }
    return dict(sorted(responses.items()))


def _refused(endpoint: Endpoint) -> dict[int, set[str]]:
    kinds = [*_ANYWHERE, *endpoint.refusals]
    if endpoint.permission != PUBLIC:
        kinds += _WITH_CALLER
    if endpoint.takes_idempotency_key:
        kinds.append(Conflict)
    if endpoint.needs_if_match:
        kinds += [MissingPrecondition, StaleVersion]
    if "{" in endpoint.path:
        kinds.append(NotFound)
    if endpoint.body_media_type is not None:
        kinds.append(MediaTypeUnsupported)
    refused: dict[int, set[str]] = {}
    for kind in kinds:
        refused.setdefault(status_of(kind), set()).add(kind.type_name())
    return refused


def _phrase(status: int) -> str:
    return {200: "Done", 201: "Made", 202: "Accepted", 204: "Done"}.get(status, "Done")


def _security(scopes: Mapping[str, str]) -> dict[str, Any]:
    flow = {"tokenUrl": "/oauth/token", "scopes": dict(sorted(scopes.items()))}
    return {
        "oauth2": {"type": "oauth2", "flows": {"clientCredentials": flow}},
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    }
