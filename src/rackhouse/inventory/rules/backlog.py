"""The backlog: what was promised to buyers and has not come."""

import datetime
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from rackhouse.inventory.rules.state import Allocation

__all__ = ["Backlog", "Promised", "Turn", "still_promised"]

Turn: TypeAlias = tuple[datetime.datetime, str, int]
"""Where somebody stands in line: by when the hold was placed, then by its id and line."""


class Promised(msgspec.Struct, frozen=True):
    """Pieces that were promised to a line of a hold."""

    channel: str
    placed_at: datetime.datetime
    picking: str
    allocation: Allocation

    @property
    def turn(self) -> Turn:
        """Where it stands in line."""
        return (self.placed_at, self.allocation.hold_id, self.allocation.line)


class Backlog:
    """What was promised of the SKUs of which pieces may come in, and through which channels.

    ``selling`` are the locations that each channel sells from. ``promised`` has, by SKU, what
    belongs to holds that are not in hand, the oldest first; where there is more than was read,
    ``last`` is the turn of the last that was.
    """

    def __init__(self, selling: Mapping[str, frozenset[str]] | None = None) -> None:
        self.selling: Mapping[str, frozenset[str]] = selling or {}
        self.promised: dict[str, list[Promised]] = {}
        self.last: dict[str, Turn] = {}

    def note(self, promised: Promised) -> None:
        """Remember what is promised from now on to one that was read before."""
        line = self.promised[promised.allocation.sku]
        (at,) = (at for at, each in enumerate(line) if _is_same(each, promised))
        line[at] = promised


def still_promised(allocation: Allocation, now: datetime.datetime) -> tuple[int, int]:
    """How many promised pieces an allocation has held, unless that time is over, and committed."""
    return (allocation.held if allocation.held_until > now else 0, allocation.committed)


def _is_same(one: Promised, other: Promised) -> bool:
    return one.turn == other.turn and one.allocation.allotment == other.allocation.allotment
