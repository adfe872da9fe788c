"""Statements of what has left a log for its archive."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.platform.database import Transaction
from rackhouse.platform.events import START, Position

__all__ = [
    "ArchivedFile",
    "archived_files",
    "archived_streams",
    "archived_until",
    "archived_versions",
    "cursors_of",
    "mark_emptied",
    "move_boundaries",
    "record_file",
    "try_archive_turn",
]


class ArchivedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of events that have left their log: those from ``first`` to ``last``, all of them of
    one month (in UTC) but for a few that were recorded in its last moments.

    ``emptied_at`` is when the last of them was deleted from the log, None while that goes on.
    """

    log: str
    number: int
    name: str
    month: datetime.date
    events: int
    size_bytes: int
    sha256: bytes
    first: Position
    last: Position
    first_at: datetime.datetime
    last_at: datetime.datetime
    archived_at: datetime.datetime
    emptied_at: datetime.datetime | None = None


async def try_archive_turn(session: Transaction, log: str) -> bool:
    """Be the only one to archive a log for as long as the session lasts, unless somebody is."""
    return await session.one(
        bool,
        "select pg_try_advisory_lock(hashtextextended('archive ' || %(log)s::text, 2))",
        {"log": log},
    )


async def archived_files(tx: Transaction, log: str) -> list[ArchivedFile]:
    """The files of a log's archive, the oldest first."""
    return await tx.all(
        _file,
        """
        select log, number, name, month, events, size_bytes, sha256, first_position, last_position,
            first_at, last_at, archived_at, emptied_at
        from platform.archived_file where log = %(log)s order by number
        """,
        {"log": log},
    )


async def archived_until(tx: Transaction, log: str) -> Position:
    """The position up to which a log was archived; ``START`` where nothing was."""
    found = await tx.maybe(
        Position.parse,
        """
        select last_position from platform.archived_file
        where log = %(log)s order by number desc limit 1
        """,
        {"log": log},
    )
    return found or START


async def record_file(tx: Transaction, file: ArchivedFile) -> None:
    """Write down a file that is complete and in its place."""
    await tx.run(
        """
        insert into platform.archived_file
            (log, number, name, month, events, size_bytes, sha256, first_position, last_position,
             first_at, last_at, archived_at)
        values (%(log)s, %(number)s, %(name)s, %(month)s, %(events)s, %(size_bytes)s, %(sha256)s,
            %(first)s, %(last)s, %(first_at)s, %(last_at)s, %(archived_at)s)
        """,
        {**msgspec.structs.asdict(file), "first": str(file.first), "last": str(file.last)},
    )


async def mark_emptied(tx: Transaction, file: ArchivedFile) -> None:
    """Write down that the events of a file are not in the log any more."""
    await tx.run(
        """
        update platform.archived_file set emptied_at = %(at)s
        where log = %(log)s and number = %(number)s
        """,
        {"log": file.log, "number": file.number, "at": file.emptied_at},
    )


async def move_boundaries(
    tx: Transaction, log: str, newest: Mapping[str, tuple[int, bytes]]
) -> None:
    """Write down the version and hash of the last event of some streams that left the log."""
    rows = [
        {"stream": stream, "version": version, "hash": "\\x" + hash_.hex()}
        for stream, (version, hash_) in newest.items()
    ]
    await tx.run(
        """
        insert into platform.archived_stream (log, stream, version, hash)
        select %(log)s, stream, version, hash
        from jsonb_to_recordset(%(rows)s::jsonb) as new (stream text, version bigint, hash bytea)
        on conflict (log, stream) do update
        set version = excluded.version, hash = excluded.hash
        where archived_stream.version < excluded.version
        """,
        {"log": log, "rows": msgspec.json.encode(rows).decode()},
    )


async def archived_streams(
    tx: Transaction, log: str, *, after: str, limit: int
) -> list[tuple[str, int, bytes]]:
    """Streams of which events have left a log, in order after one: the version and the hash of
    the last that has."""
    return await tx.all(
        _row,
        """
        select stream, version, hash from platform.archived_stream
        where log = %(log)s and stream > %(after)s order by stream limit %(limit)s
        """,
        {"log": log, "after": after, "limit": limit},
    )


async def archived_versions(tx: Transaction, log: str, streams: Sequence[str]) -> dict[str, int]:
    """The version of the last event that has left a log, of those of some streams that have."""
    found = await tx.all(
        _row,
        """
        select stream, version from platform.archived_stream
        where log = %(log)s and stream in (
            select name from jsonb_array_elements_text(%(streams)s::jsonb) as asked (name))
        """,
        {"log": log, "streams": msgspec.json.encode(list(streams)).decode()},
    )
    return dict(found)


async def cursors_of(tx: Transaction, log: str) -> Sequence[tuple[str, str]]:
    """How far each durable subscriber of a database has read a log."""
    return await tx.all(
        _row,
        "select subscriber, position from platform.subscription where log = %(log)s",
        {"log": log},
    )


def _file(*values: Any) -> ArchivedFile:
    names = ArchivedFile.__struct_fields__
    facts = dict(zip(names, values, strict=True))
    facts["first"], facts["last"] = map(Position.parse, (facts["first"], facts["last"]))
    return ArchivedFile(**facts)


def _row(*values: Any) -> tuple[Any, ...]:
    return values
