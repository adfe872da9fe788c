"""One field of a product, and how it is read from a row: fill in, clean, look up, convert."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from ..rules.problems import show
from .conversions import (
    Unfit,
    boolean_from,
    cased,
    date_from,
    integer_from,
    list_from,
    money_from,
    number_from,
)
from .templates import Template, plain_text

REMEMBERED_CELLS = 4_096

CONVERSIONS = ("text", "prose", "number", "integer", "money", "boolean", "date", "list")
ITEM_CONVERSIONS = tuple(kind for kind in CONVERSIONS if kind != "list")
UNLISTED = ("refuse", "keep", "blank")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a cell is read. What each setting means is told in ``examples/README.md``."""

    kind: str = "text"
    of: str = "text"
    blank: tuple[str, ...] = ()
    blank_matching: str | None = None
    lookup: Mapping[str, Any] | None = None
    lookup_name: str = ""
    unlisted: str = "refuse"
    case: str | None = None
    separator: str | None = None
    without: tuple[str, ...] = ()
    contains: str | None = None
    date_format: str = "%Y-%m-%d"
    decimal_mark: str = "."
    decimals: int = 2
    rounded: bool = False
    default: Any = None


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a product: where it goes, what it is made of, and which value is taken where
    several rows make one product. ``only_for`` is the one product type that has it, or None."""

    path: tuple[str, ...]
    key: str
    choose: str
    template: Template | None
    read: Callable[[Any], Any]
    only_for: str | None = None

    def of(self, values: Mapping[str, Any]) -> Any:
        """What the row says; None where it says nothing. Raises ``Unfit`` with the reason."""
        cell = None if self.template is None else self.template.fill(values)
        try:
            return self.read(cell)
        except Unfit as unfit:
            raise Unfit(f"{'.'.join(self.path)}: {unfit}") from None


def reader(reading: Reading) -> Callable[[Any], Any]:
    """The function that reads a cell in this way. It remembers what the last texts came to."""
    pattern = re.compile(reading.blank_matching) if reading.blank_matching else None

    def read(cell: Any) -> Any:
        text = plain_text(cell) if not isinstance(cell, (list, tuple)) else ""
        told = bool(text) or bool(cell) or cell == 0
        if told and text and (text in reading.blank or (pattern and pattern.search(text))):
            told = False
        value = _converted(cell, reading) if told else None
        return reading.default if value is None else value

    remembered = lru_cache(maxsize=REMEMBERED_CELLS)(read)
    return lambda cell: remembered(cell) if isinstance(cell, str) else read(cell)


def constant(value: Any) -> Callable[[Any], Any]:
    """A reader that says the same of every row."""
    return lambda cell: value


def _converted(cell: Any, reading: Reading) -> Any:
    if reading.kind != "list":
        return _single(cell, reading.kind, reading)
    items = list_from(cell, separator=reading.separator)
    if reading.contains is not None:
        return reading.contains in [plain_text(item) for item in items]
    kept = [item for item in items if plain_text(item) not in reading.without]
    read = tuple(_single(item, reading.of, reading) for item in kept)
    return tuple(item for item in read if item is not None) or None


def _single(cell: Any, kind: str, reading: Reading) -> Any:
    if reading.lookup is not None:
        listed = reading.lookup.get(plain_text(cell), _UNLISTED)
        if listed is not _UNLISTED:
            return listed
        if reading.unlisted == "blank":
            return None
        if reading.unlisted == "refuse":
            raise Unfit(f"{show(cell)} is not in [lookups.{reading.lookup_name}]")
    return _READERS[kind](cell, reading)


def _text(cell: Any, reading: Reading) -> str | None:
    text = plain_text(cell)
    return (cased(text, reading.case) if reading.case else text) or None


def _prose(cell: Any, reading: Reading) -> str | None:
    return str(cell).replace("\r\n", "\n").strip() or None


_UNLISTED = object()

_READERS: dict[str, Callable[[Any, Reading], Any]] = {
    "text": _text,
    "prose": _prose,
    "number": lambda cell, reading: number_from(cell, decimal_mark=reading.decimal_mark),
    "integer": lambda cell, reading: integer_from(cell, decimal_mark=reading.decimal_mark),
    "money": lambda cell, reading: money_from(
        cell, decimal_mark=reading.decimal_mark, decimals=reading.decimals, rounded=reading.rounded
    ),
    "boolean": lambda cell, reading: boolean_from(cell),
    "date": lambda cell, reading: date_from(cell, written=reading.date_format),
}
