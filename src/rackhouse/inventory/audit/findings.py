"""What an audit finds."""

import msgspec

from rackhouse.inventory.ledger import Levels
from rackhouse.inventory.rules import Stock

__all__ = ["FIGURES", "Audit", "Discrepancy", "figures_of", "levels_of"]

FIGURES: tuple[str, ...] = Levels.__struct_fields__
"""The figures that every event records beside it, and that the stock row repeats."""


class Discrepancy(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that is not what its events or holds say.

    ``versions`` are those events of the SKU at the location that say what it should be.
    """

    kind: str
    sku: str
    location: str
    finding: str
    expected: dict[str, int] = {}
    found: dict[str, int] = {}
    hold_id: str | None = None
    versions: tuple[int, ...] = ()


class Audit(msgspec.Struct, frozen=True):
    """What an audit read and what it found."""

    events: int
    stock_rows: int
    on_hand: int
    held: int
    committed: int
    oversold: int
    discrepancies: list[Discrepancy]


def levels_of(stock: Stock) -> Levels:
    """The figures of a row as an event records them."""
    return Levels(*(getattr(stock, name) for name in FIGURES))


def figures_of(levels: Stock | Levels) -> dict[str, int]:
    """Figures by their names."""
    return {name: getattr(levels, name) for name in FIGURES}
