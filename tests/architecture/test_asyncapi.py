"""The AsyncAPI document: valid, and about everything that streams tell and commands may ask."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from sources import ROOT

from rackhouse.feeds import asyncapi_document
from rackhouse.feeds.shapes import RECEIVED, SENT
from rackhouse.modules import MODULES

SCHEMA = ROOT / "tests" / "schemas" / "asyncapi-3.0.0.json"
FOLLOWED = ("catalog", "channels", "inventory", "orders", "pricing")


def document() -> dict[str, Any]:
    return asyncapi_document(
        modules=MODULES, title="Rackhouse", version="1", server="https://rackhouse.example/shop"
    )


def references(part: Any) -> Iterator[str]:
    """Every reference in a part of a document."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def resolved(whole: dict[str, Any], reference: str) -> Any:
    """What a reference points to."""
    found: Any = whole
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def problems(whole: dict[str, Any], schema: Path) -> list[str]:
    """What the schema of AsyncAPI has against a document."""
    validator = jsonschema_rs.validator_for(json.loads(schema.read_text("utf-8")))
    return [error.message for error in validator.iter_errors(whole)]


@pytest.mark.skipif(not SCHEMA.is_file(), reason="scripts/fetch_test_schemas.py was not run")
def test_the_document_is_valid() -> None:
    assert problems(document(), SCHEMA) == []


@pytest.mark.skipif(not SCHEMA.is_file(), reason="scripts/fetch_test_schemas.py was not run")
def test_an_invalid_document_is_found() -> None:
    whole = document()
    whole["operations"]["post_hold"]["action"] = "shout"
    assert problems(whole, SCHEMA)


def test_every_reference_leads_somewhere() -> None:
    whole = document()
    for reference in references(whole):
        assert resolved(whole, reference) is not None


def test_every_message_every_followed_event_and_every_command_is_described() -> None:
    whole = document()
    described = set(whole["components"]["messages"])
    events = {name for module in MODULES if module.name in FOLLOWED for name in module.event_types}
    commands = {each.name for module in MODULES for each in module.endpoints if each.command}
    shapes = {str(each.__struct_config__.tag or "change") for each in (*SENT, *RECEIVED)}
    results = {f"{name}.result" for name in commands}
    assert described == events | commands | shapes | results
    assert commands <= whole["operations"].keys()
    assert set(whole["channels"]["socket"]["messages"]) == described


def test_server_sent_events_carry_nothing_that_is_for_sockets() -> None:
    told = set(document()["channels"]["stream"]["messages"])
    assert not told & {"result", "error", "authenticated", "command", "subscribe", "post_hold"}
    assert {"snapshot", "live", "change", "heartbeat", "closed", "HoldPlaced"} <= told


def test_the_servers_are_where_the_service_is_reached() -> None:
    assert document()["servers"] == {
        "http": {"host": "rackhouse.example", "pathname": "/shop", "protocol": "https"},
        "websocket": {"host": "rackhouse.example", "pathname": "/shop", "protocol": "wss"},
    }


def test_an_example_of_a_command_fits_what_is_described() -> None:
    whole = document()
    message = whole["components"]["messages"]["post_hold"]["payload"]
    schema = {**message, "components": whole["components"]}
    line = {"sku": "GIN-70", "quantity": 1}
    body = {"channel": "pos-3", "lines": [line], "ttl_seconds": 600}
    said = {"type": "command", "id": "1", "name": "post_hold", "body": body}
    validator = jsonschema_rs.validator_for(schema)
    assert validator.is_valid(msgspec.to_builtins(said))
    assert not validator.is_valid({**said, "name": "post_bottle"})
    assert not validator.is_valid({**said, "body": {}})
