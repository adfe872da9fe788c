"""From what a cell says to what a product says: numbers, money, dates, lists, choices.

Each conversion takes what it has understood so far and raises ``Unfit`` with the reason where a
value can not be read. None means that nothing is said.
"""

import ast
import math
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from ..rules.problems import show
from .templates import plain_text

LITERAL_LENGTH_MAX = 20_000
MONEY_DECIMALS_MAX = 4
NUMBER_LENGTH_MAX = 40

_CURRENCY_SIGN = re.compile(r"^[€$£¥]\s*|\s*[€$£¥]$")
_WHOLE = re.compile(r"[+-]?\d+(?:\.0+)?")
_BOOLEANS = {"true": True, "yes": True, "y": True, "1": True}
_BOOLEANS |= {"false": False, "no": False, "n": False, "0": False}
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d"})


class Unfit(Exception):
    """A cell that can not be read as what the mapping says it is."""


def number_from(value: Any, *, decimal_mark: str) -> float:
    """A finite number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
    else:
        number = float(_decimal_from(value, decimal_mark))
    if not math.isfinite(number):
        raise Unfit(f"{show(value)} is not a number")
    return number


def integer_from(value: Any, *, decimal_mark: str) -> int:
    """A whole number; ``2012.0`` is one too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = plain_text(value)
    if not text.isascii() or len(text) > NUMBER_LENGTH_MAX or not _WHOLE.fullmatch(text):
        raise Unfit(f"{show(value)} is not a whole number")
    return int(text.partition(".")[0])


def money_from(value: Any, *, decimal_mark: str, decimals: int, rounded: bool) -> int:
    """An amount in minor units, for a currency of ``decimals`` decimal places."""
    amount = _decimal_from(value, decimal_mark).scaleb(decimals)
    if amount != amount.to_integral_value() and not rounded:
        raise Unfit(f"{show(value)} has more than {decimals} decimal places")
    return int(amount.to_integral_value())


def boolean_from(value: Any) -> bool:
    """Yes or no, as people and programs write it."""
    found = _BOOLEANS.get(plain_text(value).lower())
    if found is None:
        raise Unfit(f"{show(value)} is neither yes nor no")
    return found


def date_from(value: Any, *, written: str) -> str:
    """A day as ``YYYY-MM-DD``, from text in the form ``written`` (as in ``strptime``)."""
    try:
        return datetime.strptime(plain_text(value), written).date().isoformat()
    except ValueError:
        raise Unfit(f"{show(value)} is not a date written as {written}") from None


def list_from(value: Any, *, separator: str | None) -> list[Any]:
    """The items of a list: split at ``separator``, or read as a JSON or Python list."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if separator is not None:
        return [item.strip() for item in str(value).split(separator) if item.strip()]
    text = str(value).strip()
    if len(text) > LITERAL_LENGTH_MAX:
        raise Unfit(f"has {len(text)} characters; a list has at most {LITERAL_LENGTH_MAX}")
    found = _literal(text)
    if not isinstance(found, (list, tuple)):
        raise Unfit(f"{show(text)} is not a list")
    return list(found)


def cased(text: str, case: str) -> str:
    """The text in another case: lower, upper, slug, handle or path."""
    return CASES[case](text)


def slug_of(text: str) -> str:
    """Small letters, digits and dashes: ``Rosé d'Anjou`` is ``rose-d-anjou``."""
    return re.sub(r"[^a-z0-9]+", "-", _plain_letters(text)).strip("-")


def _handle_of(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", _plain_letters(text)).strip("-._")


def _path_of(text: str) -> str:
    return "/".join(filter(None, (slug_of(step) for step in text.split("/"))))


CASES: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "slug": slug_of,
    "handle": _handle_of,
    "path": _path_of,
}


def _plain_letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _decimal_from(value: Any, decimal_mark: str) -> Decimal:
    text = plain_text(value)
    if isinstance(value, str):
        text = _without_thousands(_CURRENCY_SIGN.sub("", text), decimal_mark)
    try:
        found = Decimal(text) if len(text) <= NUMBER_LENGTH_MAX else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found.adjusted()) > NUMBER_LENGTH_MAX:
        raise Unfit(f"{show(value)} is not a number")
    return found


def _without_thousands(text: str, decimal_mark: str) -> str:
    """The number with a point for its decimals. A mark of thousands must part groups of three:
    ``1,234.5`` is a number, ``12,5`` is not one unless the comma is the decimal mark."""
    thousands = "," if decimal_mark == "." else "."
    grouped = rf"[+-]?\d{{1,3}}(?:[{thousands} ']\d{{3}})+(?:[{decimal_mark}]\d+)?"
    if re.fullmatch(grouped, text):
        text = re.sub(rf"[{thousands} ']", "", text)
    if thousands in text:
        return ""
    return text.replace(decimal_mark, ".")


def _literal(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
