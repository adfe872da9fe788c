"""What an audit finds."""

import datetime

import msgspec

from rackhouse.inventory.levels import LEVELS, Levels
from rackhouse.inventory.rules import Stock

__all__ = ["Audit", "ClockStep", "Discrepancy", "figures_of"]


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
    lot: str | None = None
    quota: str | None = None
    versions: tuple[int, ...] = ()


class ClockStep(msgspec.Struct, frozen=True):
    """An event that is recorded at an earlier time than the one before it: the database's clock had
    been set back. Every moment from ``recorded_at`` to ``before`` came twice."""

    sku: str
    location: str
    version: int
    recorded_at: datetime.datetime
    before: datetime.datetime


class Audit(msgspec.Struct, frozen=True):
    """What an audit read and what it found.

    ``events`` were read from the log; ``archived_events`` have left it, and what they come to is
    taken as it was recorded. ``clock_steps`` are no discrepancies, but a figure as of one of
    their moments may be that of either time.
    """

    events: int
    stock_rows: int
    on_hand: int
    held: int
    committed: int
    oversold: int
    discrepancies: list[Discrepancy]
    clock_steps: list[ClockStep] = []
    archived_events: int = 0


def figures_of(levels: Stock | Levels) -> dict[str, int]:
    """Figures by their names; those that are nothing are left out, but for the first three."""
    figures = {name: getattr(levels, name) for name in LEVELS}
    return {name: count for name, count in figures.items() if count or name in LEVELS[:3]}
