"""The settings of one field in a mapping file: a template, a constant or a table of settings."""

import re
from collections.abc import Mapping
from typing import Any

from ..rules.problems import show, suggestion
from .choices import CHOICES
from .conversions import CASES, MONEY_DECIMALS_MAX
from .fields import CONVERSIONS, ITEM_CONVERSIONS, UNLISTED, Field, Reading, constant, reader
from .templates import BrokenTemplate, Template, read_template

_USUAL_KINDS = {
    "price_minor": "money",
    "release_date": "date",
    "quantity": "integer",
    "each": "list",
}
_SETTINGS = (
    "value", "as", "of", "blank", "blank_matching", "lookup", "unlisted", "case", "separator",
    "without", "contains", "format", "decimal_mark", "decimals", "rounded", "default", "choose",
)  # fmt: skip


class Mistake(Exception):
    """Something wrong in a mapping file. The loader adds the file's name."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(key, problem)
        self.key = key
        self.problem = problem


def field_from(
    written: Any,
    path: tuple[str, ...],
    key: str,
    lookups: Mapping[str, Any],
    *,
    only_for: str | None = None,
) -> Field:
    """The field that stands at ``key``: ``"{Column}"``, a constant, or a table of settings."""
    table = written if isinstance(written, dict) else {"value": written}
    check_keys(table, key, _SETTINGS)
    if "value" not in table and "default" not in table:
        raise Mistake(f"{key}.value", 'is missing; write it such as "{Column}"')
    value = table.get("value")
    template = _template_from(value, key)
    reading = _reading_from(table, path[-1] if path else "", key, lookups)
    constant_said = template is None or not template.columns
    if constant_said and isinstance(value, (int, float, bool, list)):
        read = constant(tuple(value) if isinstance(value, list) else value)
    else:
        read = reader(reading)
    choose = _one_of(table, "choose", key, tuple(CHOICES), "first")
    return Field(path=path, key=key, choose=choose, template=template, read=read, only_for=only_for)


def _template_from(value: Any, key: str) -> Template | None:
    if isinstance(value, str):
        try:
            return read_template(value)
        except BrokenTemplate as broken:
            raise Mistake(key, str(broken)) from None
    if value is None or isinstance(value, (int, float, bool)):
        return None
    if isinstance(value, list) and all(isinstance(item, (str, int, float, bool)) for item in value):
        return None
    raise Mistake(key, f'{show(value)} is no template; write text such as "{{Column}}"')


def _reading_from(
    table: Mapping[str, Any], name: str, key: str, lookups: Mapping[str, Any]
) -> Reading:
    lookup_name = str(text_in(table, "lookup", key, ""))
    if lookup_name and lookup_name not in lookups:
        fact = f"there is no [lookups.{lookup_name}]"
        raise Mistake(f"{key}.lookup", f"{fact}; {suggestion(lookup_name, lookups)}")
    decimals = table.get("decimals", 2)
    if isinstance(decimals, bool) or decimals not in range(MONEY_DECIMALS_MAX + 1):
        raise Mistake(
            f"{key}.decimals", f"{show(decimals)} is out of bounds; use 0 to {MONEY_DECIMALS_MAX}"
        )
    return Reading(
        kind=_one_of(table, "as", key, CONVERSIONS, _USUAL_KINDS.get(name, "text")),
        of=_one_of(table, "of", key, ITEM_CONVERSIONS, "text"),
        blank=_texts_in(table, "blank", key),
        blank_matching=pattern_in(table, "blank_matching", key),
        lookup=lookups[lookup_name] if lookup_name else None,
        lookup_name=lookup_name,
        unlisted=_one_of(table, "unlisted", key, UNLISTED, "refuse"),
        case=_one_of(table, "case", key, tuple(CASES), "") or None,
        separator=text_in(table, "separator", key, None) or None,
        without=_texts_in(table, "without", key),
        contains=text_in(table, "contains", key, None),
        date_format=str(text_in(table, "format", key, "%Y-%m-%d")),
        decimal_mark=_one_of(table, "decimal_mark", key, (".", ","), "."),
        decimals=decimals,
        rounded=_flag_in(table, "rounded", key),
        default=_default_in(table, key),
    )


def check_keys(table: Any, key: str, known: tuple[str, ...]) -> None:
    """Refuse anything but a table of ``known`` keys."""
    if not isinstance(table, dict):
        raise Mistake(key, f"{show(table)} is not a table; write it in braces")
    for name in table:
        if name not in known:
            place = f"{key}.{name}" if key else name
            raise Mistake(place, f"is not known; {suggestion(name, known)}")


def table_in(table: Mapping[str, Any], name: str, key: str) -> Mapping[str, Any]:
    """The table of this name; an empty one where it is missing."""
    found = table.get(name, {})
    place = f"{key}.{name}" if key else name
    if not isinstance(found, dict):
        raise Mistake(place, f"is not a table; write it as [{place}]")
    return found


def items_in(table: Mapping[str, Any], name: str, key: str) -> list[Any]:
    """The list of this name; an empty one where it is missing."""
    found = table.get(name, [])
    if not isinstance(found, list):
        raise Mistake(f"{key}.{name}" if key else name, "is not a list; write it in brackets")
    return found


def text_in(table: Mapping[str, Any], name: str, key: str, usual: str | None) -> str | None:
    """The text of this name, or what is usual."""
    found = table.get(name, usual)
    if found is not None and not isinstance(found, str):
        raise Mistake(f"{key}.{name}", f"{show(found)} is not text; put it in quotes")
    return found


def pattern_in(table: Mapping[str, Any], name: str, key: str) -> str:
    """The regular expression of this name; empty where it is missing."""
    written = str(text_in(table, name, key, ""))
    try:
        re.compile(written)
    except re.error as error:
        raise Mistake(f"{key}.{name}", f"is no regular expression ({error}); correct it") from None
    return written


def _one_of(
    table: Mapping[str, Any], name: str, key: str, known: tuple[str, ...], usual: str
) -> str:
    found = table.get(name, usual)
    if found != usual and found not in known:
        raise Mistake(f"{key}.{name}", f"{show(found)} is not known; {suggestion(found, known)}")
    return str(found)


def _texts_in(table: Mapping[str, Any], name: str, key: str) -> tuple[str, ...]:
    items = items_in(table, name, key)
    if not all(isinstance(item, str) for item in items):
        raise Mistake(f"{key}.{name}", "holds something that is not text; put each in quotes")
    return tuple(items)


def _flag_in(table: Mapping[str, Any], name: str, key: str) -> bool:
    found = table.get(name, False)
    if not isinstance(found, bool):
        raise Mistake(
            f"{key}.{name}", f"{show(found)} is neither true nor false; write one of the two"
        )
    return found


def _default_in(table: Mapping[str, Any], key: str) -> Any:
    found = table.get("default")
    if isinstance(found, list):
        return tuple(found)
    if found is not None and not isinstance(found, (str, int, float, bool)):
        raise Mistake(
            f"{key}.default", f"{show(found)} can not be a default; write text or a number"
        )
    return found
