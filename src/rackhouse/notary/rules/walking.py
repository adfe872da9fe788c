"""Walking along a log: each event must follow the one before it in its stream."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rackhouse.notary.rules.checkpoints import Head, sorted_heads
from rackhouse.notary.rules.findings import Finding
from rackhouse.platform.events import GENESIS, LinkRow, chained, hashed_time

__all__ = ["Start", "Walk"]

BEFORE_ALL = (0, GENESIS)


class Start(msgspec.Struct, frozen=True):
    """The last event of a stream that is not in its log any more, as when older events were
    moved to an archive: its version and its hash."""

    version: int
    hash: bytes


class Walk:
    """What was seen of a log so far. It only notes which streams are in doubt; what is wrong with
    one is for `Diagnosis` to say, which sees all of it."""

    def __init__(self, starts: Mapping[str, Start]) -> None:
        self.events = 0
        self.doubts = 0
        self.in_doubt: dict[str, None] = {}
        self.starts = starts
        self._heads = {stream: (each.version, each.hash) for stream, each in starts.items()}
        self._grown: set[str] = set()

    def follow(self, links: Sequence[LinkRow]) -> None:
        """Walk along the next events."""
        heads, grown = self._heads, self._grown
        recorded_at = None  # what was decided together was recorded at the same time
        for link in links:
            if link[3] != recorded_at:
                recorded_at, recorded = link[3], hashed_time(link[3])
            stream, version = link[4], link[5]
            known_version, known_hash = heads.get(stream, BEFORE_ALL)
            if (
                version != known_version + 1
                or chained(known_hash, (*link[4:], recorded)) != link[2]
            ):
                self.in_doubt[stream] = None
                self.doubts += 1
            if version > known_version:
                heads[stream] = (version, link[2])
            grown.add(stream)
        self.events += len(links)

    @property
    def streams(self) -> int:
        """How many streams were seen."""
        return len(self._heads)

    def version_of(self, stream: str) -> int:
        """The newest version of a stream that was seen, 0 for none."""
        return self._heads.get(stream, BEFORE_ALL)[0]

    def grown_heads(self) -> list[Head]:
        """The heads of the streams that have grown since the last rest, in order."""
        return sorted_heads(Head(stream, *self._heads[stream]) for stream in self._grown)

    def rest(self) -> None:
        """Count from here what grows next."""
        self._grown.clear()

    def differences(
        self, log: str, checkpoint: str, heads: Iterable[Head], *, all_of_them: bool
    ) -> list[Finding]:
        """Where the log up to here is not what the heads of a checkpoint say; with
        ``all_of_them`` they are those of every stream that has grown since the last rest."""
        findings = []
        named = set()
        for head in heads:
            named.add(head.stream)
            told = self._difference(head, checkpoint)
            if told is not None:
                findings.append(Finding(log, head.stream, head.version, *told))
        unnamed = sorted(self._grown - named) if all_of_them else ()
        for stream in unnamed:
            finding = f"checkpoint {checkpoint} does not know it, and it stands before its place"
            findings.append(Finding(log, stream, self.version_of(stream), "added", finding))
        return findings

    def _difference(self, head: Head, checkpoint: str) -> tuple[str, str] | None:
        version, found = self._heads.get(head.stream, BEFORE_ALL)
        start = self.starts.get(head.stream)
        if start is not None and start.version > head.version:
            return None
        if version < head.version:
            there = f"event {version} is the newest" if version else "there is none"
            return "removed", f"checkpoint {checkpoint} names it, and up to there {there}"
        if version > head.version:
            return (
                "reordered",
                f"checkpoint {checkpoint} names it as the newest, and event {version} stands "
                "before the place of the checkpoint",
            )
        if found != head.hash:
            return "altered", f"checkpoint {checkpoint} names another hash for it"
        return None
