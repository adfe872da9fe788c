"""How a demo drop goes: what the console shows of it."""

from typing import Literal

import msgspec

__all__ = ["DropState", "Finding"]


class Finding(msgspec.Struct, frozen=True):
    """One line of the verdict. ``good`` is None where there is nothing to judge."""

    what: str
    value: str
    good: bool | None = None


class DropState(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of a drop, or its end."""

    phase: Literal["running", "done", "failed"]
    doing: str = ""
    sku: str = ""
    units: int = 0
    buyers: int = 0
    available: int = 0
    held: int = 0
    sold: int = 0
    refused: int = 0
    oversold: int = 0
    verdict: list[Finding] = []
    problem: str = ""

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.phase == "running"

    def share(self, pieces: int) -> float:
        """A part of the units in percent, for the bar."""
        return round(100 * pieces / self.units, 2) if self.units else 0.0
