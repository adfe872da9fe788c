"""The archive: events of months that are over, in files, where they remain answerable.

The newest archived event of each stream stays in the log, because the next one follows it.
"""

from rackhouse.platform.archive.boundaries import (
    Boundary,
    archived_boundaries,
    archived_position,
    archived_versions,
)
from rackhouse.platform.archive.checking import ArchiveCheck, ArchiveFinding, verify_archive
from rackhouse.platform.archive.errors import (
    ArchiveLibraryMissing,
    ArchiveUnreadable,
    EventsDoNotFit,
    MonthNotOver,
)
from rackhouse.platform.archive.moving import ArchivedLog, archive_events, month_that_is_old
from rackhouse.platform.archive.reading import Archive
from rackhouse.platform.store import ArchivedFile, archived_files

__all__ = [
    "Archive",
    "ArchiveCheck",
    "ArchiveFinding",
    "ArchiveLibraryMissing",
    "ArchiveUnreadable",
    "ArchivedFile",
    "ArchivedLog",
    "Boundary",
    "EventsDoNotFit",
    "MonthNotOver",
    "archive_events",
    "archived_boundaries",
    "archived_files",
    "archived_position",
    "archived_versions",
    "month_that_is_old",
    "verify_archive",
]
