"""Filters as they are written: ``type:spirit;abv:40..46;brand:"Ardbeg",Lagavulin``. Pure."""

import datetime
import difflib
import math
import re
from collections.abc import Iterable, Mapping

import msgspec

from ..errors import FilterUnknown, FilterUnreadable
from .fields import DAY, FLAG, NUMBER, TEXT, Field

CONDITIONS_MAX = 20
VALUES_MAX = 100

NAMES_TOLD = 12

Value = str | float | bool

_VALUE = re.compile(r'"((?:[^"\\]|\\.)*)"|([^",;]+)')
_FLAGS = {"true": True, "false": False}


class Range(msgspec.Struct, frozen=True):
    """Numbers or days from ``least`` to ``most``, which belongs to it unless ``below``; None is no
    bound. Days are counted as Python's ordinals."""

    least: float | None
    most: float | None
    below: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value lies in it."""
        if self.least is not None and value < self.least:
            return False
        return self.most is None or value < self.most or (value == self.most and not self.below)


class Wanted(msgspec.Struct, frozen=True):
    """What a field has to be: one of these values, or in one of these ranges."""

    field: str
    values: tuple[Value, ...] = ()
    ranges: tuple[Range, ...] = ()


def wanted_in(text: str, fields: Mapping[str, Field]) -> tuple[Wanted, ...]:
    """Read filters: conditions with semicolons between them, each of which has to hold; a
    condition's values have commas between them, one of which has to be said of the product.

    Refuses with `FilterUnknown` and `FilterUnreadable`.
    """
    wanted: dict[str, Wanted] = {}
    for condition in _conditions(text):
        name, colon, values = condition.partition(":")
        name = name.strip()
        if not colon:
            raise _unreadable(f"{condition.strip()!r} names no value; write it as brand:Ardbeg")
        field = fields.get(name)
        if field is None:
            raise FilterUnknown(name=name, remedy=nearest_name(name, fields))
        if name in wanted:
            raise _unreadable(f"{name} is there twice; put its values behind one another: a,b")
        wanted[name] = _wanted(field, values)
    if len(wanted) > CONDITIONS_MAX:
        raise _unreadable(f"has {len(wanted)} conditions; leave at most {CONDITIONS_MAX}")
    return tuple(wanted.values())


def nearest_name(name: str, known: Iterable[str]) -> str:
    """What was probably meant, or else what there is."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    told = ", ".join(known[:NAMES_TOLD])
    return f"choose from {told}{', …' if len(known) > NAMES_TOLD else ''}"


def _conditions(text: str) -> list[str]:
    """The parts between the semicolons that stand outside of quotes."""
    parts, quoted, escaped = [""], False, False
    for character in text:
        if character == ";" and not quoted:
            parts.append("")
            continue
        if character == '"' and not escaped:
            quoted = not quoted
        escaped = quoted and character == "\\" and not escaped
        parts[-1] += character
    return [part for part in parts if part.strip()]


def _wanted(field: Field, text: str) -> Wanted:
    values: list[Value] = []
    ranges: list[Range] = []
    for raw, quoted in _values(field.name, text):
        if field.has_ranges and not quoted and ".." in raw:
            ranges.append(_range(field, raw))
        else:
            values += _read(field, raw)
    if len(values) + len(ranges) > VALUES_MAX:
        raise _unreadable(f"{field.name} has more than {VALUES_MAX} values; leave some out")
    return Wanted(field.name, tuple(dict.fromkeys(values)), tuple(dict.fromkeys(ranges)))


def _values(name: str, text: str) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    at = 0
    text = text.strip()
    while at < len(text) or not found:
        match = _VALUE.match(text, at)
        if match is None or not match[0].strip():
            problem = f"{name} has no value where {text[at:][:20]!r} begins"
            raise _unreadable(f'{problem}; write values as a,b or "a, b"')
        quoted = match[1] is not None
        raw = re.sub(r"\\(.)", r"\1", match[1]) if quoted else match[2].strip()
        found.append((raw, quoted))
        at = match.end()
        if at < len(text):
            if text[at] != ",":
                raise _unreadable(f"{name} goes on after a quoted value; put a comma between them")
            at += 1
            if at == len(text):
                raise _unreadable(f"{name} ends with a comma; take it out")
    return found


def _read(field: Field, raw: str) -> list[Value]:
    read: list[Value] = []
    if TEXT in field.kinds:
        read.append(raw)
    if FLAG in field.kinds and raw in _FLAGS:
        read.append(_FLAGS[raw])
    if field.has_ranges:
        number = figure_in(field, raw)
        if number is not None:
            read.append(number)
    if not read:
        raise _unreadable(f"{field.name}: {raw!r} is not {_meant(field)}")
    return read


def _range(field: Field, raw: str) -> Range:
    least, _, most = raw.partition("..")
    below = most.startswith("<")
    ends = [figure_in(field, end) for end in (least, most.removeprefix("<")) if end]
    if not ends or None in ends:
        raise _unreadable(f"{field.name}: {raw!r} is no range; write it as {range_example(field)}")
    low = ends[0] if least else None
    high = ends[-1] if most.removeprefix("<") else None
    if below and high is None:
        raise _unreadable(f"{field.name}: {raw!r} has no upper bound; write one after <")
    if low is not None and high is not None and low > high:
        raise _unreadable(f"{field.name}: {raw!r} ends before it begins; swap its ends")
    return Range(low, high, below)


def figure_in(field: Field, raw: str) -> float | None:
    """The number that some text says of a field, a day as its ordinal; None where it says none."""
    if DAY in field.kinds:
        try:
            return float(datetime.date.fromisoformat(raw.strip()).toordinal())
        except ValueError:
            if NUMBER not in field.kinds:
                return None
    try:
        number = float(raw)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _meant(field: Field) -> str:
    if FLAG in field.kinds:
        return "true or false; write one of the two"
    if DAY in field.kinds:
        return f"a date; write it as 2024-05-01, or a range as {range_example(field)}"
    return f"a number; write it as 12, or a range as {range_example(field)}"


def range_example(field: Field) -> str:
    """How a range of a field may be written."""
    return "2024-01-01..2024-12-31" if field.in_days else "12..18"


def _unreadable(problem: str) -> FilterUnreadable:
    return FilterUnreadable(field="filter", problem=problem)
