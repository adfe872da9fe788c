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
    intake = _Intake(announced_bytes, limits)
    path = folder / "upload"
    with path.open("wb") as file:
        async for piece in _unstalled(pieces):
            if intake.take(piece):
                await asyncio.to_thread(intake.write, file)
        intake.end()
        await asyncio.to_thread(intake.write, file)
    assert intake.media_type is not None
    return Spooled(path, folder, intake.media_type, intake.size, intake.sha256)


class _Intake:
    """What came of an upload so far, of which some waits to be written: small pieces are not worth
    a thread."""

    def __init__(self, announced_bytes: int | None, limits: Mapping[str, int]) -> None:
        self.media_type: MediaType | None = None
        self.size = 0
        self._announced = announced_bytes or 0
        self._limits = limits
        self._digest = hashlib.sha256()
        self._waiting = bytearray()

    @property
    def sha256(self) -> str:
        """The digest of what was written."""
        return self._digest.hexdigest()

    def take(self, piece: bytes) -> bool:
        """Take a piece; says whether enough waits to be written. Refuses with `MediaTypeNotTaken`
        and `MediaTooLarge`."""
        self._waiting += piece
        self.size += len(piece)
        if self.media_type is None and self.size < HEAD_BYTES:
            return False
        self._check()
        return len(self._waiting) >= PIECE_BYTES

    def end(self) -> None:
        """There is no more. Refuses as ``take`` does."""
        self._check()

    def _check(self) -> None:
        if self.media_type is None:
            self.media_type = sniffed(bytes(self._waiting[:HEAD_BYTES]))
        limit = self._limits[self.media_type.kind]
        if max(self.size, self._announced) > limit:
            raise MediaTooLarge(kind=self.media_type.kind, limit_bytes=limit)

    def write(self, file: BinaryIO) -> None:
        """Write what waits."""
        file.write(self._waiting)
        self._digest.update(self._waiting)
        self._waiting.clear()


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
