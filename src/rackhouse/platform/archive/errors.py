"""The refusals of the archive."""

from dataclasses import dataclass

from rackhouse.platform.errors import Busy, Conflict, Invalid

__all__ = ["ArchiveLibraryMissing", "ArchiveUnreadable", "EventsDoNotFit", "MonthNotOver"]


@dataclass(eq=False)
class ArchiveUnreadable(Busy):
    """{file} of the archive can not be read by this process ({reason}). Put it back into the
    archive's directory, then ask again."""

    file: str
    reason: str


@dataclass(eq=False)
class ArchiveLibraryMissing(Conflict):
    """Archives are Parquet files, and pyarrow is not installed. Install rackhouse with its extra
    `archive`."""


@dataclass(eq=False)
class EventsDoNotFit(Conflict):
    """The events of {log} that were to be archived do not fit: {problem}. Nothing was deleted.
    Check the log with `rackhouse verify` first."""

    log: str
    problem: str


@dataclass(eq=False)
class MonthNotOver(Invalid):
    """before: only months that are over can be archived, so before {latest} at the latest."""

    latest: str
