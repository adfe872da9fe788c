"""Values of one attribute as values of another: from number to text, from grams to kilograms."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .attributes import NUMERIC_KINDS, Attribute

if TYPE_CHECKING:
    from .type_changes import Conversion

_NUMBER = re.compile(r"[+-]?\d{1,16}(\.\d{1,16})?")
_TRUTHS = {"true": True, "false": False}
_SAID_AS_TEXT = ("text", "enum", "date", "reference", "number", "integer", "boolean")
_TEXTS = ("text", "enum", "date", "reference")


class DoesNotFit(ValueError):
    """There is no way from the value to the attribute, for the reason that it was raised with."""


def converted(
    value: Any, source: Attribute, attribute: Attribute, conversion: "Conversion | None"
) -> Any:
    """A value of one attribute as another one says it. What has no other way is left as it is,
    for the attribute to judge. Raises `DoesNotFit`."""
    mapping: Mapping[str, Any] = {} if conversion is None else conversion.mapping
    factor = None if conversion is None else conversion.factor

    def single(item: Any) -> Any:
        return _single(item, source.item_kind, attribute, mapping, factor)

    if source.kind == "range":
        return _from_range(value, source, attribute, mapping, factor)
    if source.kind == "list":
        items = [single(item) for item in value]
        if attribute.kind == "list":
            return items
        if len(items) != 1:
            raise DoesNotFit(f"has {len(items)} values, and kind {attribute.kind!r} has one")
        return items[0]
    if source.kind == "localized" and attribute.item_kind != "localized":
        value = _of_one_language(value)
        return _around(_single(value, "text", attribute, mapping, factor), attribute)
    return _around(single(value), attribute)


def _around(value: Any, attribute: Attribute) -> Any:
    """A single value in the form that the attribute has."""
    if attribute.kind == "list":
        return [value]
    if attribute.kind == "range" and not isinstance(value, Mapping):
        return {"from": value, "to": value}
    return value


def _from_range(
    value: Mapping[str, Any],
    source: Attribute,
    attribute: Attribute,
    mapping: Mapping[str, Any],
    factor: float | None,
) -> Any:
    kind = source.bounded_kind
    ends = {end: _single(said, kind, attribute, mapping, factor) for end, said in value.items()}
    if attribute.kind == "range":
        return ends
    if ends["from"] != ends["to"]:
        raise DoesNotFit(f"is from {ends['from']} to {ends['to']}, and one value is wanted")
    return _around(ends["from"], attribute)


def _of_one_language(texts: Mapping[str, str]) -> str:
    if len(texts) != 1:
        told = ", ".join(sorted(texts))
        raise DoesNotFit(f"is said in {len(texts)} languages ({told}), and one text is wanted")
    return next(iter(texts.values()))


def _single(
    value: Any,
    kind: str,
    attribute: Attribute,
    mapping: Mapping[str, Any],
    factor: float | None,
) -> Any:
    said = _as_text(value) if kind in _SAID_AS_TEXT else None
    if said is not None and said in mapping:
        return mapping[said]
    if factor is not None and kind in NUMERIC_KINDS:
        value = _times(value, factor)
    wanted = attribute.bounded_kind
    if wanted == kind:
        return value
    if wanted in ("text", "enum", "localized") and kind in _SAID_AS_TEXT:
        return _as_text(value)
    if wanted in NUMERIC_KINDS and kind in _TEXTS:
        value = _number_in(value)
    if wanted == "boolean" and kind in _TEXTS:
        return _TRUTHS.get(value.lower(), value)
    if wanted == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)).normalize(), "f")
    return str(value)


def _number_in(text: str) -> Any:
    """The number that a text is, or else the text."""
    if _NUMBER.fullmatch(text.strip()) is None:
        return text
    return _plain(Decimal(text.strip()))


def _times(value: float, factor: float) -> float:
    """Decimal, so that 0.7 l are 700 ml to the letter."""
    return _plain(Decimal(repr(value)) * Decimal(repr(factor)))


def _plain(number: Decimal) -> float:
    return int(number) if number == number.to_integral_value() else float(number)
