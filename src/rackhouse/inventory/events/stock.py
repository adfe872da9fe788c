"""What can happen to stock without a hold. Each event belongs to one SKU at one location."""

import datetime

import msgspec

from rackhouse.inventory.events.slots import SELLABLE, Change, Parts

__all__ = [
    "AllotmentReturned",
    "LotStatusChanged",
    "PromiseClosed",
    "PromiseMade",
    "PromiseMoved",
    "PromiseWithdrawn",
    "SafetyStockSet",
    "StockAdjusted",
    "StockAllotted",
    "StockConditionChanged",
    "StockReceived",
    "TransferLost",
    "TransferReceived",
    "TransferSent",
]


class StockReceived(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces came in, of a lot if one is named, and as numbered ``units`` of it; perhaps with a
    shipment that was expected."""

    quantity: int
    reference: str | None
    lot: str = ""
    units: tuple[int, ...] = ()
    condition: str = SELLABLE
    inbound_id: str = ""

    def change(self) -> Change:
        """On hand grows."""
        return _grown(self.quantity, "", self.condition)

    def parts(self) -> Parts:
        """In the pool."""
        return (((self.lot, "", self.condition), self.quantity, 0, 0),)


class StockAdjusted(msgspec.Struct, frozen=True, omit_defaults=True):
    """The figure was corrected by ``delta``; ``counted`` is the count that showed it, if any."""

    delta: int
    reason: str
    counted: int | None
    lot: str = ""
    allotment: str = ""
    condition: str = SELLABLE
    units: tuple[int, ...] = ()

    def change(self) -> Change:
        """On hand moves by the delta."""
        return _grown(self.delta, self.allotment, self.condition)

    def parts(self) -> Parts:
        """In the slot that was corrected."""
        return (((self.lot, self.allotment, self.condition), self.delta, 0, 0),)


class StockConditionChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Free pieces turned out damaged, went into quality control or quarantine, or came back.

    They leave the ``allotment`` that they were in for the pool.
    """

    quantity: int
    before: str
    after: str
    reason: str
    lot: str = ""
    allotment: str = ""
    units: tuple[int, ...] = ()

    def change(self) -> Change:
        """Unavailable grows or shrinks."""
        was = self.quantity if self.before == SELLABLE else 0
        now = self.quantity if self.after == SELLABLE else 0
        return (0, 0, 0, was - now, -was if self.allotment else 0)

    def parts(self) -> Parts:
        """From one condition to the other."""
        return (
            ((self.lot, self.allotment, self.before), -self.quantity, 0, 0),
            ((self.lot, "", self.after), self.quantity, 0, 0),
        )


class StockAllotted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces of the pool were set apart for a channel."""

    allotment: str
    quantity: int
    lot: str = ""
    units: tuple[int, ...] = ()

    def change(self) -> Change:
        """Allotted grows."""
        return (0, 0, 0, 0, self.quantity)

    def parts(self) -> Parts:
        """From the pool to the allotment."""
        return (
            ((self.lot, "", SELLABLE), -self.quantity, 0, 0),
            ((self.lot, self.allotment, SELLABLE), self.quantity, 0, 0),
        )


class AllotmentReturned(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces that a channel did not sell went back to the pool."""

    allotment: str
    quantity: int
    lot: str = ""
    units: tuple[int, ...] = ()

    def change(self) -> Change:
        """Allotted shrinks."""
        return (0, 0, 0, 0, -self.quantity)

    def parts(self) -> Parts:
        """From the allotment to the pool."""
        return (
            ((self.lot, self.allotment, SELLABLE), -self.quantity, 0, 0),
            ((self.lot, "", SELLABLE), self.quantity, 0, 0),
        )


class TransferSent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces left for another location."""

    transfer_id: str
    quantity: int
    lot: str = ""
    units: tuple[int, ...] = ()
    condition: str = SELLABLE

    def change(self) -> Change:
        """On hand shrinks."""
        return _grown(-self.quantity, "", self.condition)

    def parts(self) -> Parts:
        """From the pool."""
        return (((self.lot, "", self.condition), -self.quantity, 0, 0),)


class TransferReceived(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces came in from another location, or came back because the transfer was cancelled."""

    transfer_id: str
    quantity: int
    lot: str = ""
    units: tuple[int, ...] = ()
    condition: str = SELLABLE

    def change(self) -> Change:
        """On hand grows."""
        return _grown(self.quantity, "", self.condition)

    def parts(self) -> Parts:
        """Into the pool."""
        return (((self.lot, "", self.condition), self.quantity, 0, 0),)


class TransferLost(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces that had left another location for this one did not come."""

    transfer_id: str
    quantity: int
    reason: str
    lot: str = ""
    units: tuple[int, ...] = ()
    condition: str = SELLABLE

    def change(self) -> Change:
        """Nothing moves: they were on hand nowhere any more."""
        return (0, 0, 0, 0, 0)

    def parts(self) -> Parts:
        """Nothing moves in the slot that they would have come to."""
        return (((self.lot, "", self.condition), 0, 0, 0),)


class SafetyStockSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """From now on so many pieces are kept back: from everybody, or from one channel."""

    quantity: int
    channel: str = ""

    def change(self) -> Change:
        """Nothing moves."""
        return (0, 0, 0, 0, 0)

    def parts(self) -> Parts:
        """Nothing moves."""
        return ()


class LotStatusChanged(msgspec.Struct, frozen=True):
    """The pieces of a lot may be sold from now on, or no more: its status is ``sellable``,
    ``unreleased``, ``expired`` or ``recalled``."""

    lot: str
    status: str
    reason: str

    def change(self) -> Change:
        """Nothing moves."""
        return (0, 0, 0, 0, 0)

    def parts(self) -> Parts:
        """Nothing moves."""
        return ()


class PromiseMade(msgspec.Struct, frozen=True, omit_defaults=True):
    """So many more pieces that have not come yet may be sold, through one channel or all, on these
    terms: a pre-order or a backorder, perhaps of what comes with a shipment."""

    quantity: int
    promised_at: datetime.datetime
    allotment: str = ""
    kind: str = ""
    note: str = ""
    inbound_id: str = ""

    def change(self) -> Change:
        """What may be promised grows."""
        return _grown(self.quantity, self.allotment, SELLABLE)

    def parts(self) -> Parts:
        """In the pool or the channel's part."""
        return ((("", self.allotment, SELLABLE), self.quantity, 0, 0),)


class PromiseMoved(msgspec.Struct, frozen=True):
    """What was promised is promised for another time."""

    promised_at: datetime.datetime
    reason: str

    def change(self) -> Change:
        """Nothing moves."""
        return (0, 0, 0, 0, 0)

    def parts(self) -> Parts:
        """Nothing moves."""
        return ()


class PromiseWithdrawn(msgspec.Struct, frozen=True, omit_defaults=True):
    """So many pieces that have not come may be sold no more, through one channel or all."""

    quantity: int
    reason: str
    allotment: str = ""

    def change(self) -> Change:
        """What may be promised shrinks."""
        return _grown(-self.quantity, self.allotment, SELLABLE)

    def parts(self) -> Parts:
        """In the pool or the channel's part."""
        return ((("", self.allotment, SELLABLE), -self.quantity, 0, 0),)


class PromiseClosed(msgspec.Struct, frozen=True):
    """Nothing more is sold by this promise. What was sold stays promised; what is given back of it
    is withdrawn."""

    reason: str

    def change(self) -> Change:
        """Nothing moves."""
        return (0, 0, 0, 0, 0)

    def parts(self) -> Parts:
        """Nothing moves."""
        return ()


def _grown(quantity: int, allotment: str, condition: str) -> Change:
    if condition != SELLABLE:
        return (quantity, 0, 0, quantity, 0)
    return (quantity, 0, 0, 0, quantity if allotment else 0)
