"""Checking a file of the archive: is every event in it the one that left the log?"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from rackhouse.platform import store
from rackhouse.platform.archive.errors import ArchiveUnreadable
from rackhouse.platform.archive.parquet import EventFile
from rackhouse.platform.archive.reading import path_of
from rackhouse.platform.events import GENESIS, Event, EventLog, chained, recorded_text
from rackhouse.platform.house import House
from rackhouse.platform.store import ArchivedFile

__all__ = [
    "ArchiveCheck",
    "ArchiveFinding",
    "EventsDigest",
    "check_events",
    "digest_of_file",
    "verify_archive",
]

READ_BYTES = 1 << 20
FINDINGS_LIMIT = 100
HEADS_LIMIT = 1_000


class ArchiveFinding(msgspec.Struct, frozen=True):
    """What is wrong with a file of the archive."""

    log: str
    file: str
    finding: str


class ArchiveCheck(msgspec.Struct, frozen=True):
    """What was checked of the archive, and what is wrong with it."""

    files: int
    events: int
    findings: list[ArchiveFinding]


class EventsDigest:
    """A digest of events in an order: how many, and SHA-256 of their places and hashes."""

    def __init__(self) -> None:
        self.events = 0
        self._sha256 = hashlib.sha256()

    def add(self, events: Iterable[Event]) -> None:
        """Count the next events in."""
        for event in events:
            self.events += 1
            self._sha256.update(f"{event.position} {event.stream} {event.version} ".encode())
            self._sha256.update(event.hash)

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, EventsDigest)
        return (self.events, self._sha256.digest()) == (other.events, other._sha256.digest())

    __hash__ = None  # type: ignore[assignment]


async def verify_archive(*, house: House) -> ArchiveCheck:
    """Read every file of every log's archive, and compare its SHA-256, its number of events and
    the hash of each event with what was written down when they left the log."""
    files = events = 0
    findings: list[ArchiveFinding] = []
    for module in house.modules:
        if module.event_log is None:
            continue
        async with house.database(module.name).reading() as tx:
            found = await store.archived_files(tx, module.name)
        heads: dict[str, tuple[int, bytes]] = {}
        for file in found:
            path = path_of(house.settings.archive_folder, file)
            told = await asyncio.to_thread(_problems_of, path, file, heads)
            files, events = files + 1, events + file.events
            findings += [ArchiveFinding(file.log, file.name, each) for each in told]
        findings += await _against_the_log(house, module.event_log, heads)
    return ArchiveCheck(files, events, findings[:FINDINGS_LIMIT])


def digest_of_file(path: Path) -> bytes:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.digest()


def check_events(
    opened: EventFile, heads: dict[str, tuple[int, bytes]], digest: EventsDigest
) -> str | None:
    """Read a whole file: does each event follow the one before it in its stream, and fit its own
    hash? ``heads`` are the versions and hashes that its streams go on from; they move along.
    Answers what is wrong first, or None."""
    problem = None
    for group in opened.groups:
        events = opened.read(group)
        digest.add(events)
        for event in events:
            before = heads.get(event.stream, (0, GENESIS))
            problem = problem or _misfit(event, *before)
            heads[event.stream] = (event.version, event.hash)
    return problem


def _misfit(event: Event, version: int, previous: bytes) -> str | None:
    if event.version != version + 1:
        return f"event {event.version} of {event.stream} follows event {version}"
    if _hash_after(previous, event) != event.hash:
        return f"event {event.version} of {event.stream} does not fit its hash"
    return None


def _problems_of(path: Path, file: ArchivedFile, heads: dict[str, tuple[int, bytes]]) -> list[str]:
    if not path.is_file():
        return ["the file is not there"]
    problems = []
    if digest_of_file(path) != file.sha256:
        problems.append("its content is not what was written: its SHA-256 is another")
    digest = EventsDigest()
    try:
        problem = check_events(EventFile(path), heads, digest)
    except ArchiveUnreadable as refusal:
        return [*problems, str(refusal)]
    if problem is None and digest.events != file.events:
        problem = f"it has {digest.events} events, not {file.events}"
    return problems if problem is None else [*problems, problem]


async def _against_the_log(
    house: House, log: EventLog, heads: Mapping[str, tuple[int, bytes]]
) -> list[ArchiveFinding]:
    """The newest archived event of each stream is in the log besides."""
    findings = []
    streams = sorted(heads)
    for start in range(0, len(streams), HEADS_LIMIT):
        versions = {each: heads[each][0] for each in streams[start : start + HEADS_LIMIT]}
        async with house.database(log.schema).reading() as tx:
            there = await log.hashes(tx, versions)
        for stream, version in versions.items():
            if there.get(stream) != heads[stream][1]:
                told = f"the log has another event {version} of {stream}, or none"
                findings.append(ArchiveFinding(log.schema, "", told))
    return findings


def _hash_after(previous: bytes, event: Event) -> bytes:
    recorded = (
        event.stream,
        event.version,
        event.type,
        event.data,
        event.actor,
        event.channel,
        event.correlation_id,
        recorded_text(event.recorded_at),
    )
    return chained(previous, recorded)
