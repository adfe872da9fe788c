"""JSON Schema for people: fields with their types and limits, and an example of a body."""

from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["Shape", "ShapeField", "example_of", "fields_of", "shape_name"]

EXAMPLE_DEPTH_LIMIT = 4
LIMITS = {
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "pattern": "matches {}",
    "format": "{}",
}
RANGES = (
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
    ("minimum", "maximum", ""),
)
WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}
EXAMPLES = {
    "sku": "LAGAVULIN-16-700",
    "channel": "pos-3",
    "location": "shop-berlin",
    "currency": "EUR",
    "reason": "counted",
    "name": "Lagavulin 16",
    "id": "lagavulin-16",
    "grant_type": "client_credentials",
    "scope": "inventory:read holds:write",
}

Schema = Mapping[str, Any]


class ShapeField(msgspec.Struct, frozen=True):
    """One field: its type in words, and the name of the shape that it has, if any."""

    name: str
    type: str
    shape: str
    required: bool
    limits: list[str]
    description: str

    @staticmethod
    def of(name: str, schema: Schema, *, required: bool) -> "ShapeField":
        """The field that a schema describes."""
        return ShapeField(
            name=name,
            type=_type_of(schema),
            shape=shape_name(_inner(schema)),
            required=required,
            limits=_limits(schema),
            description=schema.get("description", ""),
        )


class Shape(msgspec.Struct, frozen=True):
    """A named schema."""

    name: str
    description: str
    fields: list[ShapeField]

    @staticmethod
    def of(name: str, schema: Schema) -> "Shape":
        """The shape that a schema describes."""
        return Shape(name, schema.get("description", ""), fields_of(schema))


def fields_of(schema: Schema) -> list[ShapeField]:
    """The fields of an object."""
    required = schema.get("required", ())
    return [
        ShapeField.of(name, field, required=name in required)
        for name, field in schema.get("properties", {}).items()
    ]


def shape_name(schema: Schema) -> str:
    """The name of the shape that a schema refers to; empty where it names none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def example_of(
    schema: Schema, shapes: Mapping[str, Schema], *, depth: int = 0, name: str = ""
) -> Any:
    """A value that could be sent: every required field, or two fields where none is required."""
    schema = shapes.get(shape_name(schema), schema)
    if "anyOf" in schema:
        return example_of(_inner(schema), shapes, depth=depth, name=name)
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("required") or list(schema.get("properties", {}))[:2]
        fields = wanted if depth < EXAMPLE_DEPTH_LIMIT else ()
        return {
            each: example_of(schema["properties"][each], shapes, depth=depth + 1, name=each)
            for each in fields
        }
    if kind == "array":
        items = schema.get("items")
        if depth >= EXAMPLE_DEPTH_LIMIT or not isinstance(items, Mapping):
            return []
        return [example_of(items, shapes, depth=depth + 1, name=name)]
    return _plain_example(schema, name)


def _plain_example(schema: Schema, name: str) -> Any:
    told = [schema[each] for each in ("const", "default") if schema.get(each) is not None]
    told += schema.get("enum", [])[:1]
    plain = {"integer": max(1, schema.get("minimum", 1)), "number": 600, "boolean": True}
    formats = {"date-time": "2027-01-31T12:00:00Z", "date": "2027-01-31"}
    if told:
        return told[0]
    if schema.get("type") in plain:
        return plain[schema["type"]]
    words = EXAMPLES.get(name, name.replace("_", "-") or "text")
    return formats.get(schema.get("format", ""), words)


def _inner(schema: Schema) -> Schema:
    """What a schema is about, without null and without the list around it."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if choices:
        return _inner(choices[0]) if len(choices) == 1 else choices[0]
    if schema.get("type") == "array" and isinstance(schema.get("items"), Mapping):
        return _inner(schema["items"])
    return schema


def _type_of(schema: Schema) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type_of(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"“{value}”" for value in schema["enum"])
    if "const" in schema:
        return f"“{schema['const']}”"
    if "$ref" in schema:
        return shape_name(schema)
    kind = schema.get("type", "any value")
    if kind == "array":
        items = schema.get("items")
        return f"list of {_type_of(items)}" if isinstance(items, Mapping) else "list"
    return WORDS.get(kind, str(kind))


def _limits(schema: Schema) -> list[str]:
    inner = _inner(schema)
    told = {**inner, **schema}
    limits = [
        _range(told.get(least), told.get(most)) + unit
        for least, most, unit in RANGES
        if least in told or most in told
    ]
    limits += [words.format(told[name]) for name, words in LIMITS.items() if name in told]
    if schema.get("default") is not None:
        limits.append(f"{schema['default']!r} unless you say otherwise")
    return limits


def _range(least: int | None, most: int | None) -> str:
    if least is None:
        return f"at most {most:,}"
    return f"at least {least:,}" if most is None else f"{least:,} to {most:,}"
