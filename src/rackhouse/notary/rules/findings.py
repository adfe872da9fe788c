"""Findings: what does not fit, in words, and what was looked at."""

from collections.abc import Iterable

import msgspec

__all__ = ["CheckedLog", "Finding", "Findings", "Verification"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that does not fit. ``kind`` is altered, removed, reordered, added or forged;
    ``stream`` and ``version`` say of which event, where it is one."""

    log: str
    stream: str | None
    version: int | None
    kind: str
    finding: str


class CheckedLog(msgspec.Struct, frozen=True):
    """How much of a log was checked: its events up to ``position``, in ``streams`` streams, against
    ``checkpoints`` checkpoints; and ``archived_events`` in the files of its archive."""

    log: str
    events: int
    streams: int
    checkpoints: int
    position: str
    archived_events: int = 0


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was checked and what was found. It is ``complete`` unless the time was over before
    all was read; ``further`` findings are not told."""

    complete: bool
    events: int
    streams: int
    checkpoints: int
    archived_events: int
    logs: list[CheckedLog]
    findings: list[Finding]
    further: int


class Findings:
    """The findings so far, of which only so many are kept."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self.kept: list[Finding] = []
        self.further = 0

    def add(self, findings: Iterable[Finding]) -> None:
        """Take some in; those past the limit are counted."""
        for finding in findings:
            if len(self.kept) < self._limit:
                self.kept.append(finding)
            else:
                self.further += 1
