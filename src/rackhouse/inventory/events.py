"""What can happen to stock. Each event belongs to the stream of one SKU at one location."""

import datetime
from typing import TypeAlias

import msgspec

__all__ = [
    "EVENT_TYPES",
    "Change",
    "HoldConfirmed",
    "HoldExpired",
    "HoldExtended",
    "HoldPlaced",
    "HoldReleased",
    "LocationOpened",
    "StockAdjusted",
    "StockEvent",
    "StockReceived",
    "StockReturned",
    "StockShipped",
]

Change: TypeAlias = tuple[int, int, int]
"""What an event adds to (on_hand, held, committed)."""


class StockReceived(msgspec.Struct, frozen=True):
    """Pieces came in."""

    quantity: int
    reference: str | None = None

    def change(self) -> Change:
        """On hand grows."""
        return (self.quantity, 0, 0)


class StockAdjusted(msgspec.Struct, frozen=True):
    """The figure was corrected by ``delta``; ``counted`` is the count that showed it, if any."""

    delta: int
    reason: str
    counted: int | None = None

    def change(self) -> Change:
        """On hand moves by the delta."""
        return (self.delta, 0, 0)


class HoldPlaced(msgspec.Struct, frozen=True):
    """Pieces were set aside until a time."""

    hold_id: str
    line: int
    quantity: int
    expires_at: datetime.datetime

    def change(self) -> Change:
        """Held grows."""
        return (0, self.quantity, 0)


class HoldExtended(msgspec.Struct, frozen=True):
    """Pieces stay set aside until a later time."""

    hold_id: str
    line: int
    expires_at: datetime.datetime

    def change(self) -> Change:
        """Nothing moves."""
        return (0, 0, 0)


class HoldConfirmed(msgspec.Struct, frozen=True):
    """Pieces that were set aside are sold."""

    hold_id: str
    line: int
    quantity: int

    def change(self) -> Change:
        """From held to committed."""
        return (0, -self.quantity, self.quantity)


class HoldReleased(msgspec.Struct, frozen=True):
    """Pieces that were set aside (``from_held``) or sold (``from_committed``) are free again."""

    hold_id: str
    line: int
    from_held: int
    from_committed: int
    reason: str

    def change(self) -> Change:
        """Held and committed shrink."""
        return (0, -self.from_held, -self.from_committed)


class HoldExpired(msgspec.Struct, frozen=True):
    """The time for which pieces were set aside is over."""

    hold_id: str
    line: int
    quantity: int

    def change(self) -> Change:
        """Held shrinks."""
        return (0, -self.quantity, 0)


class StockShipped(msgspec.Struct, frozen=True):
    """Sold pieces left the location."""

    hold_id: str
    line: int
    quantity: int

    def change(self) -> Change:
        """On hand and committed shrink."""
        return (-self.quantity, 0, -self.quantity)


class StockReturned(msgspec.Struct, frozen=True):
    """Sold pieces came back to the location."""

    hold_id: str
    line: int
    quantity: int
    reason: str

    def change(self) -> Change:
        """On hand grows."""
        return (self.quantity, 0, 0)


class LocationOpened(msgspec.Struct, frozen=True):
    """A location came to be, or got another name or other coordinates (degrees)."""

    location: str
    name: str
    kind: str
    latitude: float | None = None
    longitude: float | None = None


StockEvent: TypeAlias = (
    StockReceived
    | StockAdjusted
    | HoldPlaced
    | HoldExtended
    | HoldConfirmed
    | HoldReleased
    | HoldExpired
    | StockShipped
    | StockReturned
)

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (
        StockReceived,
        StockAdjusted,
        HoldPlaced,
        HoldExtended,
        HoldConfirmed,
        HoldReleased,
        HoldExpired,
        StockShipped,
        StockReturned,
        LocationOpened,
    )
}
