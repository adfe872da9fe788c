"""What media asks of whatever keeps its files."""

import datetime
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from rackhouse.platform.errors import Busy

__all__ = ["PIECE_BYTES", "Files", "FilesUnavailable", "Kept"]

PIECE_BYTES = 262_144
"""How much of a file is read at once."""


@dataclass(eq=False)
class FilesUnavailable(Busy):
    """The files of media can not be reached at the moment ({reason}). Send the request again."""

    reason: str


class Kept(msgspec.Struct, frozen=True):
    """A file that is there: its name, how large it is, and when it was written."""

    key: str
    bytes: int
    changed_at: datetime.datetime


class Files(Protocol):
    """Files by key. A key is a few names with slashes between them. A file is there whole or not
    at all, also while it is written and when that is cut off. All of these refuse with
    `FilesUnavailable`."""

    async def put(self, key: str, path: Path, *, media_type: str) -> None:
        """Write a file, in place of one that may be there, so that it outlives the machine."""
        ...

    async def find(self, key: str) -> Kept | None:
        """What is known of a file; None where there is none."""
        ...

    def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from one place to before another, which are there; raises `FileNotFoundError`
        where there is no such file."""
        ...

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove files; one that is not there is no fault."""
        ...

    async def page(self, *, after: str, limit: int) -> list[Kept]:
        """Files in the order of their keys, after one; "" is before all."""
        ...
