"""Corrections: counts, conditions, what is kept back."""

import msgspec

from rackhouse.inventory.errors import (
    FewerThanReserved,
    LotNotFound,
    NotEnoughFree,
    StockVersionStale,
    UnitNotFree,
)
from rackhouse.inventory.events import (
    PLAIN,
    SELLABLE,
    SafetyStockSet,
    Slot,
    StockAdjusted,
    StockConditionChanged,
)
from rackhouse.inventory.lot_errors import LotNotNumbered
from rackhouse.inventory.rules.numbering import must_be_new, must_fit_numbering
from rackhouse.inventory.rules.shelf import Depth
from rackhouse.inventory.rules.state import Bucket, Key, Moves, Stock

__all__ = [
    "Pieces",
    "adjust",
    "bucket_at",
    "change_condition",
    "expect_version",
    "keep_back",
    "numbers_for",
]


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one slot of a stock row: how many, and which numbers if they have any."""

    sku: str
    location: str
    quantity: int
    lot: str = ""
    allotment: str = ""
    condition: str = SELLABLE
    units: tuple[int, ...] = ()

    @property
    def key(self) -> Key:
        """The stock row."""
        return (self.sku, self.location)

    @property
    def slot(self) -> Slot:
        """Where in the row."""
        return (self.lot, self.allotment, self.condition)


def expect_version(stock: Stock, expected: int | None) -> None:
    """Refuse with `StockVersionStale` unless the stock is at the version that was read."""
    if expected is not None and expected != stock.version:
        raise StockVersionStale(
            sku=stock.sku,
            location=stock.location,
            expected=expected,
            current=stock.version,
        )


def adjust(
    stock: Stock,
    depth: Depth,
    *,
    delta: int | None,
    counted: int | None,
    reason: str,
    expected_version: int | None,
    slot: Slot = PLAIN,
    units: tuple[int, ...] = (),
) -> Moves:
    """Correct what is on hand in a slot by ``delta``, or to what was ``counted``.

    ``units`` are the numbers that are there from now on, or no more. Refuses with
    `StockVersionStale`, `FewerThanReserved`, `LotNotFound`, `LotNotNumbered`, `UnitsMustBeNamed`,
    `UnitNotFree`.
    """
    expect_version(stock, expected_version)
    lot, allotment, condition = slot
    bucket = bucket_at(stock, depth, slot)
    on_hand = counted if counted is not None else bucket.on_hand + (delta or 0)
    reserved = bucket.held + bucket.committed
    if on_hand < reserved:
        raise FewerThanReserved(
            sku=stock.sku, location=stock.location, on_hand=on_hand, reserved=reserved
        )
    change = on_hand - bucket.on_hand
    _must_name_units(depth, stock, slot, change, units)
    event = StockAdjusted(change, reason, counted, lot, allotment, condition, units)
    return [((stock.sku, stock.location), event)]


def change_condition(
    stock: Stock, depth: Depth, pieces: Pieces, *, after: str, reason: str
) -> Moves:
    """Move free pieces from their condition to another one.

    Refuses with `NotEnoughFree`, `LotNotFound`, `UnitNotFree`.
    """
    units = numbers_for(stock, depth, pieces)
    event = StockConditionChanged(
        pieces.quantity, pieces.condition, after, reason, pieces.lot, pieces.allotment, units
    )
    return [(pieces.key, event)]


def keep_back(stock: Stock, quantity: int, *, channel: str) -> Moves:
    """Keep so many pieces back from everybody, or from one channel."""
    return [((stock.sku, stock.location), SafetyStockSet(quantity, channel))]


def bucket_at(stock: Stock, depth: Depth, slot: Slot) -> Bucket:
    """The bucket of a slot; a plain row is all in the plain one. Refuses with `LotNotFound`."""
    key = (stock.sku, stock.location)
    if slot[0] and (stock.sku, slot[0]) not in depth.lots:
        raise LotNotFound(sku=stock.sku, lot=slot[0])
    buckets = depth.buckets.get(key)
    if buckets is None and slot == PLAIN:
        return Bucket(*key, *slot, stock.on_hand, stock.held, stock.committed)
    return (buckets or {}).get(slot) or Bucket(*key, *slot)


def numbers_for(stock: Stock, depth: Depth, pieces: Pieces) -> tuple[int, ...]:
    """The numbers of pieces that are free in their slot: those that are named, or the lowest; none
    for pieces without numbers.

    Refuses with `NotEnoughFree`, `LotNotFound`, `LotNotNumbered`, `UnitsMustBeNamed`,
    `UnitNotFree`.
    """
    _must_be_free(pieces, bucket_at(stock, depth, pieces.slot).free)
    if not depth.is_numbered(stock.sku, pieces.lot):
        if pieces.units:
            raise LotNotNumbered(sku=stock.sku, lot=pieces.lot or None)
        return ()
    if pieces.units:
        must_fit_numbering(depth, stock.sku, pieces.lot, pieces.quantity, pieces.units)
    free = depth.free_units.get((pieces.key, pieces.slot), set())
    if not pieces.units:
        return tuple(sorted(free)[: pieces.quantity])
    for number in pieces.units:
        if number not in free:
            state = depth.unit_states.get((stock.sku, pieces.lot, number), "unknown")
            raise UnitNotFree(sku=stock.sku, lot=pieces.lot, number=number, unit_state=state)
    return pieces.units


def _must_be_free(pieces: Pieces, free: int) -> None:
    if free < pieces.quantity:
        raise NotEnoughFree(
            sku=pieces.sku,
            location=pieces.location,
            lot=pieces.lot or None,
            channel=pieces.allotment or None,
            condition=pieces.condition,
            asked=pieces.quantity,
            free=free,
        )


def _must_name_units(
    depth: Depth, stock: Stock, slot: Slot, change: int, units: tuple[int, ...]
) -> None:
    lot = slot[0]
    if not must_fit_numbering(depth, stock.sku, lot, abs(change), units):
        return
    if change > 0:
        must_be_new(depth, stock.sku, lot, units)
    free = depth.free_units.get(((stock.sku, stock.location), slot), set())
    for number in units if change < 0 else ():
        if number not in free:
            state = depth.unit_states.get((stock.sku, lot, number), "new")
            raise UnitNotFree(sku=stock.sku, lot=lot, number=number, unit_state=state)
