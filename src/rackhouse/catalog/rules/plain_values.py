"""Texts, whole numbers, dates and lists: each function returns the value, or notes a problem.

What a function returns after it noted a problem is never used: a draft with problems is refused.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from .problems import Problems, show

INTEGER_MAX = 2**53 - 1  # the largest whole number that every JSON reader keeps exact

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def text_of(value: Any, path: str, problems: Problems, *, max_length: int) -> str:
    """One line of text, without spaces around it, of at most ``max_length`` characters."""
    return _text(value, path, problems, max_length, _CONTROL)


def prose_of(value: Any, path: str, problems: Problems, *, max_length: int) -> str:
    """Text that may have several lines, and may be empty."""
    if value is None or value == "":
        return ""
    return _text(value, path, problems, max_length, _CONTROL_BUT_LINES)


def optional_text(value: Any, path: str, problems: Problems, *, max_length: int) -> str | None:
    """One line of text, or null."""
    if value is None:
        return None
    return text_of(value, path, problems, max_length=max_length)


def integer_of(value: Any, path: str, problems: Problems, *, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``."""
    if isinstance(value, bool) or not isinstance(value, int):
        problems.note(
            path, f"{show(value)} is not a whole number; write one such as {max(least, 1)}"
        )
    elif not least <= value <= most:
        problems.note(path, f"{show(value)} is out of bounds; use {least} to {most}")
    else:
        return value
    return least


def date_of(value: Any, path: str, problems: Problems) -> date | None:
    """A day, given as ``YYYY-MM-DD`` or as a date."""
    if type(value) is date:
        return value
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            problems.note(path, f"{value!r} is no day of the calendar; correct it")
            return None
    problems.note(path, f"{show(value)} is not a date; write it as 2024-05-01")
    return None


def id_of(value: Any, path: str, problems: Problems) -> str:
    """The id of a product: a handle or a UUID, which is written in small letters."""
    if isinstance(value, str):
        if _HANDLE.fullmatch(value):
            return value
        if _UUID.fullmatch(value):
            return value.lower()
    remedy = "use a UUID, or 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a-z or 0-9"
    problems.note(path, f"{show(value)} is not a handle; {remedy}")
    return ""


def items_of(value: Any, path: str, problems: Problems, *, most: int) -> Sequence[Any]:
    """The items of a list of at most ``most``; null is an empty list."""
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        problems.note(path, f"{show(value)} is not a list; write it in brackets")
        return ()
    if len(value) > most:
        problems.note(path, f"has {len(value)} items; keep at most {most}")
        return ()
    return value


def table_of(value: Any, path: str, problems: Problems) -> Mapping[Any, Any]:
    """The keys and values of an object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        problems.note(path, f"{show(value)} is not an object; write it as {{...}}")
        return {}
    return value


def _text(
    value: Any, path: str, problems: Problems, max_length: int, control: re.Pattern[str]
) -> str:
    if not isinstance(value, str):
        problems.note(path, f"{show(value)} is not text; put it in quotes")
        return ""
    trimmed = value.strip()
    if not trimmed:
        problems.note(path, "is empty; fill it in")
    elif len(trimmed) > max_length:
        problems.note(path, f"has {len(trimmed)} characters; shorten it to {max_length}")
    elif control.search(trimmed):
        problems.note(path, "holds control characters; take them out")
    return trimmed
