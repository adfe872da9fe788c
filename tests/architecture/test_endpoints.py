"""Endpoints: each declares a permission that exists, and its operation asks for the same one."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import jsonschema_rs
from schemathesis.specs.openapi.definitions import OPENAPI_31

from rackhouse.api.introspection import introspection_endpoints
from rackhouse.identity import PERMISSIONS
from rackhouse.modules import MODULES
from rackhouse.platform.context import operation, permissions_in_use
from rackhouse.platform.http import PUBLIC, Answer, Call, Endpoint, openapi_document

ENDPOINTS = [each for module in MODULES for each in module.endpoints] + introspection_endpoints()

# What anybody may ask: how to sign in, whether the service works, and what it can do; and where
# channels deliver, each with the proof that its own protocol has.
PUBLIC_PATHS = frozenset(
    {
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/asyncapi.json",
        "/api/v1/connections/{connection_id}/inbox",
        "/api/v1/connections/{connection_id}/inbox/{topic}",
        "/health/live",
        "/health/ready",
        "/oauth/token",
        "/openapi.json",
        "/rackhouse.proto",
    }
)
# These carry no operation out: they answer from what the process itself knows, or each field of
# what is asked carries one out (GraphQL).
WITHOUT_OPERATION = frozenset({"get_metrics", "get_nothing", "post_graphql", "post_nothing"})


def unguarded(endpoints: Iterable[Endpoint]) -> list[str]:
    """Endpoints that ask for no known permission, or for none at all without being allowed to."""
    return [
        f"{each.method} {each.path} asks for {each.permission}"
        for each in endpoints
        if not (
            each.permission in PERMISSIONS
            or (each.permission == PUBLIC and each.path in PUBLIC_PATHS)
        )
    ]


def at_odds(endpoints: Iterable[Endpoint]) -> list[str]:
    """Endpoints whose operations ask for another permission, or that reach no operation."""
    problems = []
    for endpoint in endpoints:
        if endpoint.permission == PUBLIC or endpoint.name in WITHOUT_OPERATION:
            continue
        asked = {found.permission for found in operations_of(endpoint.handler)}
        if endpoint.permission not in asked:
            problems.append(f"{endpoint.name} asks for {endpoint.permission}, but reaches {asked}")
    return problems


def operations_of(function: Callable[..., Any]) -> Iterator[Any]:
    """The operations that a function of a module's ``http.py`` calls, by way of its own too."""
    waiting, seen = [function], set()
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for called in _called(current):
            if hasattr(called, "permission"):
                yield called
            elif getattr(called, "__module__", None) == function.__module__:
                waiting.append(called)


def _called(function: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    known = inspect.getclosurevars(function)
    names = {**known.globals, **known.nonlocals}
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Name):
            found = names.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = names.get(node.value.id)
            found = getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
        else:
            continue
        if inspect.isroutine(found):
            yield getattr(found, "__func__", found)


def openapi_problems(document: dict[str, Any]) -> list[str]:
    """What the OpenAPI 3.1 schema has against a document."""
    return [
        error.message for error in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(document)
    ]


def repeated_operation_ids(document: dict[str, Any]) -> list[str]:
    """Operation ids that stand for more than one operation."""
    ids = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    return sorted({each for each in ids if ids.count(each) > 1})


def described(endpoints: list[Endpoint]) -> dict[str, Any]:
    return openapi_document(endpoints, title="Rackhouse", version="1", server="http://127.0.0.1")


@operation("holds:write")
async def move_it(*, context: object) -> None:
    """An operation as a module has it."""


async def post_move(call: Call) -> Answer:
    """An endpoint's function as a module has it."""
    await move_it(context=call.context)
    return Answer(204)


async def post_silence(call: Call) -> Answer:
    """One that reaches no operation."""
    return Answer(204)


# They stand in a module of their own, as those of the house do.
for each in (post_move, post_silence):
    each.__module__ = "rackhouse.moves.http"


def made_up(**facts: Any) -> Endpoint:
    usual = {"method": "POST", "path": "/api/v1/moves", "handler": post_move}
    fixed = {"permission": "holds:write", "summary": "Move it", "answers": {204: None}}
    return Endpoint(**{**usual, **fixed, **facts})


def test_every_endpoint_asks_for_a_permission_that_exists() -> None:
    assert unguarded(ENDPOINTS) == []


def test_an_endpoint_that_is_open_by_oversight_is_found() -> None:
    assert unguarded([made_up(permission=PUBLIC)])
    assert unguarded([made_up(permission="moves:write")])
    assert not unguarded([made_up()])


def test_every_operation_asks_for_a_permission_that_exists() -> None:
    assert sorted(permissions_in_use().keys() - PERMISSIONS.keys()) == []


def test_every_endpoint_and_its_operation_ask_for_the_same_permission() -> None:
    assert at_odds(ENDPOINTS) == []


def test_an_endpoint_at_odds_with_its_operation_is_found() -> None:
    assert at_odds([made_up(permission="orders:write")])
    assert at_odds([made_up(handler=post_silence)])
    assert not at_odds([made_up()])


def test_every_method_and_path_is_served_once() -> None:
    served = [(each.method, each.path) for each in ENDPOINTS]
    assert len(served) == len(set(served))


def test_the_openapi_document_is_valid() -> None:
    assert openapi_problems(described(ENDPOINTS)) == []


def test_an_invalid_openapi_document_is_found() -> None:
    document = described([made_up()])
    document["paths"]["/api/v1/moves"]["post"]["parameters"][0]["in"] = "pocket"
    assert openapi_problems(document)


def test_every_operation_id_stands_for_one_operation() -> None:
    assert repeated_operation_ids(described(ENDPOINTS)) == []


def test_an_operation_id_that_comes_twice_is_found() -> None:
    assert repeated_operation_ids(described([made_up(), made_up(path="/api/v1/again")])) == [
        "post_move"
    ]
