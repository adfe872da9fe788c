"""What a draft of a product type looks like, as JSON Schema: for the API's description of itself.

It says what the rules check, from the same limits; the rules decide.
"""

from typing import Any

from rackhouse.catalog.rules import attributes
from rackhouse.catalog.rules.languages import TAG_LENGTH_MAX
from rackhouse.catalog.rules.plain_values import INTEGER_MAX
from rackhouse.catalog.rules.product_types import ATTRIBUTES_MAX

__all__ = ["KEPT_TYPE_FIELDS", "type_schema"]

KEPT_TYPE_FIELDS = ("version", "built_in", "created_at", "updated_at")
"""What the catalog itself keeps of a type; a draft may bring it along, as it was read."""

Schema = dict[str, Any]


def type_schema(*, named: bool) -> Schema:
    """The schema of a draft of a type; one that is not ``named`` may leave its name out."""
    return {
        "type": "object",
        "required": ["name", "title", "collection"] if named else ["title", "collection"],
        "additionalProperties": False,
        "properties": {
            "name": _name("^[a-z][a-z0-9-]{0,62}$", "Such as tea."),
            "title": _text(attributes.TITLE_LENGTH_MAX),
            "collection": _name(
                "^[a-z][a-z0-9-]{0,62}$", "Its products are served under /api/v1/ and this."
            ),
            "attributes": {"type": "array", "items": _ATTRIBUTE, "maxItems": ATTRIBUTES_MAX},
            **{name: {"readOnly": True, "description": "Ignored."} for name in KEPT_TYPE_FIELDS},
        },
    }


def _name(pattern: str, description: str) -> Schema:
    return {"type": "string", "pattern": pattern, "description": description}


def _text(max_length: int) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": max_length, "pattern": "\\S"}


def _flag(description: str) -> Schema:
    return {"type": "boolean", "default": False, "description": description}


_BOUND = {"type": ["number", "null"], "minimum": -INTEGER_MAX, "maximum": INTEGER_MAX}
_ATTRIBUTE: Schema = {
    "type": "object",
    "required": ["name", "title", "kind"],
    "additionalProperties": False,
    "properties": {
        "name": _name("^[a-z][a-z0-9_]{0,62}$", "Such as steeping_minutes."),
        "title": _text(attributes.TITLE_LENGTH_MAX),
        "kind": {"enum": list(attributes.ATTRIBUTE_KINDS)},
        "of": {
            "enum": [*attributes.LIST_ITEM_KINDS, None],
            "description": "Of a list: the kind of its items. Of a range: that of its ends.",
        },
        "unit": {"anyOf": [_text(attributes.UNIT_LENGTH_MAX), {"type": "null"}]},
        "minimum": _BOUND,
        "maximum": _BOUND,
        "max_length": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": attributes.TEXT_LENGTH_MAX,
            "description": "Most characters of a text.",
        },
        "values": {
            "type": "array",
            "items": _text(attributes.ENUM_VALUE_LENGTH_MAX),
            "maxItems": attributes.ENUM_VALUES_MAX,
            "description": "Of an enum: what may be chosen.",
        },
        "default_language": {
            "type": ["string", "null"],
            "maxLength": TAG_LENGTH_MAX,
            "description": "Of a localized text: the language that is always there (BCP 47).",
        },
        "required": _flag("Every product says it."),
        "searchable": _flag("It is found by words."),
        "filterable": _flag("It narrows a list."),
        "facet": _flag("It is counted beside a list, and filterable."),
        "sortable": _flag("It orders a list."),
    },
}
