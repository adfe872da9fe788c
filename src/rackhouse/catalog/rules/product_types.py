"""What kinds of product there are, which attributes each has, and what a definition must be."""

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ..errors import InvalidProductType
from .plain_values import INTEGER_MAX, integer_of, items_of, table_of, text_of
from .problems import Problems, at, show, suggestion

ATTRIBUTES_MAX = 100
ENUM_VALUES_MAX = 500
ENUM_VALUE_LENGTH_MAX = 100
TITLE_LENGTH_MAX = 100
UNIT_LENGTH_MAX = 20
TEXT_LENGTH_MAX = 5_000
TEXT_LENGTH_USUAL = 1_000

ATTRIBUTE_KINDS = ("text", "number", "integer", "boolean", "date", "enum", "list")
LIST_ITEM_KINDS = ("text", "number", "integer", "boolean", "date", "enum")
NUMERIC_KINDS = ("number", "integer")

_TYPE_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is said of each product of a type: the age of a spirit, the fit of a coat.

    ``of`` is the kind of a list's items; ``minimum``, ``maximum``, ``values`` and ``max_length``
    (characters of a text) bound the value, or each item of a list.

    The flags say what the attribute is for: ``searchable`` is found by words, ``filterable``
    narrows a list, a ``facet`` is also counted beside it (and so is filterable), and ``sortable``
    orders it; an enum's values sort in the order in which the type lists them.
    """

    name: str
    title: str
    kind: str
    of: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    values: tuple[str, ...] = ()
    required: bool = False
    searchable: bool = False
    filterable: bool = False
    facet: bool = False
    sortable: bool = False

    @property
    def item_kind(self) -> str:
        """The kind of one single value: of a list's items, or of the attribute itself."""
        return self.of if self.kind == "list" and self.of is not None else self.kind


class ProductType(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of product: its name, the collection it is shown in, and its attributes."""

    name: str
    title: str
    collection: str
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of this name, or None."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


def validate_product_type(draft: Mapping[str, Any]) -> ProductType:
    """The product type that ``draft`` (as read from JSON) describes.

    Refuses with ``InvalidProductType``, which names every problem at once.
    """
    problems = Problems()
    draft = table_of(draft, "", problems)
    problems.note_unknown("", draft, ProductType.__struct_fields__)
    product_type = ProductType(
        name=_name_of(draft.get("name"), "name", _TYPE_NAME, problems),
        title=text_of(draft.get("title"), "title", problems, max_length=TITLE_LENGTH_MAX),
        collection=_name_of(draft.get("collection"), "collection", _TYPE_NAME, problems),
        attributes=_attributes_of(draft.get("attributes"), problems),
    )
    if told := problems.told():
        raise InvalidProductType(told)
    return product_type


def _attributes_of(value: Any, problems: Problems) -> tuple[Attribute, ...]:
    attributes: list[Attribute] = []
    for index, item in enumerate(items_of(value, "attributes", problems, most=ATTRIBUTES_MAX)):
        path = f"attributes[{index}]"
        attribute = _attribute_of(table_of(item, path, problems), path, problems)
        if any(earlier.name == attribute.name for earlier in attributes):
            problems.note(at(path, "name"), f"{attribute.name!r} is used twice; rename one of them")
        attributes.append(attribute)
    return tuple(attributes)


def _attribute_of(draft: Mapping[str, Any], path: str, problems: Problems) -> Attribute:
    problems.note_unknown(path, draft, Attribute.__struct_fields__)
    kind = _kind_of(draft.get("kind"), at(path, "kind"), ATTRIBUTE_KINDS, problems)
    of = draft.get("of")
    if kind == "list":
        of = _kind_of(of, at(path, "of"), LIST_ITEM_KINDS, problems)
    elif of is not None:
        problems.note(at(path, "of"), "only a list is made of something; leave it out")
    attribute = Attribute(
        name=_name_of(draft.get("name"), at(path, "name"), _ATTRIBUTE_NAME, problems),
        title=text_of(draft.get("title"), at(path, "title"), problems, max_length=TITLE_LENGTH_MAX),
        kind=kind,
        of=of if kind == "list" else None,
        unit=_unit_of(draft.get("unit"), at(path, "unit"), problems),
        minimum=_bound_of(draft.get("minimum"), at(path, "minimum"), problems),
        maximum=_bound_of(draft.get("maximum"), at(path, "maximum"), problems),
        max_length=_max_length_of(draft.get("max_length"), at(path, "max_length"), problems),
        values=_values_of(draft.get("values"), at(path, "values"), problems),
        **_flags_of(draft, path, problems),
    )
    _check_bounds_fit(attribute, path, problems)
    return attribute


_FLAGS = ("required", "searchable", "filterable", "facet", "sortable")


def _flags_of(draft: Mapping[str, Any], path: str, problems: Problems) -> dict[str, bool]:
    flags = {flag: _flag_of(draft.get(flag), at(path, flag), problems) for flag in _FLAGS}
    flags["filterable"] = flags["filterable"] or flags["facet"]
    return flags


def _check_bounds_fit(attribute: Attribute, path: str, problems: Problems) -> None:
    kind = attribute.item_kind
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
    if kind != "text" and attribute.max_length is not None:
        problems.note(at(path, "max_length"), f"does not fit kind {kind!r}; leave it out")
    if attribute.kind == "list" and attribute.sortable:
        problems.note(
            at(path, "sortable"), "does not fit a list, which has no one place; leave it out"
        )
    if kind == "enum" and not attribute.values:
        problems.note(at(path, "values"), "is empty; list what may be chosen")
    if kind != "enum" and attribute.values:
        problems.note(
            at(path, "values"), f"does not fit kind {kind!r}; use kind 'enum' or leave it out"
        )


def _name_of(value: Any, path: str, pattern: re.Pattern[str], problems: Problems) -> str:
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    joiner = "-" if pattern is _TYPE_NAME else "_"
    remedy = f"use small letters, digits and '{joiner}', beginning with a letter"
    problems.note(path, f"{show(value)} is not a name; {remedy}")
    return ""


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
