"""What may be asked of stock itself."""

import datetime
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from rackhouse.inventory import rules
from rackhouse.inventory.commands.command import Command
from rackhouse.inventory.errors import LotNotFound
from rackhouse.inventory.events import (
    PLAIN,
    SELLABLE,
    Slot,
    StockAdjusted,
    StockEvent,
    StockReceived,
)
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.lot_errors import StockIsParted
from rackhouse.inventory.rules import Key, Line, Pieces, Stock
from rackhouse.inventory.serving import serve

__all__ = [
    "Adjust",
    "AdjustStock",
    "ChangeCondition",
    "ReceiveStock",
    "must_fit_lots",
]


class ReceiveStock(Command, frozen=True, kw_only=True):
    """Take pieces in at one location."""

    location: str
    lines: Sequence[Line]
    reference: str | None = None
    condition: str = SELLABLE

    opens_stock: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """The stock of each line."""
        return [(line.sku, self.location) for line in self.lines]

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lots that pieces belong to."""
        return [(line.sku, line.lot) for line in self.lines if line.lot]

    def units_named(self) -> Sequence[tuple[str, str, int]]:
        """The numbers that came in."""
        return [(line.sku, line.lot or "", number) for line in self.lines for number in line.units]

    def brought_skus(self) -> Sequence[str]:
        """Those that can be sold."""
        return [line.sku for line in self.lines] if self.condition == SELLABLE else ()

    def decide(self, ledger: Ledger, now: datetime.datetime) -> list[Stock]:
        """On hand grows; refuses with `LotNotFound`, `LotNotNumbered`, `UnitsMustBeNamed` and
        `UnitNotFree`."""
        must_fit_lots(ledger, self.lines)
        for line in self.lines:
            event = StockReceived(
                line.quantity, self.reference, line.lot or "", line.units, self.condition
            )
            ledger.record([((line.sku, self.location), event)], self.context)
        serve(ledger, self.stock_keys(), self.context)
        return [ledger.stock[key] for key in dict.fromkeys(self.stock_keys())]


class Adjust(msgspec.Struct, frozen=True, kw_only=True):
    """A correction of one SKU at one location: by ``delta``, or to what was ``counted``; in the
    slot that is named, or of the ``whole`` row, which must not lie in several slots then."""

    sku: str
    location: str
    delta: int | None = None
    counted: int | None = None
    expected_version: int | None = None
    lot: str = ""
    allotment: str = ""
    condition: str = SELLABLE
    units: tuple[int, ...] = ()
    whole: bool = False

    @property
    def slot(self) -> Slot:
        """Where in the row."""
        return (self.lot, self.allotment, self.condition)


class AdjustStock(Command, frozen=True, kw_only=True):
    """Correct figures, all of them or none."""

    adjustments: Sequence[Adjust]
    reason: str

    opens_stock: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """The stock of each correction."""
        return [(each.sku, each.location) for each in self.adjustments]

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lots that are corrected."""
        return [(each.sku, each.lot) for each in self.adjustments if each.lot]

    def units_named(self) -> Sequence[tuple[str, str, int]]:
        """The numbers that are there from now on, or no more."""
        return [(each.sku, each.lot, number) for each in self.adjustments for number in each.units]

    def brought_skus(self) -> Sequence[str]:
        """Those of which there may be more than was known."""
        return [
            each.sku
            for each in self.adjustments
            if each.condition == SELLABLE and (each.delta is None or each.delta > 0)
        ]

    def decide(self, ledger: Ledger, now: datetime.datetime) -> list[Stock]:
        """Correct; refuses with `StockVersionStale`, `FewerThanReserved`, `StockIsParted`, and what
        lots and units refuse."""
        moves: rules.Moves = []
        trial = ledger.trial()
        for each in self.adjustments:
            key = (each.sku, each.location)
            if each.whole:
                _must_be_whole(trial, each)
            moved = rules.adjust(
                trial.stock[key],
                trial.depth,
                delta=each.delta,
                counted=each.counted,
                reason=self.reason,
                expected_version=each.expected_version,
                slot=each.slot,
                units=each.units,
            )
            if len(self.adjustments) > 1:
                trial.record(moved, self.context)
            moves += moved
        ledger.record(moves, self.context)
        serve(ledger, [key for key, event in moves if _is_more(event)], self.context)
        return [ledger.stock[key] for key in self.stock_keys()]


class _OfPieces(Command, frozen=True, kw_only=True):
    """A command about pieces of one slot."""

    pieces: Pieces
    expected_version: int | None = None

    def stock_keys(self) -> Sequence[Key]:
        """The stock that the pieces are of."""
        return [self.pieces.key]

    opens_stock: ClassVar[bool] = True

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lot that they are of."""
        return [(self.pieces.sku, self.pieces.lot)] if self.pieces.lot else ()

    def units_named(self) -> Sequence[tuple[str, str, int]]:
        """Their numbers."""
        return [(self.pieces.sku, self.pieces.lot, number) for number in self.pieces.units]

    def pieces_wanted(self) -> Mapping[str, int]:
        """As many as are moved."""
        return {self.pieces.sku: self.pieces.quantity}

    def stock(self, ledger: Ledger) -> Stock:
        """The row, at the version that was expected."""
        stock = ledger.stock[self.pieces.key]
        rules.expect_version(stock, self.expected_version)
        return stock

    def moved(self, ledger: Ledger, moves: rules.Moves) -> Stock:
        """Let it happen; answers the row."""
        ledger.record(moves, self.context)
        return ledger.stock[self.pieces.key]


class ChangeCondition(_OfPieces, frozen=True, kw_only=True):
    """Say that free pieces are damaged, in quality control, in quarantine, or sellable."""

    after: str
    reason: str

    def brought_skus(self) -> Sequence[str]:
        """What can be sold from now on."""
        return [self.pieces.sku] if self.after == SELLABLE else ()

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Stock:
        """Move them; refuses with `NotEnoughFree` and what lots and units refuse."""
        stock = self.stock(ledger)
        moves = rules.change_condition(
            stock, ledger.depth, self.pieces, after=self.after, reason=self.reason
        )
        ledger.record(moves, self.context)
        if self.after == SELLABLE:
            serve(ledger, [self.pieces.key], self.context)
        return ledger.stock[self.pieces.key]


def _is_more(event: StockEvent) -> bool:
    return isinstance(event, StockAdjusted) and event.delta > 0


def must_fit_lots(ledger: Ledger, lines: Sequence[Line]) -> None:
    """Refuse pieces that came in with lots or numbers that they can not have: `LotNotFound`,
    `UnitsMustBeNamed`, `UnitNotFree`."""
    come: set[tuple[str, str, int]] = set()
    for line in lines:
        lot = line.lot or ""
        if lot and (line.sku, lot) not in ledger.depth.lots:
            raise LotNotFound(sku=line.sku, lot=lot)
        if not rules.must_fit_numbering(ledger.depth, line.sku, lot, line.quantity, line.units):
            continue
        rules.must_be_new(ledger.depth, line.sku, lot, line.units, come)
        come.update((line.sku, lot, number) for number in line.units)


def _must_be_whole(ledger: Ledger, each: Adjust) -> None:
    """Refuse with `StockIsParted` one count of pieces that lie in several slots."""
    buckets = ledger.depth.buckets.get((each.sku, each.location), {})
    if any(bucket.on_hand for slot, bucket in buckets.items() if slot != PLAIN):
        raise StockIsParted(sku=each.sku, location=each.location)
