"""Uploads on their way in: taken piece by piece into a file of their own."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from rackhouse.media.errors import MediaTooLarge, TooManyUploads, UploadStalled
from rackhouse.media.rules.sniffing import HEAD_BYTES, MediaType, sniffed
from rackhouse.platform.house import House

__all__ = ["Spooled", "Uploads"]

UPLOADS_AT_ONCE = 8
SILENCE_SECONDS = 30
PIECE_BYTES = 1_048_576


class Spooled(msgspec.Struct, frozen=True):
    """An upload that is here whole, in a folder that goes with it."""

    path: Path
    folder: Path
    media_type: MediaType
    bytes: int
    sha256: str


class Uploads:
    """The uploads of this process: so many at once, and one that is looked at at a time, so that
    memory and processors are left for others."""

    def __init__(self, house: House) -> None:
        settings = house.settings
        self._limits = {
            "image": settings.media_image_bytes,
            "video": settings.media_video_bytes,
            "model": settings.media_model_bytes,
        }
        self._running = 0
        self.looked_at = asyncio.Semaphore(1)

    @asynccontextmanager
    async def spooled(
        self, pieces: AsyncIterator[bytes], *, announced_bytes: int | None
    ) -> AsyncIterator[Spooled]:
        """An upload, once it is here. What is not taken, or is larger than was announced or may be,
        is refused at the piece which shows that.

        Refuses with `TooManyUploads`, `UploadStalled`, `MediaTypeNotTaken` and `MediaTooLarge`.
        """
        if self._running >= UPLOADS_AT_ONCE:
            raise TooManyUploads(limit=UPLOADS_AT_ONCE)
        self._running += 1
        try:
            with tempfile.TemporaryDirectory(prefix="rackhouse-media-") as folder:
                yield await _take_in(pieces, Path(folder), announced_bytes, self._limits)
        finally:
            self._running -= 1


async def _take_in(
    pieces: AsyncIterator[bytes],
    folder: Path,
    announced_bytes: int | None,
    limits: Mapping[str, int],
) -> Spooled:
    path = folder / "upload"
    digest, size = hashlib.sha256(), 0
    media_type: MediaType | None = None
    with path.open("wb") as file:
        async for piece in _gathered(_unstalled(pieces)):
            if media_type is None:
                media_type = sniffed(piece[:HEAD_BYTES])
            limit = limits[media_type.kind]
            size += len(piece)
            if max(size, announced_bytes or 0) > limit:
                raise MediaTooLarge(kind=media_type.kind, limit_bytes=limit)
            await asyncio.to_thread(_write, file, digest, piece)
    media_type = media_type or sniffed(b"")
    return Spooled(path, folder, media_type, size, digest.hexdigest())


def _write(file: BinaryIO, digest: "hashlib._Hash", piece: bytes) -> None:
    file.write(piece)
    digest.update(piece)


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Larger pieces: a first one that tells what it is, then ones that are worth a thread."""
    waiting, wanted = bytearray(), HEAD_BYTES
    async for piece in pieces:
        waiting += piece
        if len(waiting) >= wanted:
            yield bytes(waiting)
            waiting.clear()
            wanted = PIECE_BYTES
    if waiting:
        yield bytes(waiting)


async def _unstalled(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        while True:
            async with asyncio.timeout(SILENCE_SECONDS):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece
    except TimeoutError:
        raise UploadStalled(seconds=SILENCE_SECONDS) from None
