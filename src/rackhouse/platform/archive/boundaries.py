"""Boundaries: where a log goes on after what has left it."""

from collections.abc import Sequence

import msgspec

from rackhouse.platform import store
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Position

__all__ = ["Boundary", "archived_boundaries", "archived_position", "archived_versions"]

PAGE_LIMIT = 5_000


class Boundary(msgspec.Struct, frozen=True):
    """The last event of a stream that is not in its log any more."""

    version: int
    hash: bytes


async def archived_boundaries(tx: Transaction, log: str) -> dict[str, Boundary]:
    """The boundary of every stream of which events have left a log."""
    found: dict[str, Boundary] = {}
    after = ""
    while True:
        page = await store.archived_streams(tx, log, after=after, limit=PAGE_LIMIT)
        found.update({stream: Boundary(version, hash_) for stream, version, hash_ in page})
        if len(page) < PAGE_LIMIT:
            return found
        after = page[-1][0]


async def archived_position(tx: Transaction, log: str) -> Position:
    """The position up to which the events of a log were archived: who has not read so far has
    missed some. ``START`` where none were."""
    return await store.archived_until(tx, log)


async def archived_versions(tx: Transaction, log: str, streams: Sequence[str]) -> dict[str, int]:
    """The version up to which events of some streams have left their log; a stream of which none
    have is left out."""
    return await store.archived_versions(tx, log, streams)
