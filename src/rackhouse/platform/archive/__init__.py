"""The archive: events of months that are over, in files, where they remain answerable.

The newest archived event of each stream stays in the log, because the next one follows it.
"""

from rackhouse.platform.archive.boundaries import (
    Boundary,
    archived_boundaries,
    archived_position,
    archived_versions,
)
from rackhouse.platform.archive.checking import (
    ArchiveCheck,
    ArchiveFinding,
    digest_of_file,
    verify_archive,
)
from rackhouse.platform.archive.errors import (
    ArchiveLibraryMissing,
    ArchiveUnreadable,
    EventsDoNotFit,
    MonthNotOver,
)
from rackhouse.platform.archive.moving import ArchivedLog, archive_events, month_that_is_old
from rackhouse.platform.archive.parquet import EventFile
from rackhouse.platform.archive.reading import Archive, path_of
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
    "EventFile",
    "EventsDoNotFit",
    "MonthNotOver",
    "archive_events",
    "archived_boundaries",
    "archived_files",
    "archived_position",
    "archived_versions",
    "digest_of_file",
    "month_that_is_old",
    "path_of",
    "verify_archive",
]
