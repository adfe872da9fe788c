"""The figures of a stock row, as they are recorded beside each of its events, and who waits."""

import msgspec

from rackhouse.inventory.rules import Stock

__all__ = ["LEVELS", "InLine", "Levels", "levels_of", "stream_of"]


class InLine(msgspec.Struct, frozen=True):
    """A customer who waits for pieces of a SKU."""

    id: str
    sku: str
    quantity: int
    channel: str
    customer_id: str
    offer_seconds: float


class Levels(msgspec.Struct, frozen=True, omit_defaults=True):
    """The figures after an event, which are recorded beside it. ``frozen`` are free pieces whose
    lot may not be sold at that time."""

    on_hand: int
    held: int
    committed: int
    unavailable: int = 0
    allotted: int = 0
    safety: int = 0
    frozen: int = 0

    @property
    def available(self) -> int:
        """What may still be promised to somebody."""
        taken = self.held + self.committed + self.unavailable + self.allotted + self.frozen
        return max(0, self.on_hand - taken - self.safety)


LEVELS = Levels.__struct_fields__
"""The names of the figures."""


def stream_of(stock: Stock) -> str:
    """The stream of a row's events."""
    return f"{stock.sku}@{stock.location}"


def levels_of(stock: Stock) -> Levels:
    """The figures of a row, as they are recorded beside its newest event."""
    return Levels(
        stock.on_hand,
        stock.held,
        stock.committed,
        stock.unavailable,
        stock.allotted,
        stock.safety,
        stock.frozen,
    )
