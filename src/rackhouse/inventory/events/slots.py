"""Where in a stock row pieces stand, and what an event adds to the row and to its parts."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

__all__ = ["PLAIN", "PROMISED", "SELLABLE", "Change", "Condition", "Part", "Parts", "Slot"]

Slot: TypeAlias = tuple[str, str, str]
"""A part of a stock row: (lot, allotment, condition)."""

Change: TypeAlias = tuple[int, int, int, int, int]
"""What an event adds to (on_hand, held, committed, unavailable, allotted) of a row."""

Part: TypeAlias = tuple[Slot, int, int, int]
"""What an event adds to (on_hand, held, committed) of a slot."""

Parts: TypeAlias = Sequence[Part]

Condition = Literal["sellable", "damaged", "quality_control", "quarantine"]

SELLABLE: Literal["sellable"] = "sellable"
PLAIN: Slot = ("", "", SELLABLE)
"""Where pieces stand of which nothing particular is known."""

PROMISED = "~promised"
"""The location of pieces that have not come yet. No location can be called so."""
