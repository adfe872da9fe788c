"""Checking what has left a log: along the events in the files of its archive, and on to the log."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress

from rackhouse.notary.log_checking import DIAGNOSES_LIMIT, PAGE_LIMIT, TimeIsOver
from rackhouse.notary.rules import Diagnosis, Finding, Findings, Head, Start, Walk
from rackhouse.platform.archive import (
    ArchivedFile,
    ArchiveUnreadable,
    EventFile,
    archived_files,
    digest_of_file,
    path_of,
)
from rackhouse.platform.events import Event, EventLog, Link
from rackhouse.platform.house import House

__all__ = ["ArchiveCheck"]

HEADS_PAGE_LIMIT = 1_000


class ArchiveCheck:
    """The check of one log's archive. ``starts`` is where the log goes on from."""

    def __init__(
        self, house: House, log: EventLog, starts: Mapping[str, Start], findings: Findings
    ) -> None:
        self._house = house
        self._log = log
        self._name = log.schema
        self._starts = starts
        self._findings = findings
        self._walk = Walk({})
        self._files: list[ArchivedFile] = []

    @property
    def events(self) -> int:
        """How many archived events were checked so far."""
        return self._walk.events

    async def run(self, *, give_up_at: float | None) -> None:
        """Check all of it; raises `TimeIsOver` when it takes too long, after saying what is wrong
        with the streams that are in doubt by then. Refuses with `ArchiveLibraryMissing`."""
        async with self._house.database(self._name).reading() as tx:
            self._files = await archived_files(tx, self._name)
        try:
            for file in self._files:
                await self._follow(file, give_up_at)
        finally:
            await self._diagnose()
        self._find_gaps_before_the_log()
        await self._compare_with_the_log()

    async def _follow(self, file: ArchivedFile, give_up_at: float | None) -> None:
        opened = await self._opened(file)
        if opened is None:
            return
        read = 0
        unreadable: ArchiveUnreadable | None = None
        for group in opened.groups:
            if give_up_at is not None and time.monotonic() > give_up_at:
                raise TimeIsOver
            try:
                events = await asyncio.to_thread(opened.read, group)
            except ArchiveUnreadable as refusal:
                unreadable = refusal
                continue
            for at in range(0, len(events), PAGE_LIMIT):
                self._walk.follow([_link(each) for each in events[at : at + PAGE_LIMIT]])
                await asyncio.sleep(0)  # this process may have other things to do
            read += len(events)
        if unreadable is not None:
            self._find("altered", f"{file.name} of the archive: {unreadable.reason}")
        elif read != file.events:
            finding = f"{file.name} of the archive has {read} events, not {file.events}"
            self._find("removed" if read < file.events else "added", finding)

    async def _opened(self, file: ArchivedFile) -> EventFile | None:
        path = path_of(self._house.settings.archive_folder, file)
        try:
            if await asyncio.to_thread(digest_of_file, path) != file.sha256:
                finding = f"{file.name} of the archive is not what was written: its SHA-256 differs"
                self._find("altered", finding)
            return await asyncio.to_thread(EventFile, path)
        except FileNotFoundError:
            self._find("removed", f"{file.name} of the archive is not there")
        except (OSError, ArchiveUnreadable) as error:
            reason = error.reason if isinstance(error, ArchiveUnreadable) else error.strerror
            self._find("altered", f"{file.name} of the archive: {reason}")
        return None

    async def _diagnose(self) -> None:
        in_doubt = list(self._walk.in_doubt)
        for stream in in_doubt[:DIAGNOSES_LIMIT]:
            self._findings.add(await self._diagnosed(stream))
        self._findings.further += len(in_doubt[DIAGNOSES_LIMIT:])

    async def _diagnosed(self, stream: str) -> list[Finding]:
        diagnosis, moved = Diagnosis(self._name, stream, None), list[Finding]()
        newest = 0
        async for file, events in self._events_of(stream):
            for event in events:
                if event.version < newest:
                    finding = f"it stands behind event {newest} in {file.name} of the archive"
                    moved.append(Finding(self._name, stream, event.version, "reordered", finding))
                newest = max(newest, event.version)
            diagnosis.show([_link(each) for each in sorted(events, key=_version)])
        return [*moved, *diagnosis.findings()]

    async def _events_of(self, stream: str) -> AsyncIterator[tuple[ArchivedFile, list[Event]]]:
        """The events of a stream, a row group at a time, as they stand there; what can not be
        read was told."""
        for file in self._files:
            with suppress(ArchiveUnreadable):
                opened = EventFile(path_of(self._house.settings.archive_folder, file))
                for group in opened.groups_of(stream):
                    with suppress(ArchiveUnreadable):
                        yield file, await asyncio.to_thread(opened.read_stream, group, stream)

    def _find_gaps_before_the_log(self) -> None:
        """Whatever has left the log must be in the archive."""
        for stream, start in sorted(self._starts.items()):
            first = self._walk.version_of(stream) + 1
            if first <= start.version:
                what = "it" if first == start.version else f"events {first} to {start.version}"
                finding = f"neither the log nor its archive has {what}"
                self._findings.add([Finding(self._name, stream, first, "removed", finding)])

    async def _compare_with_the_log(self) -> None:
        """The newest archived event of each stream is in the log besides."""
        heads = self._walk.grown_heads()
        for at in range(0, len(heads), HEADS_PAGE_LIMIT):
            page = heads[at : at + HEADS_PAGE_LIMIT]
            async with self._house.database(self._name).reading() as tx:
                in_log = await self._log.hashes(tx, {each.stream: each.version for each in page})
            self._findings.add(self._differences(page, in_log))

    def _differences(self, heads: Iterable[Head], in_log: Mapping[str, bytes]) -> list[Finding]:
        found = []
        for head in heads:
            start = self._starts.get(head.stream)
            if start is not None and head.version < start.version:
                continue  # this gap was told
            left = start if start is not None and start.version == head.version else None
            known = in_log.get(head.stream) if left is None else left.hash
            place = (self._name, head.stream, head.version)
            if known is None:
                told = "the archive has it, and the log, which should have it besides, has not"
                found.append(Finding(*place, "removed", told))
            elif known != head.hash:
                told = "the archive has another hash for it than the log"
                found.append(Finding(*place, "altered", told))
        return found

    def _find(self, kind: str, finding: str) -> None:
        self._findings.add([Finding(self._name, None, None, kind, finding)])


def _link(event: Event) -> Link:
    return Link(
        event.position.transaction_id,
        event.position.position,
        event.hash,
        event.recorded_at.isoformat(),
        event.stream,
        event.version,
        event.type,
        event.data,
        event.actor,
        event.channel,
        event.correlation_id,
    )


def _version(event: Event) -> int:
    return event.version
