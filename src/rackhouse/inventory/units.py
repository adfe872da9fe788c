"""Numbered units: what an event of stock does to the numbers it names."""

from collections.abc import Iterator
from typing import Any

import msgspec

from rackhouse.inventory.events import (
    SELLABLE,
    AllotmentReturned,
    HoldAllocated,
    HoldConfirmed,
    HoldExpired,
    HoldPlaced,
    HoldReleased,
    StockAdjusted,
    StockAllotted,
    StockConditionChanged,
    StockEvent,
    StockReceived,
    StockReturned,
    StockShipped,
    TransferReceived,
    TransferSent,
)

__all__ = ["UnitMove", "moved_units"]


class UnitMove(msgspec.Struct, frozen=True):
    """Where a numbered unit is from now on, in which state, and whose."""

    sku: str
    lot: str
    number: int
    location: str
    allotment: str
    condition: str
    state: str
    hold_id: str | None
    line: int | None


def moved_units(key: tuple[str, str], event: StockEvent) -> Iterator[UnitMove]:
    """What an event does to the units that it names, in order."""
    units: tuple[int, ...] = getattr(event, "units", ())
    if not units:
        return
    happened: Any = event
    state, allotment, condition, owned = _after(happened)
    for number in units:
        yield UnitMove(
            key[0],
            happened.lot,
            number,
            key[1],
            allotment,
            condition,
            state,
            happened.hold_id if owned else None,
            happened.line if owned else None,
        )


def _after(event: Any) -> tuple[str, str, str, bool]:
    """(state, allotment, condition, whether it is the hold's)."""
    match event:
        case StockReceived() | TransferReceived() | StockReturned():
            return "in_stock", "", event.condition, False
        case StockAdjusted():
            state = "in_stock" if event.delta > 0 else "gone"
            return state, event.allotment, event.condition, False
        case StockConditionChanged():
            return "in_stock", "", event.after, False
        case StockAllotted():
            return "in_stock", event.allotment, SELLABLE, False
        case AllotmentReturned():
            return "in_stock", "", SELLABLE, False
        case TransferSent():
            return "in_transit", "", event.condition, False
        case HoldPlaced():
            return "held", event.allotment, SELLABLE, True
        case HoldAllocated():
            return ("held" if event.held else "committed"), event.allotment, SELLABLE, True
        case HoldConfirmed():
            return "committed", event.allotment, SELLABLE, True
        case HoldReleased() | HoldExpired():
            return "in_stock", event.allotment, SELLABLE, False
        case StockShipped():
            return "shipped", event.allotment, SELLABLE, True
    raise AssertionError(f"{type(event).__name__} names no units")
