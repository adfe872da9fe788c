"""What is said of a product, as the texts of a form: there, and back to the same. Pure.

A form is its fields by name, each with the values that stand in it, in their order. The value of an
attribute stands under ``attributes.`` and its name; that of a range under ``.from`` and ``.to`` of
it; that of a localized text in rows, ``[0].language`` and ``[0].text``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.catalog import Attribute
from rackhouse.platform.errors import FieldProblem

__all__ = [
    "LOCAL_MOMENT",
    "Form",
    "lines_in",
    "lines_text",
    "moment_in",
    "moment_text",
    "one",
    "text_of",
    "texts_of",
    "value_in",
]

Form = Mapping[str, Sequence[str]]

TRUTHS = {"true": True, "false": False}
RANGE_ENDS = ("from", "to")

LOCAL_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?)?")
"""A moment as the field of a browser for it holds it: without a zone, which here is UTC."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?")
_WHOLE = re.compile(r"[+-]?\d{1,20}")
_NUMBER = re.compile(r"[+-]?(\d{1,300}\.?\d{0,300}|\.\d{1,300})([eE][+-]?\d{1,3})?")


def texts_of(attribute: Attribute, value: Any, name: str) -> dict[str, list[str]]:
    """The value of an attribute as fields of a form."""
    if value is None:
        return {}
    if attribute.kind == "list" and attribute.item_kind == "enum":
        return {name: [text_of(item) for item in value]}
    if attribute.kind == "list":
        return {name: [lines_text(value)]}
    if attribute.kind == "range":
        return {f"{name}.{end}": [text_of(value[end])] for end in RANGE_ENDS if end in value}
    if attribute.kind == "localized":
        texts = {"": value} if isinstance(value, str) else value
        return {
            f"{name}[{index}].{part}": [said]
            for index, row in enumerate(texts.items())
            for part, said in zip(("language", "text"), row, strict=True)
        }
    return {name: [text_of(value)]}


def value_in(form: Form, attribute: Attribute, name: str, problems: list[FieldProblem]) -> Any:
    """What the fields of an attribute say, None for nothing. What can not be read as its kind is
    left as it was written, for the catalog to refuse; what a draft can not hold is a problem."""
    kind = attribute.item_kind
    if attribute.kind == "list":
        texts = form.get(name, ()) if kind == "enum" else lines_in(one(form, name))
        return [_single(text, kind) for text in texts if text.strip()] or None
    if attribute.kind == "range":
        ends = {end: one(form, f"{name}.{end}").strip() for end in RANGE_ENDS}
        said = {end: _single(text, attribute.bounded_kind) for end, text in ends.items() if text}
        return said or None
    if attribute.kind == "localized":
        return _localized(form, name, problems)
    text = one(form, name)
    folded = " ".join(text.replace("\r\n", "\n").split("\n")).strip()
    return _single(folded, kind) if folded else None


def text_of(value: Any) -> str:
    """A single value as it is written."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return msgspec.json.encode(value).decode()


def lines_text(values: Sequence[Any]) -> str:
    """Values, one on each line."""
    return "\n".join(text_of(each) for each in values)


def lines_in(text: str) -> list[str]:
    """The lines of a text that say something."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line.strip() for line in lines if line.strip()]


def moment_text(moment: str | None) -> str:
    """A moment in UTC, as JSON writes it, as it stands in a form: without its zone."""
    return (moment or "").removesuffix("Z")


def moment_in(text: str) -> str | None:
    """The moment that a field says, in UTC where it names no zone; what is none is left as it is,
    for the catalog to refuse."""
    text = text.strip()
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text or None
    return f"{text}Z" if found[1] else f"{text}:00Z"


def one(form: Form, name: str) -> str:
    """What stands in a field; nothing where it is not there."""
    values = form.get(name, ())
    return values[0] if values else ""


def _single(text: str, kind: str) -> Any:
    text = text.strip()
    if kind == "boolean":
        return TRUTHS.get(text.lower(), text)
    if kind in ("integer", "number") and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "number" and _NUMBER.fullmatch(text):
        return float(text)
    return text


def _localized(form: Form, name: str, problems: list[FieldProblem]) -> dict[str, str] | None:
    texts: dict[str, str] = {}
    index = 0
    while f"{name}[{index}].text" in form or f"{name}[{index}].language" in form:
        row = f"{name}[{index}]"
        language = one(form, f"{row}.language").strip()
        text = " ".join(lines_in(one(form, f"{row}.text")))
        if text and not language:
            problems.append(FieldProblem(f"{row}.language", "is empty; write its tag, such as de"))
        elif text and language in texts:
            told = f"says {language} twice; keep one of them"
            problems.append(FieldProblem(f"{row}.language", told))
        elif text:
            texts[language] = text
        index += 1
    return texts or None
