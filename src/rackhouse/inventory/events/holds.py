"""What can happen to the pieces of a hold. Each event belongs to one SKU at one location.

``lot``, ``allotment`` and ``units`` say which pieces; they are left out of what is recorded where
there is nothing to say.
"""

import datetime

import msgspec

from rackhouse.inventory.events.slots import SELLABLE, Change, Parts

__all__ = [
    "HoldAllocated",
    "HoldConfirmed",
    "HoldExpired",
    "HoldExtended",
    "HoldPlaced",
    "HoldReleased",
    "PromiseKept",
    "StockReturned",
    "StockShipped",
]


class HoldPlaced(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces were set aside until a time."""

    hold_id: str
    line: int
    quantity: int
    expires_at: datetime.datetime
    lot: str = ""
    allotment: str = ""
    units: tuple[int, ...] = ()

    def change(self) -> Change:
        """Held grows."""
        return (0, self.quantity, 0, 0, -self.quantity if self.allotment else 0)

    def parts(self) -> Parts:
        """In the slot they were taken from."""
        return (((self.lot, self.allotment, SELLABLE), 0, self.quantity, 0),)


class HoldExtended(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces stay set aside until a later time."""

    hold_id: str
    line: int
    expires_at: datetime.datetime
    lot: str = ""
    allotment: str = ""

    def change(self) -> Change:
        """Nothing moves."""
        return (0, 0, 0, 0, 0)

    def parts(self) -> Parts:
        """Nothing moves."""
        return ()


class HoldConfirmed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces that were set aside are sold."""

    hold_id: str
    line: int
    quantity: int
    lot: str = ""
    allotment: str = ""
    units: tuple[int, ...] = ()

    def change(self) -> Change:
        """From held to committed."""
        return (0, -self.quantity, self.quantity, 0, 0)

    def parts(self) -> Parts:
        """In their slot."""
        return (((self.lot, self.allotment, SELLABLE), 0, -self.quantity, self.quantity),)


class HoldReleased(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces that were set aside (``from_held``) or sold (``from_committed``) are free again."""

    hold_id: str
    line: int
    from_held: int
    from_committed: int
    reason: str
    lot: str = ""
    allotment: str = ""
    units: tuple[int, ...] = ()

    def change(self) -> Change:
        """Held and committed shrink."""
        freed = self.from_held + self.from_committed
        return (0, -self.from_held, -self.from_committed, 0, freed if self.allotment else 0)

    def parts(self) -> Parts:
        """In their slot."""
        slot = (self.lot, self.allotment, SELLABLE)
        return ((slot, 0, -self.from_held, -self.from_committed),)


class HoldExpired(msgspec.Struct, frozen=True, omit_defaults=True):
    """The time for which pieces were set aside is over."""

    hold_id: str
    line: int
    quantity: int
    lot: str = ""
    allotment: str = ""
    units: tuple[int, ...] = ()

    def change(self) -> Change:
        """Held shrinks."""
        return (0, -self.quantity, 0, 0, self.quantity if self.allotment else 0)

    def parts(self) -> Parts:
        """In their slot."""
        return (((self.lot, self.allotment, SELLABLE), 0, -self.quantity, 0),)


class StockShipped(msgspec.Struct, frozen=True, omit_defaults=True):
    """Sold pieces left the location."""

    hold_id: str
    line: int
    quantity: int
    lot: str = ""
    allotment: str = ""
    units: tuple[int, ...] = ()

    def change(self) -> Change:
        """On hand and committed shrink."""
        return (-self.quantity, 0, -self.quantity, 0, 0)

    def parts(self) -> Parts:
        """From their slot."""
        slot = (self.lot, self.allotment, SELLABLE)
        return ((slot, -self.quantity, 0, -self.quantity),)


class StockReturned(msgspec.Struct, frozen=True, omit_defaults=True):
    """Sold pieces came back, in some ``condition``, to the pool of the location.

    ``shipped_from`` is the location that had sent them, if it is another; ``allotment`` the one
    that they had been sold from.
    """

    hold_id: str
    line: int
    quantity: int
    reason: str
    lot: str = ""
    allotment: str = ""
    units: tuple[int, ...] = ()
    condition: str = SELLABLE
    shipped_from: str = ""

    def change(self) -> Change:
        """On hand grows."""
        unavailable = 0 if self.condition == SELLABLE else self.quantity
        return (self.quantity, 0, 0, unavailable, 0)

    def parts(self) -> Parts:
        """Into the pool."""
        return (((self.lot, "", self.condition), self.quantity, 0, 0),)


class PromiseKept(msgspec.Struct, frozen=True, omit_defaults=True):
    """Promised pieces have come to a ``location`` and are the hold's there from now on."""

    hold_id: str
    line: int
    from_held: int
    from_committed: int
    location: str
    allotment: str = ""

    def change(self) -> Change:
        """The promise shrinks."""
        kept = self.from_held + self.from_committed
        return (-kept, -self.from_held, -self.from_committed, 0, 0)

    def parts(self) -> Parts:
        """In the pool or the channel's part of the promise."""
        kept = self.from_held + self.from_committed
        slot = ("", self.allotment, SELLABLE)
        return ((slot, -kept, -self.from_held, -self.from_committed),)


class HoldAllocated(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces that have come in are set aside or sold to a hold that waited for them."""

    hold_id: str
    line: int
    to_held: int
    to_committed: int
    expires_at: datetime.datetime
    lot: str = ""
    allotment: str = ""
    units: tuple[int, ...] = ()

    def change(self) -> Change:
        """Held and committed grow."""
        taken = self.to_held + self.to_committed
        return (0, self.to_held, self.to_committed, 0, -taken if self.allotment else 0)

    def parts(self) -> Parts:
        """In the slot they were taken from."""
        return (((self.lot, self.allotment, SELLABLE), 0, self.to_held, self.to_committed),)
