"""Reading the archive: events of one stream that are not in their log any more."""

import asyncio
import datetime
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from rackhouse.platform import store
from rackhouse.platform.archive.parquet import EventFile
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.store import ArchivedFile

__all__ = ["Archive", "path_of"]

OPEN_FILES_LIMIT = 16

Answer = TypeVar("Answer")


def path_of(folder: Path, file: ArchivedFile) -> Path:
    """Where a file of the archive is."""
    return folder / file.log / file.name


class Archive:
    """This process's view of the archive. Each question takes a transaction of the log's own
    database, where the files are listed; refuses with `ArchiveUnreadable`."""

    def __init__(self, house: House) -> None:
        self._folder = house.settings.archive_folder
        self._open: OrderedDict[Path, EventFile] = OrderedDict()
        self._turn = asyncio.Lock()  # a file that is open is read by one thread at a time

    async def events(
        self, tx: Transaction, log: str, *, stream: str, after: int, upto: int
    ) -> list[Event]:
        """The archived events of a stream after a version, up to another, oldest first."""
        files = await store.archived_files(tx, log)
        return await self._told(self._between, files, stream, after, upto)

    async def event_at(
        self, tx: Transaction, log: str, *, stream: str, below: int, at: datetime.datetime
    ) -> Event | None:
        """The newest archived event of a stream below a version that was recorded by a time."""
        files = await store.archived_files(tx, log)
        return await self._told(self._newest_by, files, stream, below, at)

    async def first(self, tx: Transaction, log: str, *, stream: str) -> Event | None:
        """The oldest archived event of a stream."""
        files = await store.archived_files(tx, log)
        return await self._told(self._first, files, stream)

    async def events_with(
        self,
        tx: Transaction,
        log: str,
        *,
        stream: str,
        text: str,
        since: datetime.datetime | None,
    ) -> list[Event]:
        """The archived events of a stream whose data has a text in it, oldest first; none that
        were recorded before a time are looked for."""
        files = await store.archived_files(tx, log)
        recent = [each for each in files if since is None or each.last_at >= since]
        return await self._told(self._with, recent, stream, text) if recent else []

    async def streams(
        self, tx: Transaction, log: str, upto: Mapping[str, int]
    ) -> dict[str, list[Event]]:
        """The archived events of some streams up to a version of each, oldest first."""
        files = await store.archived_files(tx, log)
        return await self._told(self._of_many, files, upto)

    async def newest(
        self,
        tx: Transaction,
        log: str,
        *,
        streams: Sequence[str],
        before: tuple[datetime.datetime, int] | None,
        limit: int,
    ) -> list[Event]:
        """The newest archived events of some streams, newest first, before a (time, position)."""
        files = await store.archived_files(tx, log)
        return await self._told(self._newest, files, streams, before, limit)

    async def _told(self, question: Callable[..., Answer], *asked: object) -> Answer:
        async with self._turn:
            return await asyncio.to_thread(question, *asked)

    def _between(
        self, files: Sequence[ArchivedFile], stream: str, after: int, upto: int
    ) -> list[Event]:
        found: list[Event] = []
        for events in self._backwards(files, stream):
            found = [each for each in events if after < each.version <= upto] + found
            if events[0].version <= after + 1:
                break
        return found

    def _newest_by(
        self, files: Sequence[ArchivedFile], stream: str, below: int, at: datetime.datetime
    ) -> Event | None:
        for events in self._backwards([each for each in files if each.first_at <= at], stream):
            found = [each for each in events if each.version < below and each.recorded_at <= at]
            if found:
                return found[-1]
        return None

    def _first(self, files: Sequence[ArchivedFile], stream: str) -> Event | None:
        for file in files:
            opened = self._file(file)
            for group in opened.groups_of(stream):
                events = opened.read_stream(group, stream)
                if events:
                    return events[0]
        return None

    def _newest(
        self,
        files: Sequence[ArchivedFile],
        streams: Sequence[str],
        before: tuple[datetime.datetime, int] | None,
        limit: int,
    ) -> list[Event]:
        found: list[Event] = []
        if before is not None:
            files = [each for each in files if each.first_at <= before[0]]
        for stream in streams:
            own = 0
            for events in self._backwards(files, stream):
                kept = [each for each in events if before is None or _place(each) < before]
                found += kept
                own += len(kept)
                if own >= limit:
                    break
        return sorted(found, key=_place, reverse=True)[:limit]

    def _with(self, files: Sequence[ArchivedFile], stream: str, text: str) -> list[Event]:
        found: list[Event] = []
        for file in files:
            opened = self._file(file)
            for group in opened.groups_of(stream):
                found += opened.read_stream(group, stream, text)
        return found

    def _of_many(
        self, files: Sequence[ArchivedFile], upto: Mapping[str, int]
    ) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        streams = sorted(upto)
        for file in files:
            opened = self._file(file)
            for group in opened.groups_of_any(streams):
                for event in opened.read_streams(group, streams):
                    if event.version <= upto[event.stream]:
                        found.setdefault(event.stream, []).append(event)
        return found

    def _backwards(self, files: Sequence[ArchivedFile], stream: str) -> Iterator[list[Event]]:
        """The events of a stream, the newest row group first; each oldest first."""
        for file in reversed(files):
            opened = self._file(file)
            for group in reversed(opened.groups_of(stream)):
                events = opened.read_stream(group, stream)
                if events:
                    yield events

    def _file(self, file: ArchivedFile) -> EventFile:
        path = path_of(self._folder, file)
        known = self._open.pop(path, None)
        self._open[path] = opened = known or EventFile(path)
        if len(self._open) > OPEN_FILES_LIMIT:
            self._open.popitem(last=False)
        return opened


def _place(event: Event) -> tuple[datetime.datetime, int]:
    return (event.recorded_at, event.position.position)
