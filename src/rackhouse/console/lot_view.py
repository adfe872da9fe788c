"""Lots as pages show them: what there is of each, and a square for each numbered bottle."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from rackhouse.inventory import (
    LotNow,
    PartOfStock,
    StockNotFound,
    UnitNow,
    lots_of,
    stock_by_lot,
    units_of,
)
from rackhouse.platform.context import Context

__all__ = ["STATUS_TAGS", "LotRow", "Squares", "lot_rows", "parts_of", "squares_of"]

LOTS_SHOWN = 50
PARTS_LIMIT = 500
SQUARES_LIMIT = 500
STATUS_TAGS = {
    "sellable": "tag-good",
    "unreleased": "tag-low",
    "expired": "tag-none",
    "recalled": "tag-none",
}
STATES = {
    "in_stock": "in stock",
    "held": "held",
    "committed": "sold",
    "shipped": "with the customer",
    "in_transit": "on the way",
    "gone": "gone",
    "unsellable": "not sellable",
}


class LotRow(msgspec.Struct, frozen=True):
    """A lot and the sums of its pieces."""

    lot: LotNow
    on_hand: int
    held: int
    committed: int
    available: int


class Square(msgspec.Struct, frozen=True):
    """One numbered bottle: its state, and that in words."""

    number: int
    state: str
    words: str


class Squares(msgspec.Struct, frozen=True):
    """The bottles of a lot that have come in, from one number on; ``states`` counts those shown,
    and ``after`` is where the next ones begin."""

    lot: LotNow
    squares: list[Square]
    states: list[tuple[str, str, int]]
    after: int | None


async def lot_rows(context: Context, sku: str) -> list[LotRow]:
    """The lots of a SKU, `LOTS_SHOWN` at most."""
    found = await lots_of(context=context, sku=sku, status=None, after=None, limit=LOTS_SHOWN)
    if not found:
        return []
    parts = await parts_of(context, sku)
    return [_row(each, [part for part in parts if part.lot == each.lot]) for each in found]


async def parts_of(context: Context, sku: str) -> list[PartOfStock]:
    """The pieces of a SKU by location and lot, `PARTS_LIMIT` rows at most."""
    try:
        return await stock_by_lot(
            context=context, id=sku, location=None, after=None, limit=PARTS_LIMIT
        )
    except StockNotFound:
        return []


async def squares_of(context: Context, lot: LotNow, *, after: int = 0) -> Squares | None:
    """The numbered bottles of a lot after a number, `SQUARES_LIMIT` at most; None for a lot that
    has none."""
    if lot.numbered is None:
        return None
    found = await units_of(
        context=context,
        sku=lot.sku,
        lot=lot.lot,
        state=None,
        location=None,
        after=after,
        limit=SQUARES_LIMIT + 1,
    )
    squares = [_square(each) for each in found[:SQUARES_LIMIT]]
    counts = Counter(each.state for each in squares)
    return Squares(
        lot,
        squares,
        [(state, words, counts[state]) for state, words in STATES.items() if counts[state]],
        squares[-1].number if len(found) > SQUARES_LIMIT else None,
    )


def _row(lot: LotNow, parts: Sequence[PartOfStock]) -> LotRow:
    return LotRow(
        lot,
        sum(each.on_hand for each in parts),
        sum(each.held for each in parts),
        sum(each.committed for each in parts),
        sum(each.available for each in parts),
    )


def _square(unit: UnitNow) -> Square:
    state, words = unit.state, STATES[unit.state]
    if state == "in_stock" and unit.condition != "sellable":
        state, words = "unsellable", unit.condition.replace("_", " ")
    place = "from" if state == "shipped" else "in"
    whose = f", for {unit.allotment}" if unit.allotment and state == "in_stock" else ""
    return Square(unit.number, state, f"{words}, {place} {unit.location}{whose}")
