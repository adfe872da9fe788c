"""The AsyncAPI 3.0 document of the streams and commands, made from the shapes and endpoints."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from rackhouse.feeds.conversations import PERMISSION
from rackhouse.feeds.filters import FILTER_FIELDS
from rackhouse.feeds.shapes import RECEIVED, SENT, ChangeShape, Result
from rackhouse.feeds.subjects import LOGS
from rackhouse.platform.http import Command, Endpoint
from rackhouse.platform.module import Module

__all__ = ["asyncapi_document"]

VERSION = "3.0.0"
SCHEMA = "#/components/schemas/{name}"
WS_BINDING = "0.1.0"
HTTP_BINDING = "0.3.0"

Schema = dict[str, Any]


def asyncapi_document(
    *, modules: Sequence[Module], title: str, version: str, server: str
) -> Schema:
    """Describe both streams: what is sent over each, what clients send, each type of event that
    is followed, and each endpoint that is served as a command."""
    commands = [each for module in modules for each in module.endpoints if each.command]
    event_types = {
        name: event
        for module in modules
        if module.name in LOGS
        for name, event in module.event_types.items()
    }
    types = [*SENT, *RECEIVED, *event_types.values(), *_bodies(commands)]
    schemas, components = msgspec.json.schema_components(types, ref_template=SCHEMA)
    schema_of = dict(zip(map(str, types), schemas, strict=True))
    messages = {
        **{_name(each): _message(each, schema_of) for each in (*SENT, *RECEIVED)},
        **{name: _event(name, each, schema_of) for name, each in event_types.items()},
        **{each.name: _command(each, schema_of) for each in commands},
        **{_answer(each): _result(each, schema_of) for each in commands},
    }
    over_socket = [_name(each) for each in (*SENT, *RECEIVED)] + [*event_types]
    over_socket += [name for each in commands for name in (each.name, _answer(each))]
    over_sse = [_name(each) for each in SENT if _name(each) not in _SOCKET_ONLY]
    over_sse += event_types
    return {
        "asyncapi": VERSION,
        "info": {"title": title, "version": version, "description": _about()},
        "defaultContentType": "application/json",
        "servers": _servers(server),
        "channels": {
            "stream": _channel("/api/v1/stream", "http", over_sse, "Server-Sent Events."),
            "socket": {
                **_channel("/api/v1/socket", "websocket", over_socket, "A WebSocket (RFC 6455)."),
                "bindings": {"ws": {"query": _query(), "bindingVersion": WS_BINDING}},
            },
        },
        "operations": _operations(over_sse, event_types, commands),
        "components": {
            "schemas": _plain(components),
            "messages": messages,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


_SOCKET_ONLY = ("result", "error", "authenticated")


def _operations(
    over_sse: Sequence[str], event_types: Iterable[str], commands: Sequence[Endpoint]
) -> Schema:
    told = [_name(each) for each in SENT if each is not Result]
    operations: Schema = {
        "tellByServerSentEvents": {
            **_operation("send", "stream", over_sse, "What is told over Server-Sent Events."),
            "bindings": {
                "http": {"method": "GET", "query": _query(), "bindingVersion": HTTP_BINDING}
            },
        },
        "tellByWebSocket": _operation(
            "send", "socket", [*told, *event_types], "What is told over the WebSocket."
        ),
        "hearByWebSocket": _operation(
            "receive",
            "socket",
            [_name(each) for each in RECEIVED if each is not Command],
            "What a client says about itself and what it follows.",
        ),
    }
    for each in commands:
        operations[each.name] = {
            **_operation("receive", "socket", [each.name], each.summary),
            "reply": {
                "channel": {"$ref": "#/channels/socket"},
                "messages": [{"$ref": f"#/channels/socket/messages/{_answer(each)}"}],
            },
        }
    return operations


def _operation(action: str, channel: str, names: Iterable[str], summary: str) -> Schema:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
        "security": [{"$ref": "#/components/securitySchemes/bearer"}],
    }


def _channel(address: str, server: str, names: Iterable[str], description: str) -> Schema:
    return {
        "address": address,
        "description": f"{description} Following needs the permission `{PERMISSION}`.",
        "servers": [{"$ref": f"#/servers/{server}"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _message(shape: type[msgspec.Struct], schema_of: Mapping[str, Schema]) -> Schema:
    return {
        "name": _name(shape),
        "summary": _text(shape),
        "payload": schema_of[str(shape)],
    }


def _event(name: str, event: type[msgspec.Struct], schema_of: Mapping[str, Schema]) -> Schema:
    """A change that tells of one type of event."""
    told = {
        "type": "object",
        "properties": {"type": {"const": name}, "data": schema_of[str(event)]},
    }
    return {
        "name": name,
        "summary": _text(event),
        "payload": {"allOf": [schema_of[str(ChangeShape)], told]},
    }


def _command(endpoint: Endpoint, schema_of: Mapping[str, Schema]) -> Schema:
    parameters = re.findall(r"{(\w+)}", endpoint.path)
    path = {
        "type": "object",
        "properties": {name: {"type": "string", "minLength": 1} for name in parameters},
        "required": parameters,
    }
    properties: Schema = {"name": {"const": endpoint.name}, "path": path}
    if endpoint.body is not None:
        properties["body"] = schema_of[str(endpoint.body)]
    asks = {"type": "object", "properties": properties, "required": ["name"]}
    asks["required"] = [name for name in ("name", "path") if name == "name" or parameters]
    if endpoint.body is not None and not endpoint.body_optional:
        asks["required"] = [*asks["required"], "body"]
    return {
        "name": endpoint.name,
        "summary": endpoint.summary,
        "description": f"{endpoint.method} {endpoint.path}, with `{endpoint.permission}`.",
        "payload": {"allOf": [schema_of[str(Command)], asks]},
    }


def _result(endpoint: Endpoint, schema_of: Mapping[str, Schema]) -> Schema:
    answers = [
        {
            "type": "object",
            "properties": {
                "status": {"const": status},
                "body": {"type": "null"} if body is None else schema_of[str(body)],
            },
        }
        for status, body in endpoint.answers.items()
    ]
    refused = {
        "type": "object",
        "properties": {
            "status": {"type": "integer", "minimum": 400},
            "body": {"type": "object", "required": ["type", "title", "status", "detail"]},
        },
    }
    return {
        "name": _answer(endpoint),
        "summary": f"What `{endpoint.name}` is answered, or the problem (RFC 9457).",
        "payload": {"allOf": [schema_of[str(Result)], {"anyOf": [*answers, refused]}]},
    }


def _servers(server: str) -> Schema:
    parts = urlsplit(server)
    is_encrypted = parts.scheme == "https"
    place = {"host": parts.netloc, **({"pathname": parts.path} if parts.path else {})}
    return {
        "http": {**place, "protocol": parts.scheme},
        "websocket": {**place, "protocol": "wss" if is_encrypted else "ws"},
    }


def _query() -> Schema:
    values = {"type": "string", "description": "Values, separated by commas."}
    properties: Schema = dict.fromkeys(FILTER_FIELDS, values)
    properties["cursor"] = {"type": "string", "description": "Where to go on."}
    properties["snapshot"] = {"type": "string", "enum": ["true", "false"]}
    return {"type": "object", "properties": properties}


def _bodies(commands: Iterable[Endpoint]) -> Iterator[Any]:
    for each in commands:
        yield from (body for body in (each.body, *each.answers.values()) if body is not None)


def _name(shape: type[msgspec.Struct]) -> str:
    return "change" if shape is ChangeShape else str(shape.__struct_config__.tag)


def _answer(endpoint: Endpoint) -> str:
    return f"{endpoint.name}.result"


def _text(described: type) -> str:
    return " ".join((inspect.getdoc(described) or "").split())


def _plain(schema: Any) -> Any:
    """A schema without OpenAPI's discriminators, which AsyncAPI writes otherwise, and which only
    repeat what constants say."""
    if isinstance(schema, dict):
        return {
            key: _plain(value)
            for key, value in schema.items()
            if key != "discriminator" or not isinstance(value, dict) or "mapping" not in value
        }
    return [_plain(each) for each in schema] if isinstance(schema, list) else schema


def _about() -> str:
    return (
        "A snapshot of stock, then every change after it, numbered, over Server-Sent Events or a "
        "WebSocket; and commands over the WebSocket. gRPC carries the same as "
        "`rackhouse.v1.Rackhouse/Sync`, which its reflection describes."
    )
