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
    TransferLost,
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
    may_be_new: bool = False


_AFTER: dict[type, tuple[str, bool, bool]] = {
    StockReceived: ("in_stock", False, False),
    TransferReceived: ("in_stock", False, False),
    StockReturned: ("in_stock", False, False),
    StockAdjusted: ("in_stock", True, False),
    StockConditionChanged: ("in_stock", False, False),
    StockAllotted: ("in_stock", True, False),
    AllotmentReturned: ("in_stock", False, False),
    TransferSent: ("in_transit", False, False),
    TransferLost: ("gone", False, False),
    HoldPlaced: ("held", True, True),
    HoldAllocated: ("held", True, True),
    HoldConfirmed: ("committed", True, True),
    HoldReleased: ("in_stock", True, False),
    HoldExpired: ("in_stock", True, False),
    StockShipped: ("shipped", True, True),
}
"""The state of units after an event, whether they are in its allotment, whether its hold's."""


def moved_units(key: tuple[str, str], event: StockEvent) -> Iterator[UnitMove]:
    """What an event does to the units that it names, in order."""
    units: tuple[int, ...] = getattr(event, "units", ())
    if not units:
        return
    happened: Any = event
    state, in_allotment, owned = _AFTER[type(event)]
    if isinstance(event, StockAdjusted) and event.delta < 0:
        state = "gone"
    elif isinstance(event, HoldAllocated) and not event.to_held:
        state = "committed"
    condition: str = getattr(event, "after", getattr(event, "condition", SELLABLE))
    for number in units:
        yield UnitMove(
            key[0],
            happened.lot,
            number,
            key[1],
            happened.allotment if in_allotment else "",
            condition,
            state,
            happened.hold_id if owned else None,
            happened.line if owned else None,
            isinstance(event, StockReceived | StockAdjusted),
        )
