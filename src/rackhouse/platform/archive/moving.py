"""Moving old events out of their log into files: first the file, whole and checked, then its
record, and only then are they deleted from the log.

Whatever stops it in between, nothing is lost, and nothing is there twice for good: an unfinished
file is not recorded and is written anew, and what a recorded file holds is deleted by the next run.
"""

import asyncio
import datetime
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from rackhouse.platform import store
from rackhouse.platform.archive.checking import EventsDigest, check_events, digest_of_file
from rackhouse.platform.archive.errors import EventsDoNotFit, MonthNotOver
from rackhouse.platform.archive.hindrances import hindrance
from rackhouse.platform.archive.parquet import EventFile, EventFileWriter
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import GENESIS, START, Event, EventLog, Outgoing, Stretch
from rackhouse.platform.house import House
from rackhouse.platform.module import Module
from rackhouse.platform.store import ArchivedFile, server_time

__all__ = ["ArchivedLog", "archive_events", "month_that_is_old"]

FILE_EVENTS_LIMIT = 1_000_000
DELETE_LIMIT = 5_000
PARTIAL = ".partial"
ENTERED_BY_OWNER = 0o700
SERVICE = "archive"

Heads = dict[str, tuple[int, bytes]]
Progress = Callable[[ArchivedFile], None]


class ArchivedLog(msgspec.Struct, frozen=True):
    """What was moved out of one log; where more was old enough, ``stopped`` says why it stays."""

    log: str
    files: list[ArchivedFile]
    stopped: str | None


async def archive_events(
    *, house: House, before: datetime.date, files_limit: int | None, progress: Progress
) -> list[ArchivedLog]:
    """Move the events of the months before one into files, log by log, ``files_limit`` files of
    each at most. ``progress`` is told of each file when it is finished.

    Refuses with `MonthNotOver`, `EventsDoNotFit` and `ArchiveLibraryMissing`.
    """
    async with house.database("platform").reading() as tx:
        this_month = (await server_time(tx)).date().replace(day=1)
    if before > this_month:
        raise MonthNotOver(latest=f"{this_month:%Y-%m}")
    moved = []
    for module in house.modules:
        if module.event_log is not None:
            move = _Move(house, module, module.event_log, before.replace(day=1), progress)
            moved.append(await move.run(files_limit))
    return moved


async def month_that_is_old(house: House) -> datetime.date | None:
    """The month before which events are old enough by the settings; None where none ever are."""
    days = house.settings.archive_after_days
    if days is None:
        return None
    async with house.database("platform").reading() as tx:
        old = await server_time(tx) - datetime.timedelta(days=days)
    return old.date().replace(day=1)


class _Move:
    """The move of one log's old events."""

    def __init__(
        self,
        house: House,
        module: Module,
        log: EventLog,
        before: datetime.date,
        progress: Progress,
    ) -> None:
        self._house = house
        self._database = house.database(module.name)
        self._module = module
        self._log = log
        self._before = before
        self._progress = progress
        self._outgoing = Outgoing(log)
        self._folder = house.settings.archive_folder / log.schema

    async def run(self, files_limit: int | None) -> ArchivedLog:
        """Move as much as may be moved."""
        files: list[ArchivedFile] = []
        async with self._turn() as ours:
            if not ours:
                return ArchivedLog(self._log.schema, [], "another run is archiving it")
            await self._take_up()
            while files_limit is None or len(files) < files_limit:
                file, stopped = await self._next()
                if file is None:
                    return ArchivedLog(self._log.schema, files, stopped)
                files.append(file)
                self._progress(file)
        return ArchivedLog(self._log.schema, files, None)

    async def _take_up(self) -> None:
        """Finish what a run before this one began."""
        for left in self._folder.glob(f".*{PARTIAL}"):
            left.unlink()
        async with self._database.reading() as tx:
            files = await store.archived_files(tx, self._log.schema)
        for file in files:
            if file.emptied_at is None:
                await self._empty(file)

    async def _next(self) -> tuple[ArchivedFile | None, str | None]:
        async with self._database.reading() as tx:
            files = await store.archived_files(tx, self._log.schema)
            after = files[-1].last if files else START
            stretch = await self._outgoing.stretch(tx, after=after, limit=FILE_EVENTS_LIMIT)
        if stretch is None or _month_after(stretch.month) > self._before:
            return None, None
        reason = await hindrance(self._house, self._log, stretch)
        if reason is not None:
            return None, reason
        await self._tell_the_module(stretch)
        file = await self._written(stretch, files[-1].number + 1 if files else 1)
        return await self._empty(await self._record(file)), None

    async def _tell_the_module(self, stretch: Stretch) -> None:
        if self._module.before_archiving is not None:
            async with self._database.reading() as tx:
                newest = await self._outgoing.newest(tx, stretch)
            permissions = self._module.archiving_permissions
            context = Context.of_service(self._house, SERVICE, permissions)
            await self._module.before_archiving(context, newest)

    async def _written(self, stretch: Stretch, number: int) -> ArchivedFile:
        """Write a file, read it back and compare, and put it in its place."""
        await asyncio.to_thread(_make_folder, self._folder)
        name = f"{self._log.schema}-{stretch.month:%Y-%m}-{number:06}.parquet"
        partial, final = self._folder / f".{name}{PARTIAL}", self._folder / name
        exported, heads = await self._exported(stretch, partial)
        problem = await asyncio.to_thread(_read_back, partial, heads, exported)
        if problem is None and exported.events != stretch.events:
            problem = f"{exported.events} events were read of {stretch.events}"
        if problem is not None:
            raise EventsDoNotFit(log=self._log.schema, problem=problem)
        sha256, size = await asyncio.to_thread(digest_of_file, partial), partial.stat().st_size
        await asyncio.to_thread(_put_in_place, partial, final)
        return _file_of(self._log.schema, number, name, stretch, size, sha256)

    async def _exported(self, stretch: Stretch, path: Path) -> tuple[EventsDigest, Heads]:
        """Write a stretch to a file; answers what was read, and what its streams go on from."""
        digest, heads, writer = EventsDigest(), Heads(), EventFileWriter(path)
        try:
            async with self._database.transaction() as tx:
                await self._outgoing.declare(tx, stretch)
                while events := await self._outgoing.fetch(tx):
                    digest.add(events)
                    heads.update(await self._before_first(tx, events, heads))
                    await asyncio.to_thread(writer.write, events)
        except BaseException:
            writer.abandon()
            raise
        await asyncio.to_thread(writer.close)
        return digest, heads

    async def _before_first(
        self, tx: Transaction, events: Sequence[Event], known: Mapping[str, object]
    ) -> Heads:
        """What streams that come for the first time go on from."""
        first: dict[str, int] = {}
        for event in events:
            if event.stream not in known:
                first.setdefault(event.stream, event.version - 1)
        before = {stream: version for stream, version in first.items() if version > 0}
        hashes = await self._log.hashes(tx, before) if before else {}
        return {
            stream: (version, hashes[stream]) if stream in hashes else (0, GENESIS)
            for stream, version in first.items()
        }

    async def _record(self, file: ArchivedFile) -> ArchivedFile:
        async with self._database.transaction() as tx:
            file = msgspec.structs.replace(file, archived_at=await server_time(tx))
            await store.record_file(tx, file)
        return file

    async def _empty(self, file: ArchivedFile) -> ArchivedFile:
        """Delete from the log what a recorded file holds, some at a time."""
        place = START
        while place < file.last:
            async with self._database.transaction() as tx:
                place, gone = await self._outgoing.delete(
                    tx, after=place, last=file.last, limit=DELETE_LIMIT
                )
                newest: Heads = {}
                for each in gone:
                    if each.version > newest.get(each.stream, (0, b""))[0]:
                        newest[each.stream] = (each.version, each.hash)
                await store.move_boundaries(tx, file.log, newest)
        async with self._database.transaction() as tx:
            file = msgspec.structs.replace(file, emptied_at=await server_time(tx))
            await store.mark_emptied(tx, file)
        return file

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[bool]:
        connection = await self._database.connect()
        async with connection:
            tx = Transaction(connection, begun=True)
            yield await store.try_archive_turn(tx, self._log.schema)


def _read_back(path: Path, heads: Heads, exported: EventsDigest) -> str | None:
    digest = EventsDigest()
    problem = check_events(EventFile(path), dict(heads), digest)
    if problem is None and digest != exported:
        return f"{path.name} reads otherwise than it was written"
    return problem


def _put_in_place(partial: Path, final: Path) -> None:
    partial.replace(final)
    _sync(final.parent)


def _make_folder(folder: Path) -> None:
    """Make a folder, and those above it, and have the disk keep that."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=ENTERED_BY_OWNER, parents=True, exist_ok=True)
    for each in missing:
        _sync(each.parent)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _file_of(
    log: str, number: int, name: str, stretch: Stretch, size: int, sha256: bytes
) -> ArchivedFile:
    return ArchivedFile(
        log=log,
        number=number,
        name=name,
        month=stretch.month,
        events=stretch.events,
        size_bytes=size,
        sha256=sha256,
        first=stretch.first,
        last=stretch.last,
        first_at=stretch.first_at,
        last_at=stretch.last_at,
        archived_at=stretch.last_at,
    )


def _month_after(month: datetime.date) -> datetime.date:
    return (month + datetime.timedelta(days=32)).replace(day=1)
