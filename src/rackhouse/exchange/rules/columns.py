"""Columns of CSV: a row for each variant. The first row of a product says what is said of the
product; the others have its id and what is said of their variants."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.catalog import Component, Product, ProductType, Variant

from .cells import (
    guarded,
    read_attribute,
    read_components,
    read_json,
    read_list,
    read_mapping,
    read_whole,
    unguarded,
    write_attribute,
    write_components,
    write_json,
    write_list,
    write_mapping,
)
from .fields import clearable_fields, plain_fields
from .records import Broken, Found, Unfit

__all__ = ["ATTRIBUTE", "VARIANT", "Columns", "draft_of", "header_problem", "rows_of"]

ATTRIBUTE = "attributes."
VARIANT = "variant."

Write = Callable[[Any], str]
Read = Callable[[str], Any]


class Codec(msgspec.Struct, frozen=True):
    """How the values of a field are written to a cell, and read from one that is not empty."""

    write: Write
    read: Read


class Columns(msgspec.Struct, frozen=True):
    """The columns of a file, in their order: which attributes there are depends on the types."""

    attributes: tuple[str, ...]

    @staticmethod
    def of(product_types: Iterable[ProductType]) -> "Columns":
        """The columns for products of some types."""
        names = (attribute.name for each in product_types for attribute in each.attributes)
        return Columns(tuple(dict.fromkeys(names)))

    @property
    def header(self) -> list[str]:
        """The names of all columns."""
        attributes = (f"{ATTRIBUTE}{name}" for name in self.attributes)
        return [*PRODUCT, *(f"{VARIANT}{name}" for name in VARIANTS), *attributes]


def rows_of(product: Product, product_type: ProductType, columns: Columns) -> Iterator[list[str]]:
    """The rows of a product: one for each variant, or one where it has none."""
    said = [_written(codec, getattr(product, name)) for name, codec in PRODUCT.items()]
    attributes = {each.name: each for each in product_type.attributes}
    more = [
        guarded(write_attribute(attributes[name], product.attributes[name]))
        if name in product.attributes and name in attributes
        else ""
        for name in columns.attributes
    ]
    if not product.variants:
        yield [*said, *("" for _ in VARIANTS), *more]
        return
    only_id = [each if name == "id" else "" for name, each in zip(PRODUCT, said, strict=True)]
    none = [""] * len(more)
    for number, variant in enumerate(product.variants):
        cells = [_written(codec, getattr(variant, name)) for name, codec in VARIANTS.items()]
        yield [*(only_id if number else said), *cells, *(none if number else more)]


def header_problem(header: Sequence[str]) -> str | None:
    """What is wrong with the names of the columns, or None."""
    if "id" not in header or "type" not in header:
        return "its first line must name the columns, at least id and type"
    if len(set(header)) < len(header):
        twice = next(each for each in header if header.count(each) > 1)
        return f"two columns are called {twice[:60]!r}; keep one of them"
    for name in header:
        known = name in PRODUCT or name.startswith(ATTRIBUTE)
        if not known and name.removeprefix(VARIANT) not in VARIANTS:
            return f"no column is called {name[:60]!r}; see an export for those there are"
    return None


def draft_of(
    rows: Sequence[tuple[int, Mapping[str, str]]], product_types: Mapping[str, ProductType]
) -> Found | tuple[Broken, ...]:
    """The draft that the rows of one product make, each with its line, or what is wrong."""
    line, first = rows[0]
    broken: list[Broken] = []
    draft = _read_cells(line, first, PRODUCT, "", broken)
    attributes = _read_attributes(line, first, product_types.get(first["type"]), broken)
    if attributes:
        draft["attributes"] = attributes
    for other, cells in rows[1:]:
        broken += _said_again(other, cells, first)
    variants, lines = [], []
    for number, cells in rows:
        variant = _read_cells(number, cells, VARIANTS, VARIANT, broken)
        if variant:
            variants.append(variant)
            lines.append(number)
        elif len(rows) > 1:
            broken.append(Broken(number, f"{VARIANT}sku", "is empty; fill it in"))
    if variants:
        draft["variants"] = variants
    if broken:
        known = draft.get("id")
        return tuple(msgspec.structs.replace(each, product_id=known) for each in broken)
    return Found(line, draft, tuple(lines))


def _read_cells(
    line: int,
    cells: Mapping[str, str],
    codecs: Mapping[str, Codec],
    prefix: str,
    broken: list[Broken],
) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, codec in codecs.items():
        cell = cells.get(f"{prefix}{name}")
        if cell == "" and name in CLEARABLE:
            said[name] = None
        elif cell:
            try:
                said[name] = codec.read(unguarded(cell))
            except Unfit as unfit:
                broken.append(Broken(line, f"{prefix}{name}", str(unfit)))
    return said


def _read_attributes(
    line: int, cells: Mapping[str, str], product_type: ProductType | None, broken: list[Broken]
) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for column, cell in cells.items():
        if not cell or not column.startswith(ATTRIBUTE):
            continue
        name = column.removeprefix(ATTRIBUTE)
        attribute = product_type.attribute(name) if product_type is not None else None
        if attribute is None:
            said[name] = unguarded(cell)  # which the rules of the catalog refuse, with a remedy
            continue
        try:
            said[name] = read_attribute(attribute, unguarded(cell))
        except Unfit as unfit:
            broken.append(Broken(line, column, str(unfit)))
    return said


def _said_again(line: int, cells: Mapping[str, str], first: Mapping[str, str]) -> Iterator[Broken]:
    for name, cell in cells.items():
        if cell and not name.startswith(VARIANT) and cell != first[name]:
            remedy = "leave it empty, or say the same"
            yield Broken(line, name, f"is not what the first row of this product says; {remedy}")


def _written(codec: Codec, value: Any) -> str:
    return "" if value in (None, msgspec.UNSET) else guarded(codec.write(value))


def _codecs_of(struct: type[msgspec.Struct]) -> dict[str, Codec]:
    """The codec of each field by its type; what is of many parts is JSON."""
    many_parts = Codec(write_json, read_json)
    return {name: _CODECS.get(hint, many_parts) for name, hint in plain_fields(struct).items()}


def _text(value: str) -> str:
    return value


def _isoformat(value: datetime.date) -> str:
    return value.isoformat()


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _read_flag(cell: str) -> Any:
    return {"true": True, "false": False}.get(cell.lower(), cell)


_CODECS: Mapping[Any, Codec] = {
    str: Codec(_text, _text),
    int: Codec(str, read_whole),
    bool: Codec(_flag, _read_flag),
    datetime.date: Codec(_isoformat, _text),
    datetime.datetime: Codec(_isoformat, _text),
    tuple[str, ...]: Codec(write_list, read_list),
    dict[str, str]: Codec(write_mapping, read_mapping),
    tuple[Component, ...]: Codec(write_components, read_components),
}

PRODUCT: Mapping[str, Codec] = _codecs_of(Product)
VARIANTS: Mapping[str, Codec] = _codecs_of(Variant)
CLEARABLE = clearable_fields(Product)
