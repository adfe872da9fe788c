"""Exports over the API: made on the disk as of one moment, then sent as fast as they are taken."""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, BinaryIO, cast

from rackhouse.exchange.errors import TooManyExports
from rackhouse.platform.house import House

__all__ = ["Exports", "MadeExport"]

AT_ONCE_MAX = 2
PIECE_BYTES = 262_144

Write = Callable[..., Awaitable[Any]]
"""Writes an export to the ``file`` that it is given."""


class MadeExport:
    """An export that is whole: its size, and the pieces of its file, which is gone afterwards."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size_bytes = file.seek(0, os.SEEK_END)

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The file piece by piece."""
        try:
            self._file.seek(0)
            while piece := await asyncio.to_thread(self._file.read, PIECE_BYTES):
                yield piece
        finally:
            self._file.close()


class Exports:
    """The exports of this process, of which ``AT_ONCE_MAX`` are made at once: each keeps one
    moment of the database alive as long as it reads."""

    def __init__(self, _: House) -> None:
        self._making = 0

    async def made(self, write: Write) -> MadeExport:
        """An export, as it is written to a file. Refuses with `TooManyExports`, and as the writing
        does."""
        if self._making >= AT_ONCE_MAX:
            raise TooManyExports(limit=AT_ONCE_MAX)
        self._making += 1
        file = cast(BinaryIO, tempfile.TemporaryFile(prefix="rackhouse-export-"))  # noqa: SIM115
        try:
            await write(file=file)
            return MadeExport(file)
        except BaseException:
            file.close()
            raise
        finally:
            self._making -= 1
