"""Cells of CSV: how each kind of value is written as text, and read again as exactly that.

- A list is its items with ``|`` between them; in an item ``\\`` and ``|`` have a ``\\`` in front.
- A mapping is a list of ``key=value``; a range is ``from..to``; components are ``2*SKU``.
- Numbers are as in JSON, so that 43 and 43.0 stay what they are; dates are ISO dates.
- A text that a spreadsheet would take for a formula gets ``'`` in front, and so does one that
  begins with ``'``: of each cell that begins with ``'``, one is taken off again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.catalog import Attribute

from .records import Unfit

__all__ = [
    "guarded",
    "read_attribute",
    "read_components",
    "read_json",
    "read_list",
    "read_mapping",
    "read_whole",
    "unguarded",
    "write_attribute",
    "write_components",
    "write_json",
    "write_list",
    "write_mapping",
]

# What spreadsheets begin a formula with, in both widths, and what they skip in front of one.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n'")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,399})(\.\d{1,400})?([eE][+-]?\d{1,4})?")
_WHOLE = re.compile(r"-?\d{1,19}")
_ITEM = re.compile(r"((?:[^|\\]|\\.)*)(\||\Z)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMPONENT = re.compile(r"(\d{1,9})\*(.+)", re.DOTALL)


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def unguarded(cell: str) -> str:
    """The cell that was guarded."""
    return cell[1:] if cell.startswith("'") else cell


def write_list(items: Sequence[str]) -> str:
    """Texts, none of which is empty, as one cell."""
    return "|".join(each.replace("\\", "\\\\").replace("|", "\\|") for each in items)


def read_list(cell: str) -> list[str]:
    """The texts of a cell."""
    items: list[str] = []
    place = 0
    while cell:
        found = _ITEM.match(cell, place)
        if found is None:
            raise Unfit("ends with a lone backslash; write it twice")
        items.append(_ESCAPED.sub(r"\1", found[1]))
        place = found.end()
        if not found[2]:
            break
    return items


def write_mapping(mapping: Mapping[str, str]) -> str:
    """Texts by key, no key of which has a ``=``, as one cell."""
    return write_list([f"{key}={value}" for key, value in mapping.items()])


def read_mapping(cell: str) -> dict[str, str]:
    """The texts by key of a cell."""
    mapping: dict[str, str] = {}
    for item in read_list(cell):
        key, equals, value = item.partition("=")
        if not equals:
            raise Unfit(f"{item[:60]!r} has no key; write it as size=M|color=red")
        if key in mapping:
            raise Unfit(f"says {key[:60]!r} twice; keep one of them")
        mapping[key] = value
    return mapping


def write_components(components: Sequence[Any]) -> str:
    """What a bundle is made of, as one cell."""
    return write_list([f"{each.quantity}*{each.sku}" for each in components])


def read_components(cell: str) -> list[dict[str, Any]]:
    """What a bundle is made of, as a draft says it."""
    found = [(item, _COMPONENT.fullmatch(item)) for item in read_list(cell)]
    for item, component in found:
        if component is None:
            raise Unfit(f"{item[:60]!r} is no component; write it as 2*SKU-1|1*SKU-2")
    return [{"sku": each[2], "quantity": int(each[1])} for _, each in found if each is not None]


def write_json(value: Any) -> str:
    """A value of many parts as one cell, empty for an empty one."""
    return msgspec.json.encode(value).decode() if value else ""


def read_json(cell: str) -> Any:
    """The value of many parts of a cell."""
    try:
        return msgspec.json.decode(cell)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unfit(f"is not JSON ({error}); write it as the API does") from None


def read_whole(cell: str) -> int | str:
    """A whole number; what is none stays the text that it is, and is refused as such."""
    return int(cell) if _WHOLE.fullmatch(cell) else cell


def write_attribute(attribute: Attribute, value: Any) -> str:
    """What is said of an attribute, as one cell."""
    if attribute.kind == "list":
        write, _ = _SINGLE[attribute.item_kind]
        return write_list([write(each) for each in value])
    if attribute.kind == "range":
        write, _ = _SINGLE[attribute.of or "number"]
        return f"{write(value['from'])}..{write(value['to'])}"
    if attribute.kind == "localized":
        return write_mapping(value)
    write, _ = _SINGLE[attribute.kind]
    return write(value)


def read_attribute(attribute: Attribute, cell: str) -> Any:
    """What a cell says of an attribute, as a draft says it."""
    if attribute.kind == "list":
        _, read = _SINGLE[attribute.item_kind]
        return [read(each) for each in read_list(cell)]
    if attribute.kind == "range":
        _, read = _SINGLE[attribute.of or "number"]
        low, dots, high = cell.partition("..")
        if not dots:
            raise Unfit(f"{cell[:60]!r} is not a range; write it as 2..3")
        return {"from": read(low), "to": read(high)}
    if attribute.kind == "localized":
        return read_mapping(cell)
    _, read = _SINGLE[attribute.kind]
    return read(cell)


def _written_number(value: float) -> str:
    return msgspec.json.encode(value).decode()


def _read_number(cell: str) -> Any:
    if not _NUMBER.fullmatch(cell):
        return cell
    try:
        return msgspec.json.decode(cell)
    except msgspec.DecodeError:  # larger than any number is
        return cell


def _written_boolean(value: bool) -> str:
    return "true" if value else "false"


def _read_boolean(cell: str) -> Any:
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _as_it_is(cell: str) -> str:
    return cell


_SINGLE: Mapping[str, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    "text": (_as_it_is, _as_it_is),
    "enum": (_as_it_is, _as_it_is),
    "reference": (_as_it_is, _as_it_is),
    "date": (_as_it_is, _as_it_is),
    "number": (_written_number, _read_number),
    "integer": (_written_number, _read_number),
    "boolean": (_written_boolean, _read_boolean),
}
