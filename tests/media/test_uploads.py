"""Uploads wait for nobody for ever, and only so many run at once."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from made_files import picture

from rackhouse.media import MediaTooLarge, TooManyUploads, UploadStalled, spooling
from rackhouse.media.spooling import UPLOADS_AT_ONCE, Uploads
from rackhouse.platform.house import House


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where uploads lie while they come."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def coming(octets: bytes, *, then: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    """A file in small pieces, and perhaps a wait at its end."""
    for at in range(0, len(octets), 1000):
        yield octets[at : at + 1000]
    if then is not None:
        await then.wait()


async def test_an_upload_of_which_nothing_more_comes_is_given_up(
    house: House, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spooling, "SILENCE_SECONDS", 0.05)
    pieces = coming(picture(), then=asyncio.Event())
    with pytest.raises(UploadStalled):
        async with Uploads(house).spooled(pieces, announced_bytes=None):
            pytest.fail("it never came")
    assert list(folder.iterdir()) == []


async def test_more_uploads_than_there_is_room_for_are_told_to_come_again(
    house: House, folder: Path
) -> None:
    uploads, go = Uploads(house), asyncio.Event()

    async def upload() -> int:
        async with uploads.spooled(coming(picture(), then=go), announced_bytes=None) as spooled:
            return spooled.bytes

    running = [asyncio.create_task(upload()) for _ in range(UPLOADS_AT_ONCE)]
    async with asyncio.timeout(20):
        while len(list(folder.iterdir())) < UPLOADS_AT_ONCE:
            await asyncio.sleep(0)
    with pytest.raises(TooManyUploads):
        await upload()
    go.set()
    assert await asyncio.gather(*running) == [len(picture())] * UPLOADS_AT_ONCE
    assert await upload() == len(picture())
    assert list(folder.iterdir()) == []


async def test_an_upload_that_is_announced_as_too_large_is_refused_by_its_first_bytes(
    house: House, folder: Path
) -> None:
    pieces = coming(picture(1000, 800), then=asyncio.Event())
    with pytest.raises(MediaTooLarge) as refused:
        async with Uploads(house).spooled(pieces, announced_bytes=10**12):
            pytest.fail("it was taken")
    assert refused.value.limit_bytes == house.settings.media_image_bytes
