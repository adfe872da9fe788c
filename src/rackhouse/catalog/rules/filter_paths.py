"""Filters as PostgreSQL reads them: one path of SQL/JSON that a described product matches. Pure."""

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from .fields import DAY, FLAG, OWN, TEXT, attributes_called, kind_of
from .filters import Range, Value, Wanted
from .product_types import ProductType

EVERYTHING, NOTHING = "1 == 1", "1 == 0"

_OWN_PATHS = {
    "type": "$.type",
    "stage": "$.stage",
    "brand": "$.brand",
    "tag": "$.tags[*]",
    "currency": "$.currency",
    "price_minor": "$.prices[*]",
    "release_date": "$.release_date",
}
_LAST_DAY = datetime.date.max.toordinal()


def path_of(wanted: Sequence[Wanted], types: Mapping[str, ProductType]) -> str:
    """The path that a product matches if it is all that is wanted. The product is an object with
    its type, stage, brand, categories, tags, currency, release date and attributes, and in
    ``prices`` what its variants cost.

    An attribute counts where the product's own type calls it filterable, as in search.
    """
    return " && ".join(f"({_condition(each, types)})" for each in wanted) or EVERYTHING


def _condition(wanted: Wanted, types: Mapping[str, ProductType]) -> str:
    if wanted.field == "category":
        return _any_of(_in_category(each) for each in wanted.values if isinstance(each, str))
    if wanted.field in OWN:
        kind = next(iter(OWN[wanted.field].kinds))
        return _holds(_OWN_PATHS[wanted.field], wanted, kind)
    of_types: dict[tuple[str, str], list[str]] = {}
    for product_type, attribute in attributes_called(wanted.field, types):
        said = (attribute.name, kind_of(attribute))
        of_types.setdefault(said, []).append(product_type.name)
    ways = []
    for (attribute_name, kind), names in of_types.items():
        of_type = _any_of(f"$.type == {_literal(each)}" for each in names)
        path = f"$.attributes.{_literal(attribute_name)}[*]"
        ways.append(f"({of_type}) && {_holds(path, wanted, kind)}")
    return _any_of(ways)


def _holds(path: str, wanted: Wanted, kind: str) -> str:
    """That one of the values at a path is as wanted."""
    if kind == TEXT:
        ways = [f"@ == {_literal(each)}" for each in wanted.values if isinstance(each, str)]
    elif kind == FLAG:
        ways = [f"@ == {_literal(each)}" for each in wanted.values if isinstance(each, bool)]
    else:
        points = [Range(each, each) for each in wanted.values if type(each) is float]
        between = _days if kind == DAY else _numbers
        ways = [between(each) for each in (*points, *wanted.ranges)]
    return f"exists({path} ? ({_any_of(ways)}))"


def _in_category(category: str) -> str:
    below = _literal(f"{category}/")
    return f"exists($.categories[*] ? (@ == {_literal(category)} || @ starts with {below}))"


def _numbers(between: Range) -> str:
    ends = []
    if between.least is not None:
        ends.append(f"@ >= {_literal(between.least)}")
    if between.most is not None:
        ends.append(f"@ {'<' if between.below else '<='} {_literal(between.most)}")
    return " && ".join(ends)


def _days(between: Range) -> str:
    """Days are texts in products, which have the order of the days."""
    least = 1 if between.least is None else max(1, math.ceil(between.least))
    most = _LAST_DAY if between.most is None else min(_LAST_DAY, math.floor(between.most))
    if between.below and between.most is not None and most == between.most:
        most -= 1
    if least > most:
        return NOTHING
    first, last = (datetime.date.fromordinal(each).isoformat() for each in (least, most))
    return f"@ >= {_literal(first)} && @ <= {_literal(last)}"


def _any_of(ways: Iterable[str]) -> str:
    return " || ".join(f"({each})" for each in ways) or NOTHING


def _literal(value: Value) -> str:
    return msgspec.json.encode(value).decode()
