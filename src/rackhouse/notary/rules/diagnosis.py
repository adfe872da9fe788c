"""Diagnosis: what is wrong with one stream, seen as a whole in the order of its versions."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from rackhouse.notary.rules.findings import Finding
from rackhouse.notary.rules.walking import Start
from rackhouse.platform.events import GENESIS, START, Link

__all__ = ["Diagnosis"]

# Beyond so many events that do not fit, nobody asks which of them have changed places.
EXCHANGES_LIMIT = 40
CONTENT = ("type", "data", "actor", "channel", "correlation_id", "recorded_at")
PARTS = (CONTENT, ("type", "data"), ("data",))


class _Misfit(NamedTuple):
    """An event whose hash does not fit it, and the hash before it."""

    link: Link
    previous: bytes


class Diagnosis:
    """Is shown all events of a stream, and says what is wrong."""

    def __init__(self, log: str, stream: str, start: Start | None) -> None:
        self._log = log
        self._stream = stream
        self._version = 0 if start is None else start.version
        self._hash = GENESIS if start is None else start.hash
        self._place = START
        self._missing_or_added: list[Finding] = []
        self._misfits: list[_Misfit] = []
        self._misplaced: list[int] = []

    @property
    def version(self) -> int:
        """The version up to which it was shown the stream."""
        return self._version

    def show(self, links: Sequence[Link]) -> None:
        """Look at the next events."""
        for link in links:
            if link.version == self._version:
                twice = "there are two events of this version"
                self._missing_or_added.append(self._finding(link.version, "added", twice))
            elif link.version != self._version + 1:
                self._missing_or_added.append(self._gap(self._version + 1, link.version - 1))
            elif link.after(self._hash) != link.hash:
                self._misfits.append(_Misfit(link, self._hash))
            if link.place < self._place:
                self._misplaced.append(link.version)
            self._version, self._hash, self._place = link.version, link.hash, link.place

    def findings(self) -> list[Finding]:
        """All that is wrong, in the order of the versions."""
        found = list(self._missing_or_added)
        explained: set[int] = set()
        for first, second in combinations(self._misfits[:EXCHANGES_LIMIT], 2):
            told = (
                None
                if explained & {first.link.version, second.link.version}
                else _exchange(first, second)
            )
            if told is not None:
                found.append(self._finding(first.link.version, "reordered", told))
                explained |= self._explained_by(first, second)
        found += [
            self._finding(version, "altered", _altered(version))
            for version in (each.link.version for each in self._misfits)
            if version not in explained
        ]
        found += [
            self._finding(version, "reordered", f"it stands before event {version - 1} in the log")
            for version in self._misplaced
            if not explained & {version, version - 1}
        ]
        return sorted(found, key=lambda each: each.version or 0)

    def _explained_by(self, first: _Misfit, second: _Misfit) -> set[int]:
        """The events that fit once two are back in their places."""
        moved = {first.link.version: second.link.hash, second.link.version: first.link.hash}
        followers = {
            each.link.version
            for each in self._misfits
            if each.link.version - 1 in moved
            and each.link.after(moved[each.link.version - 1]) == each.link.hash
        }
        return {*moved, *followers}

    def _gap(self, first: int, last: int) -> Finding:
        missing = "it is missing" if first == last else f"events {first} to {last} are missing"
        return self._finding(first, "removed", missing)

    def _finding(self, version: int, kind: str, finding: str) -> Finding:
        return Finding(self._log, self._stream, version, kind, finding)


def _altered(version: int) -> str:
    if version == 1:
        return "its hash does not fit it"
    before = f"event {version - 1}"
    return f"it does not follow {before}: it was altered, or {before} was and its hash made to fit"


def _exchange(first: _Misfit, second: _Misfit) -> str | None:
    """How two events have changed places, if that is why they do not fit."""
    one, two = first.link.version, second.link.version
    for part in PARTS:
        if (
            _with(part, first.link, second.link).after(first.previous) == first.link.hash
            and _with(part, second.link, first.link).after(second.previous) == second.link.hash
        ):
            whole = part is CONTENT
            return f"events {one} and {two} have {'changed places' if whole else 'swapped data'}"
    previous = second.link.hash if two == one + 1 else second.previous
    if (
        _with(CONTENT, first.link, second.link).after(first.previous) == second.link.hash
        and _with(CONTENT, second.link, first.link).after(previous) == first.link.hash
    ):
        return f"events {one} and {two} have changed places"
    return None


def _with(part: Sequence[str], link: Link, other: Link) -> Link:
    """An event with part of what another one says."""
    return link._replace(**{name: getattr(other, name) for name in part})
