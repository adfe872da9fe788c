"""Rows of a form: those that say nothing are left out, others are added and moved. Pure.

The fields of a row are called after it: ``variants[2].sku``. Rows are numbered without gaps.
"""

import re
from collections.abc import Mapping

from rackhouse.console.products.texts import Form

__all__ = ["moved_up", "row_count", "without_blank_rows"]

_IN_ROW = re.compile(r"(?P<rows>.+?)\[(?P<index>\d{1,5})\]\.(?P<part>[a-z_]+)")
KEPT_BY_THEMSELVES = frozenset(
    ("kind", "kept", "of", "was", "required", "searchable", "filterable", "facet", "sortable")
)
"""Choices that always say something: a row with nothing else says nothing."""


def without_blank_rows(form: Form) -> dict[str, list[str]]:
    """A form without the rows that say nothing, and without those that are to be taken out."""
    rows: dict[tuple[str, int], dict[str, list[str]]] = {}
    left: dict[str, list[str]] = {}
    for name, values in form.items():
        found = _IN_ROW.fullmatch(name)
        if found is None:
            left[name] = list(values)
        else:
            row = rows.setdefault((found["rows"], int(found["index"])), {})
            row[found["part"]] = list(values)
    kept: dict[str, int] = {}
    for (name, _), row in sorted(rows.items(), key=lambda each: each[0]):
        if _says_something(row):
            place = kept.setdefault(name, 0)
            kept[name] += 1
            left |= {f"{name}[{place}].{part}": values for part, values in row.items()}
    return left


def row_count(form: Form, rows: str) -> int:
    """How many rows of a name a form has."""
    places = (_IN_ROW.fullmatch(name) for name in form)
    return max(
        (int(each["index"]) + 1 for each in places if each and each["rows"] == rows), default=0
    )


def moved_up(form: Form, rows: str, index: int) -> dict[str, list[str]]:
    """A form in which a row has changed places with the one before it."""
    if index < 1:
        return {name: list(values) for name, values in form.items()}
    swapped = {
        f"{rows}[{index}]": f"{rows}[{index - 1}]",
        f"{rows}[{index - 1}]": f"{rows}[{index}]",
    }
    return {_renamed(name, swapped): list(values) for name, values in form.items()}


def _says_something(row: Mapping[str, list[str]]) -> bool:
    if row.get("remove"):
        return False
    parts = (values for part, values in row.items() if part not in KEPT_BY_THEMSELVES)
    return any(value.strip() for values in parts for value in values)


def _renamed(name: str, swapped: Mapping[str, str]) -> str:
    found = _IN_ROW.fullmatch(name)
    row = f"{found['rows']}[{found['index']}]" if found else ""
    return swapped[row] + name[len(row) :] if found and row in swapped else name
