"""What somebody types for pieces of a SKU."""

import re
from itertools import islice
from typing import Any

import click

from rackhouse.inventory import Line

__all__ = ["GOODS", "GOODS_HELP"]

GOODS_HELP = (
    "Pieces are SKU=QUANTITY, of a lot SKU=QUANTITY/LOT, and as numbers of it SKU/LOT#1,2,5-7."
)

NUMBERS_LIMIT = 100_000

_SHAPE = re.compile(
    r"(?P<sku>.+?)(?:=(?P<quantity>\d+))?(?:/(?P<lot>[A-Za-z0-9][\w.-]*))?"
    r"(?:#(?P<units>\d+(-\d+)?(,\d+(-\d+)?)*))?"
)


class _Goods(click.ParamType[Any]):
    name = "pieces"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Line:
        if isinstance(value, Line):
            return value
        found = _SHAPE.fullmatch(value)
        assert found is not None, "anything may be a SKU"
        units = _numbers(found["units"] or "")
        if len(units) > NUMBERS_LIMIT:
            self.fail(f"{value!r} names more than {NUMBERS_LIMIT:,} numbers", param, ctx)
        quantity = int(found["quantity"] or len(units))
        if not quantity or (units and (len(units) != quantity or not found["lot"])):
            self.fail(f"{value!r} is not like SKU=3, SKU=3/LOT or SKU/LOT#1,2,5-7", param, ctx)
        return Line(found["sku"], quantity, found["lot"], units)


GOODS = _Goods()


def _numbers(text: str) -> tuple[int, ...]:
    """The numbers of a list with ranges, each once."""
    found: dict[int, None] = {}
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        numbers = range(int(first), int(last or first) + 1)
        found.update(dict.fromkeys(islice(numbers, NUMBERS_LIMIT + 1)))
    return tuple(found)
