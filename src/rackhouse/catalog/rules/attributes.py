"""The attributes of product types: which kinds there are, and what a definition must be."""

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from .languages import language_tag_of
from .plain_values import INTEGER_MAX, integer_of, items_of, text_of
from .problems import Problems, at, show, suggestion

ENUM_VALUES_MAX = 500
ENUM_VALUE_LENGTH_MAX = 100
TITLE_LENGTH_MAX = 100
UNIT_LENGTH_MAX = 20
TEXT_LENGTH_MAX = 5_000
TEXT_LENGTH_USUAL = 1_000

ATTRIBUTE_KINDS = (
    "text",
    "number",
    "integer",
    "boolean",
    "date",
    "enum",
    "list",
    "range",
    "reference",
    "localized",
)
LIST_ITEM_KINDS = ("text", "number", "integer", "boolean", "date", "enum", "reference")
RANGE_KINDS = ("number", "integer", "date")
NUMERIC_KINDS = ("number", "integer")
TEXT_KINDS = ("text", "localized")
UNSORTABLE_KINDS = ("list", "localized")

ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

_FLAGS = ("required", "searchable", "filterable", "facet", "sortable")


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is said of each product of a type: the age of a spirit, the fit of a coat.

    ``of`` is the kind of a list's items, or of both ends of a range; ``minimum``, ``maximum``,
    ``values`` and ``max_length`` (characters of a text) bound the value, each item of a list, or
    both ends of a range. A ``reference`` is the id of another product; a ``localized`` text is
    said once for each language, at least in the ``default_language`` (a tag of BCP 47).

    The flags say what the attribute is for: ``searchable`` is found by words, ``filterable``
    narrows a list, a ``facet`` is also counted beside it (and so is filterable), and ``sortable``
    orders it; an enum's values sort in the order in which the type lists them, a range by its
    beginning.
    """

    name: str
    title: str
    kind: str
    of: str | None = None
    unit: str | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    max_length: int | None = None
    values: tuple[str, ...] = ()
    default_language: str | None = None
    required: bool = False
    searchable: bool = False
    filterable: bool = False
    facet: bool = False
    sortable: bool = False

    @property
    def item_kind(self) -> str:
        """The kind of one single value: of a list's items, or of the attribute itself."""
        return self.of if self.kind == "list" and self.of is not None else self.kind

    @property
    def bounded_kind(self) -> str:
        """The kind of what the bounds bound: of one single value, or of the ends of a range."""
        return self.of if self.kind == "range" and self.of is not None else self.item_kind


def attribute_of(draft: Mapping[str, Any], path: str, problems: Problems) -> Attribute:
    """The attribute that ``draft`` defines; notes what is wrong with it."""
    problems.note_unknown(path, draft, Attribute.__struct_fields__)
    kind = _kind_of(draft.get("kind"), at(path, "kind"), ATTRIBUTE_KINDS, problems)
    attribute = Attribute(
        name=name_of(draft.get("name"), at(path, "name"), ATTRIBUTE_NAME, problems),
        title=text_of(draft.get("title"), at(path, "title"), problems, max_length=TITLE_LENGTH_MAX),
        kind=kind,
        of=_of(draft.get("of"), kind, at(path, "of"), problems),
        unit=_unit_of(draft.get("unit"), at(path, "unit"), problems),
        minimum=_bound_of(draft.get("minimum"), at(path, "minimum"), problems),
        maximum=_bound_of(draft.get("maximum"), at(path, "maximum"), problems),
        max_length=_max_length_of(draft.get("max_length"), at(path, "max_length"), problems),
        values=_values_of(draft.get("values"), at(path, "values"), problems),
        default_language=_language_of(draft.get("default_language"), kind, path, problems),
        **_flags_of(draft, path, problems),
    )
    _check_bounds_fit(attribute, path, problems)
    return attribute


def name_of(value: Any, path: str, pattern: re.Pattern[str], problems: Problems) -> str:
    """A name of a type, a collection or an attribute."""
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    joiner = "_" if pattern is ATTRIBUTE_NAME else "-"
    remedy = f"use small letters, digits and '{joiner}', beginning with a letter"
    problems.note(path, f"{show(value)} is not a name; {remedy}")
    return ""


def _of(value: Any, kind: str, path: str, problems: Problems) -> str | None:
    kinds = {"list": LIST_ITEM_KINDS, "range": RANGE_KINDS}.get(kind)
    if kinds is not None:
        return _kind_of(value, path, kinds, problems)
    if value is not None:
        problems.note(path, "only a list or a range is made of something; leave it out")
    return None


def _language_of(value: Any, kind: str, path: str, problems: Problems) -> str | None:
    path = at(path, "default_language")
    if kind == "localized":
        return language_tag_of(value, path, problems)
    if value is not None:
        problems.note(path, f"does not fit kind {kind!r}; leave it out")
    return None


def _flags_of(draft: Mapping[str, Any], path: str, problems: Problems) -> dict[str, bool]:
    flags = {flag: _flag_of(draft.get(flag), at(path, flag), problems) for flag in _FLAGS}
    flags["filterable"] = flags["filterable"] or flags["facet"]
    return flags


def _check_bounds_fit(attribute: Attribute, path: str, problems: Problems) -> None:
    kind = attribute.bounded_kind
    if kind not in NUMERIC_KINDS:
        for bound in ("minimum", "maximum", "unit"):
            if getattr(attribute, bound) is not None:
                problems.note(at(path, bound), f"does not fit kind {kind!r}; leave it out")
    if (
        attribute.minimum is not None
        and attribute.maximum is not None
        and attribute.minimum > attribute.maximum
    ):
        problems.note(at(path, "minimum"), "is above the maximum; swap them")
    if kind not in TEXT_KINDS and attribute.max_length is not None:
        problems.note(at(path, "max_length"), f"does not fit kind {kind!r}; leave it out")
    if attribute.sortable and attribute.kind in UNSORTABLE_KINDS:
        remedy = "which has no one place in an order; leave it out"
        problems.note(at(path, "sortable"), f"does not fit kind {attribute.kind!r}, {remedy}")
    if kind == "enum" and not attribute.values:
        problems.note(at(path, "values"), "is empty; list what may be chosen")
    if kind != "enum" and attribute.values:
        problems.note(
            at(path, "values"), f"does not fit kind {kind!r}; use kind 'enum' or leave it out"
        )


def _kind_of(value: Any, path: str, kinds: tuple[str, ...], problems: Problems) -> str:
    if isinstance(value, str) and value in kinds:
        return value
    problems.note(path, f"{show(value)} is not a kind; {suggestion(value, kinds)}")
    return "text"


def _unit_of(value: Any, path: str, problems: Problems) -> str | None:
    return None if value is None else text_of(value, path, problems, max_length=UNIT_LENGTH_MAX)


def _max_length_of(value: Any, path: str, problems: Problems) -> int | None:
    return (
        None if value is None else integer_of(value, path, problems, least=1, most=TEXT_LENGTH_MAX)
    )


def _bound_of(value: Any, path: str, problems: Problems) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        problems.note(path, f"{show(value)} is not a number; write one such as 0")
        return None
    if abs(value) > INTEGER_MAX:
        problems.note(path, f"{show(value)} is out of bounds; stay within {INTEGER_MAX}")
    return value


def _flag_of(value: Any, path: str, problems: Problems) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    problems.note(path, f"{show(value)} is neither true nor false; write one of the two")
    return False


def _values_of(value: Any, path: str, problems: Problems) -> tuple[str, ...]:
    items = items_of(value, path, problems, most=ENUM_VALUES_MAX)
    values = tuple(
        text_of(item, f"{path}[{index}]", problems, max_length=ENUM_VALUE_LENGTH_MAX)
        for index, item in enumerate(items)
    )
    for index, item in enumerate(values):
        if item in values[:index]:
            problems.note(f"{path}[{index}]", f"{item!r} is listed twice; keep one")
    return values
