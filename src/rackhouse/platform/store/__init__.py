"""Every SQL statement of the platform's own tables."""

from rackhouse.platform.store.archive import (
    ArchivedFile,
    archived_files,
    archived_streams,
    archived_until,
    archived_versions,
    cursors_of,
    mark_emptied,
    move_boundaries,
    record_file,
    try_archive_turn,
)
from rackhouse.platform.store.keys import (
    expect_whole_tables,
    forget_keys,
    lock_key,
    read_cursor,
    recall_keys,
    remember_keys,
    server_time,
    write_cursor,
)

__all__ = [
    "ArchivedFile",
    "archived_files",
    "archived_streams",
    "archived_until",
    "archived_versions",
    "cursors_of",
    "expect_whole_tables",
    "forget_keys",
    "lock_key",
    "mark_emptied",
    "move_boundaries",
    "read_cursor",
    "recall_keys",
    "record_file",
    "remember_keys",
    "server_time",
    "try_archive_turn",
    "write_cursor",
]
