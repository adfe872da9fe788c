"""What else may be said of a lot: typed attributes, and how it tastes."""

import datetime
import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

from rackhouse.platform.errors import FieldProblem

__all__ = [
    "ATTRIBUTES_LIMIT",
    "ATTRIBUTES_SCHEMA",
    "FLAVORS_LIMIT",
    "FLAVOR_SCHEMA",
    "BooleanAttribute",
    "DateAttribute",
    "FlavorProfile",
    "ListAttribute",
    "LotAttribute",
    "NumberAttribute",
    "TextAttribute",
    "attributes_of",
    "flavor_profile_of",
]

ATTRIBUTES_LIMIT = 50
FLAVORS_LIMIT = 50
SCORE_MAX = 100
TEXT_LENGTH_MAX = 1000
FLAVOR_LENGTH_MAX = 40
UNIT_LENGTH_MAX = 20
LIST_ITEMS_MAX = 100
NUMBER_MAX = 2**53 - 1  # the largest whole number that every JSON reader keeps exact

_NAME = "^[a-z][a-z0-9_]{0,62}$"
_LINE = "^[^\\x00-\\x1f\\x7f-\\x9f]+$"
_BOUNDS = Meta(ge=-NUMBER_MAX, le=NUMBER_MAX)
_Text = Annotated[str, Meta(min_length=1, max_length=TEXT_LENGTH_MAX, pattern=_LINE)]


class _Attribute(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    """A typed value."""


class TextAttribute(_Attribute, frozen=True, tag="text"):
    """A line of text."""

    value: _Text


class NumberAttribute(_Attribute, frozen=True, tag="number", omit_defaults=True):
    """A number, perhaps of a ``unit`` such as `% vol`."""

    value: Annotated[int, _BOUNDS] | Annotated[float, _BOUNDS]
    unit: Annotated[str, Meta(min_length=1, max_length=UNIT_LENGTH_MAX, pattern=_LINE)] | None = (
        None
    )


class BooleanAttribute(_Attribute, frozen=True, tag="boolean"):
    """Yes or no."""

    value: bool


class DateAttribute(_Attribute, frozen=True, tag="date"):
    """A day."""

    value: datetime.date


class ListAttribute(_Attribute, frozen=True, tag="list"):
    """Several lines of text."""

    value: Annotated[list[_Text], Meta(max_length=LIST_ITEMS_MAX)]


LotAttribute: TypeAlias = (
    TextAttribute | NumberAttribute | BooleanAttribute | DateAttribute | ListAttribute
)
FlavorProfile: TypeAlias = dict[str, int] | list[str]
"""How a lot tastes: flavors with scores from 0 to 100, or words."""

_KINDS = {"text", "number", "boolean", "date", "list"}
_FLAVOR = {
    "type": "string",
    "minLength": 1,
    "maxLength": FLAVOR_LENGTH_MAX,
    "pattern": _LINE,
}
FLAVOR_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {
            "type": "object",
            "maxProperties": FLAVORS_LIMIT,
            "propertyNames": _FLAVOR,
            "additionalProperties": {"type": "integer", "minimum": 0, "maximum": SCORE_MAX},
        },
        {"type": "array", "maxItems": FLAVORS_LIMIT, "items": _FLAVOR},
        {"type": "null"},
    ]
}
ATTRIBUTES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "maxProperties": ATTRIBUTES_LIMIT,
    "propertyNames": {"pattern": _NAME},
    "additionalProperties": {
        "anyOf": [
            {"$ref": f"#/components/schemas/{kind.capitalize()}Attribute"}
            for kind in sorted(_KINDS)
        ]
    },
}
"""What the OpenAPI document says of them; ``attributes_of`` names each problem better."""


def attributes_of(said: object, problems: list[FieldProblem]) -> dict[str, LotAttribute]:
    """The attributes that were said, each an object with its ``kind`` and ``value``; notes every
    problem with its remedy."""
    if not isinstance(said, Mapping):
        problems.append(FieldProblem("attributes", "is not an object; write it as {...}"))
        return {}
    if len(said) > ATTRIBUTES_LIMIT:
        problem = f"has {len(said)} attributes; keep at most {ATTRIBUTES_LIMIT}"
        problems.append(FieldProblem("attributes", problem))
        return {}
    found = {}
    for name, value in said.items():
        path = f"attributes.{str(name)[:80]}"
        if not isinstance(name, str) or not re.fullmatch(_NAME, name):
            remedy = "use small letters, digits and '_', a letter first"
            problems.append(FieldProblem(path, f"is not a name; {remedy}"))
            continue
        attribute = _attribute_of(value, path, problems)
        if attribute is not None:
            found[name] = attribute
    return found


def flavor_profile_of(said: object, problems: list[FieldProblem]) -> FlavorProfile | None:
    """The flavors that were said, as scores or as words; notes every problem with its remedy."""
    if said is None:
        return None
    if not isinstance(said, Mapping | list | tuple):
        remedy = 'write scores, {"smoke": 80}, or words, ["smoke"]'
        problem = f"is neither an object nor a list; {remedy}"
        problems.append(FieldProblem("flavor_profile", problem))
        return None
    if len(said) > FLAVORS_LIMIT:
        problem = f"has {len(said)} flavors; keep at most {FLAVORS_LIMIT}"
        problems.append(FieldProblem("flavor_profile", problem))
        return None
    for flavor in said:
        _check_flavor(flavor, problems)
    if not isinstance(said, Mapping):
        return list(said)
    for flavor, score in said.items():
        _check_score(flavor, score, problems)
    return dict(said)


def _check_flavor(flavor: object, problems: list[FieldProblem]) -> None:
    is_short = isinstance(flavor, str) and 0 < len(flavor) <= FLAVOR_LENGTH_MAX
    if is_short and re.fullmatch(_LINE, str(flavor)):
        return
    problem = f"{_shown(flavor)} is not a flavor; use up to {FLAVOR_LENGTH_MAX} characters"
    problems.append(FieldProblem("flavor_profile", problem))


def _check_score(flavor: object, score: object, problems: list[FieldProblem]) -> None:
    if isinstance(score, bool) or not isinstance(score, int) or not 0 <= score <= SCORE_MAX:
        problem = f"{_shown(score)} is not a score; use 0 to {SCORE_MAX}"
        problems.append(FieldProblem(f"flavor_profile.{str(flavor)[:80]}", problem))


def _attribute_of(value: object, path: str, problems: list[FieldProblem]) -> LotAttribute | None:
    if isinstance(value, LotAttribute):
        value = msgspec.to_builtins(value)
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        what = "has no kind" if kind is None else f"{_shown(kind)} is not a kind"
        remedy = f"write a kind and a value; the kinds are {', '.join(sorted(_KINDS))}"
        problems.append(FieldProblem(f"{path}.kind", f"{what}; {remedy}"))
        return None
    try:
        found: LotAttribute = msgspec.convert(value, LotAttribute)
    except msgspec.ValidationError as error:
        problem, _, within = str(error).partition(" - at `")
        field = within.rpartition("$")[2].strip("`")
        problems.append(FieldProblem(path + field, problem[:1].lower() + problem[1:]))
        return None
    return found


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."
