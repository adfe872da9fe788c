"""An audit as it runs: what it has read so far, what it found, and where it goes on."""

import datetime

import msgspec

__all__ = ["PHASES", "AuditRun", "phase_after"]

PHASES = (
    "log",
    "stock",
    "holds",
    "lots",
    "quotas",
    "memos",
    "placed",
    "orders",
    "sales",
    "reports",
    "recheck",
)
"""What an audit reads, in this order."""


class AuditRun(msgspec.Struct, frozen=True):
    """An audit: ``whole`` if it reads everything from the start, else it goes on from where the
    last one ended. ``place`` is where in its ``phase`` it goes on. ``seen`` counts discrepancies,
    ``opened`` and ``cleared`` the cases that came and went; ``worked_seconds`` is without rests.
    """

    id: str
    whole: bool
    status: str
    phase: str
    place: str | None
    orders_position: str | None
    events: int
    stock_rows: int
    orders: int
    reports: int
    seen: int
    opened: int
    cleared: int
    worked_seconds: float
    started_by: str
    started_at: datetime.datetime
    ended_at: datetime.datetime | None


def phase_after(phase: str) -> str | None:
    """The next phase, or None after the last one."""
    at = PHASES.index(phase) + 1
    return PHASES[at] if at < len(PHASES) else None
