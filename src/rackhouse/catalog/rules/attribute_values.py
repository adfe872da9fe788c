"""Whether what is said of a product fits the attributes of its type."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from .attributes import TEXT_LENGTH_USUAL, Attribute
from .languages import language_tag_of
from .plain_values import INTEGER_MAX, date_of, id_of, items_of, table_of, text_of
from .problems import Problems, at, show, suggestion
from .product_types import ProductType

LIST_ITEMS_MAX = 500
LANGUAGES_MAX = 50
RANGE_ENDS = ("from", "to")


def attributes_of(
    draft: Mapping[str, Any], product_type: ProductType, problems: Problems
) -> dict[str, Any]:
    """The attributes of ``draft`` that are said (null and empty count as not said), in the order
    of the type. Notes what is unknown, missing, of another kind or out of bounds."""
    known = {attribute.name for attribute in product_type.attributes}
    for name in draft:
        if name not in known:
            _note_unknown(name, known, product_type, problems)
    values = {}
    for attribute in product_type.attributes:
        value = draft.get(attribute.name)
        path = f"attributes.{attribute.name}"
        if says_nothing(value):
            if attribute.required:
                problems.note(path, f"every {product_type.name} needs it; fill it in")
            continue
        values[attribute.name] = value_of(value, attribute, path, problems)
    return values


def _note_unknown(
    name: Any, known: set[str], product_type: ProductType, problems: Problems
) -> None:
    fact = f"a {product_type.name} has no such attribute"
    problems.note(at("attributes", name), f"{fact}; {suggestion(name, known)}")


def says_nothing(value: Any) -> bool:
    """Whether a value counts as not said."""
    return value is None or (isinstance(value, (str, list, tuple, dict)) and len(value) == 0)


def alike(one: Any, other: Any) -> bool:
    """Whether two values are written alike: a number and the same whole number are not."""
    return bool(one == other) and _written(one) == _written(other)


def _written(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def value_of(value: Any, attribute: Attribute, path: str, problems: Problems) -> Any:
    """What is said of an attribute, as it is kept; notes where it does not fit."""
    read = _READERS[attribute.item_kind]
    if attribute.kind != "list":
        return read(value, attribute, path, problems)
    items = items_of(value, path, problems, most=LIST_ITEMS_MAX)
    return [read(item, attribute, f"{path}[{index}]", problems) for index, item in enumerate(items)]


def _text(value: Any, attribute: Attribute, path: str, problems: Problems) -> str:
    return text_of(value, path, problems, max_length=attribute.max_length or TEXT_LENGTH_USUAL)


def _number(value: Any, attribute: Attribute, path: str, problems: Problems) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        problems.note(path, f"{show(value)} is not a number; write one such as 43.5")
        return 0
    return _within(value, attribute, path, problems)


def _integer(value: Any, attribute: Attribute, path: str, problems: Problems) -> float:
    if isinstance(value, bool) or not isinstance(value, int):
        problems.note(path, f"{show(value)} is not a whole number; write one such as 12")
        return 0
    return _within(value, attribute, path, problems)


def _within(value: float, attribute: Attribute, path: str, problems: Problems) -> float:
    minimum = -INTEGER_MAX if attribute.minimum is None else attribute.minimum
    maximum = INTEGER_MAX if attribute.maximum is None else attribute.maximum
    if not minimum <= value <= maximum:
        unit = f" {attribute.unit}" if attribute.unit else ""
        problems.note(path, f"{show(value)} is out of bounds; use {minimum} to {maximum}{unit}")
    return value


def _boolean(value: Any, attribute: Attribute, path: str, problems: Problems) -> bool:
    if not isinstance(value, bool):
        problems.note(path, f"{show(value)} is neither true nor false; write one of the two")
    return bool(value)


def _date(value: Any, attribute: Attribute, path: str, problems: Problems) -> str:
    day = date_of(value, path, problems)
    return day.isoformat() if day else ""


def _enum(value: Any, attribute: Attribute, path: str, problems: Problems) -> str:
    if isinstance(value, str) and value in attribute.values:
        return value
    problems.note(path, f"{show(value)} can not be chosen; {suggestion(value, attribute.values)}")
    return ""


def _range(value: Any, attribute: Attribute, path: str, problems: Problems) -> dict[str, Any]:
    """Both ends, the lower one in front. ISO dates sort as their days do."""
    draft = table_of(value, path, problems)
    problems.note_unknown(path, draft, RANGE_ENDS)
    read = _READERS[attribute.of or "number"]
    ends = {}
    for end in RANGE_ENDS:
        if draft.get(end) is None:
            problems.note(at(path, end), "is missing; a range has both ends")
        else:
            ends[end] = read(draft[end], attribute, at(path, end), problems)
    if len(ends) == len(RANGE_ENDS) and ends["from"] > ends["to"]:
        problems.note(path, f"{show(dict(ends))} ends before it begins; swap the ends")
    return ends


def _reference(value: Any, _: Attribute, path: str, problems: Problems) -> str:
    return id_of(value, path, problems)


def _localized(value: Any, attribute: Attribute, path: str, problems: Problems) -> dict[str, str]:
    """A text for each language, the default one in front. A text alone is in the default one."""
    default = attribute.default_language or ""
    draft = {default: value} if isinstance(value, str) else table_of(value, path, problems)
    if len(draft) > LANGUAGES_MAX:
        problems.note(path, f"has {len(draft)} languages; keep at most {LANGUAGES_MAX}")
        return {}
    texts: dict[str, str] = {}
    for tag, said in draft.items():
        language = language_tag_of(tag, at(path, tag), problems)
        if language in texts:
            problems.note(at(path, tag), f"says {language} twice; keep one of them")
        texts[language] = _text(said, attribute, at(path, language), problems)
    if default not in texts:
        problems.note(path, f"says nothing in {default}, the default language; add that")
    return dict(sorted(texts.items(), key=lambda said: (said[0] != default, said[0])))


_READERS: dict[str, Callable[[Any, Attribute, str, Problems], Any]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "enum": _enum,
    "range": _range,
    "reference": _reference,
    "localized": _localized,
}
