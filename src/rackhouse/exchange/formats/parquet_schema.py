"""The columns of Parquet files, and rows of them.

An attribute has the column ``attributes.<name>``; where types have one of the same name that is
of another kind, ``attributes.<type>.<name>``. A column of numbers holds doubles: which of them are
whole is in ``whole_numbers``, so that 43 and 43.0 stay what they are.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

import msgspec

from rackhouse.catalog import Attribute, Product, ProductType, Variant
from rackhouse.exchange.rules.fields import clearable_fields, plain_fields

__all__ = ["attribute_columns", "draft_of_row", "row_of_product", "schema_of"]

ATTRIBUTES = "attributes."
WHOLE_NUMBERS = "whole_numbers"
CLEARABLE = clearable_fields(Product)

Kind = tuple[str, str | None]
"""The kind of an attribute, and what it is made of."""

AttributeColumns = Mapping[tuple[str, str], tuple[str, Kind]]
"""The column of each attribute of each type (type, attribute), and its kind."""


def attribute_columns(product_types: Sequence[ProductType]) -> AttributeColumns:
    """Which column each attribute of some types has."""
    kinds: dict[str, set[Kind]] = {}
    for each in product_types:
        for attribute in each.attributes:
            kinds.setdefault(attribute.name, set()).add(_kind_of(attribute))
    return {
        (each.name, attribute.name): (
            f"{ATTRIBUTES}{attribute.name}"
            if len(kinds[attribute.name]) == 1
            else f"{ATTRIBUTES}{each.name}.{attribute.name}",
            _kind_of(attribute),
        )
        for each in product_types
        for attribute in each.attributes
    }


def schema_of(arrow: Any, columns: AttributeColumns) -> Any:
    """The schema of a file with some columns of attributes."""
    variant = arrow.struct(_fields_of(arrow, Variant))
    kinds = dict(columns.values())
    return arrow.schema(
        [
            *_fields_of(arrow, Product),
            arrow.field("variants", arrow.list_(variant)),
            *(arrow.field(name, _attribute_type(arrow, kind)) for name, kind in kinds.items()),
            arrow.field(WHOLE_NUMBERS, arrow.list_(arrow.string())),
        ]
    )


def row_of_product(
    product: Product, product_type: ProductType, columns: AttributeColumns
) -> dict[str, Any]:
    """The row of a product."""
    row: dict[str, Any] = {
        name: _plain(getattr(product, name))
        for name in Product.__struct_fields__
        if name != "attributes"
    }
    whole: list[str] = []
    for attribute in product_type.attributes:
        said = product.attributes.get(attribute.name)
        if said is None:
            continue
        column, kind = columns[product_type.name, attribute.name]
        row[column] = _attribute_value(said, kind)
        if "number" in kind:
            whole += _whole_in(said, attribute.name)
    row[WHOLE_NUMBERS] = whole
    return row


def draft_of_row(
    row: Mapping[str, Any], product_types: Mapping[str, ProductType]
) -> dict[str, Any]:
    """The draft that a row says."""
    draft: dict[str, Any] = {}
    said: dict[str, Any] = {}
    own = f"{ATTRIBUTES}{row['type']}."
    product_type = product_types.get(row["type"])
    for column, value in row.items():
        if value is None or column == WHOLE_NUMBERS:
            draft |= {column: None} if column in CLEARABLE else {}
            continue
        if not column.startswith(ATTRIBUTES):
            draft[column] = _said_value(value)
            continue
        name = column.removeprefix(own if column.startswith(own) else ATTRIBUTES)
        attribute = product_type.attribute(name) if product_type is not None else None
        said[name] = _read_value(value, attribute)
    for path in row.get(WHOLE_NUMBERS) or ():
        _make_whole(said, path)
    if said:
        draft["attributes"] = said
    draft["variants"] = [_without_none(each) for each in draft.get("variants", ())]
    return draft


def _kind_of(attribute: Attribute) -> Kind:
    return attribute.kind, attribute.of


def _fields_of(arrow: Any, struct: type[msgspec.Struct]) -> list[Any]:
    return [
        arrow.field(name, _field_type(arrow, hint)) for name, hint in plain_fields(struct).items()
    ]


def _field_type(arrow: Any, hint: Any) -> Any:
    if get_origin(hint) is tuple:
        return arrow.list_(_field_type(arrow, get_args(hint)[0]))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return arrow.struct(_fields_of(arrow, hint))
    return {
        str: arrow.string(),
        int: arrow.int64(),
        bool: arrow.bool_(),
        datetime.date: arrow.date32(),
        datetime.datetime: arrow.timestamp("us", tz="UTC"),
        dict[str, str]: arrow.map_(arrow.string(), arrow.string()),
    }[hint]


def _attribute_type(arrow: Any, kind: Kind) -> Any:
    of = {
        "number": arrow.float64(),
        "integer": arrow.int64(),
        "boolean": arrow.bool_(),
        "date": arrow.date32(),
    }
    match kind:
        case ("list", item):
            return arrow.list_(of.get(item or "", arrow.string()))
        case ("range", end):
            of_end = of[end or "number"]
            return arrow.struct([arrow.field("from", of_end), arrow.field("to", of_end)])
        case ("localized", _):
            return arrow.map_(arrow.string(), arrow.string())
        case (single, _):
            return of.get(single, arrow.string())


def _plain(value: Any) -> Any:
    """A field as a row holds it."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return list(value.items())
    return None if value is msgspec.UNSET else value


def _attribute_value(value: Any, kind: Kind) -> Any:
    """What is said of an attribute as a row holds it: days are days, numbers are doubles."""
    if isinstance(value, list):
        return [_attribute_value(each, kind) for each in value]
    if kind[0] == "localized":
        return list(value.items())
    if isinstance(value, dict):
        return {end: _attribute_value(each, kind) for end, each in value.items()}
    if "date" in kind:
        return datetime.date.fromisoformat(value)
    return float(value) if "number" in kind else value


def _whole_in(value: Any, path: str) -> Iterator[str]:
    """Where a value of numbers has whole ones."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _whole_in(each, f"{path}[{index}]")
    elif isinstance(value, dict):
        for end, each in value.items():
            yield from _whole_in(each, f"{path}.{end}")
    elif isinstance(value, int):
        yield path


def _make_whole(said: dict[str, Any], path: str) -> None:
    """Make the number at a path of a row a whole one again. What is not there is left alone."""
    name, bracket, index = path.partition("[")
    name, dot, end = name.partition(".")
    inner: Any = said.get(name) if bracket or dot else said
    try:
        key: Any = int(index.rstrip("]")) if bracket else end or name
        number = inner[key]
        if isinstance(number, float) and number.is_integer():
            inner[key] = int(number)
    except (KeyError, IndexError, TypeError, ValueError):
        return


def _read_value(value: Any, attribute: Attribute | None) -> Any:
    """What a cell says of an attribute, as a draft says it."""
    if attribute is not None and attribute.kind == "localized" and isinstance(value, list):
        return dict(value)
    if isinstance(value, list):
        return [_read_value(each, None) for each in value]
    if isinstance(value, dict):
        return {end: _read_value(each, None) for end, each in value.items()}
    return value.isoformat() if isinstance(value, datetime.date) else value


def _said_value(value: Any) -> Any:
    if isinstance(value, datetime.date):  # a moment is one, too
        return value.isoformat()
    return list(value) if isinstance(value, list) else value


def _without_none(variant: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in variant.items() if value is not None}
    if isinstance(said.get("options"), list):
        said["options"] = dict(said["options"])
    return said
