"""Files that no asset has are swept; others are not, however they came to be there."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from made_files import picture

from houses import context_of
from rackhouse.catalog import create_product
from rackhouse.media import (
    Asset,
    MediaNotFound,
    Terms,
    add_media,
    media_asset,
    remove_media,
    sweep_files,
)
from rackhouse.media.files import MediaFiles
from rackhouse.media.files.folder import FolderFiles
from rackhouse.media.rules.files import key_of
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.house import House

PERMISSIONLESS = {"permissions": frozenset(), "subject": "service:worker"}


@pytest.fixture
async def own(house: House, tmp_path: Path) -> AsyncIterator[Context]:
    """A caller in a house with a folder of its own."""
    settings = msgspec.structs.replace(house.settings, media_url=f"file://{tmp_path}/kept")
    async with House(settings, MODULES) as other:
        yield context_of(other)


async def added(context: Context, octets: bytes) -> Asset:
    async def pieces() -> AsyncIterator[bytes]:
        yield octets

    found = await add_media(
        context=context,
        pieces=pieces(),
        announced_bytes=None,
        filename=None,
        terms=Terms(),
    )
    return found.asset


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def make_old(folder: Path) -> None:
    """Two hours older than they are."""
    for path in files_of(folder):
        told = path.stat()
        os.utime(path, (told.st_atime, told.st_mtime - 7200))


async def swept(context: Context) -> int:
    """How much a sweep from the beginning to the end removes."""
    service = context_of(context.house, **PERMISSIONLESS)
    return await sweep_files(context=service)


async def test_what_was_left_behind_is_swept_once_it_is_old(own: Context, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    asset = await added(own, picture(70, 50, seed=40))
    mine = files_of(kept)
    never_written_down = kept / key_of("f" * 40, "160.webp")
    cut_off = mine[0].with_name("160.webp.0198.part")
    not_ours = kept / "README"
    for path in (never_written_down, cut_off, not_ours):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert await swept(own) == 0
    make_old(kept)
    assert await swept(own) == 2
    assert files_of(kept) == sorted([*mine, not_ours])
    assert await media_asset(context=own, asset_id=asset.id) == asset


async def test_the_files_of_what_was_removed_go_later(own: Context, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    octets = picture(72, 50, seed=41)
    asset = await added(own, octets)
    await remove_media(context=own, asset_id=asset.id, expected_version=None)
    assert await swept(own) == 0
    make_old(kept)
    again = await added(own, octets)  # writes every file anew
    assert await swept(own) == 0
    await remove_media(context=own, asset_id=again.id, expected_version=again.version)
    make_old(kept)
    assert await swept(own) == 3
    assert files_of(kept) == []
    with pytest.raises(MediaNotFound):
        await media_asset(context=own, asset_id=asset.id)


async def test_what_a_product_names_is_kept_though_it_was_removed(
    own: Context, tmp_path: Path
) -> None:
    """A product may be given any address, also that of an asset which somebody removes just now."""
    asset = await added(own, picture(74, 50, seed=42))
    await remove_media(context=own, asset_id=asset.id, expected_version=None)
    await create_product(
        context=own,
        draft={
            "type": "goods",
            "name": "Gin",
            "media": [{"kind": "image", "url": f"https://cdn.example{asset.url}"}],
        },
    )
    make_old(tmp_path / "kept")
    assert await swept(own) == 0
    assert len(files_of(tmp_path / "kept")) == 3


class _SweptMeanwhile(FolderFiles):
    """A folder in which a sweep comes between the files of an upload and what is written down."""

    async def put(self, key: str, path: Path, *, media_type: str) -> None:
        await super().put(key, path, media_type=media_type)
        if key.endswith("/original.jpg") and not self.done:
            self.done = True
            await self.remove([key])

    done = False


async def test_an_upload_whose_files_were_swept_meanwhile_writes_them_again(
    own: Context, tmp_path: Path
) -> None:
    own.house.the(MediaFiles).files = _SweptMeanwhile(tmp_path / "kept")
    asset = await added(own, picture(76, 50, seed=43))
    names = {path.name for path in files_of(tmp_path / "kept")}
    assert names == {"76.jpg", "76.webp", "original.jpg"}
    assert asset.version == 1


async def test_sweeping_and_sending_at_once_loses_nothing(own: Context, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for number in range(3):
        octets = picture(78, 50 + number, seed=44)
        asset = await added(own, octets)
        await remove_media(context=own, asset_id=asset.id, expected_version=None)
        make_old(kept)
        again, _ = await asyncio.gather(added(own, octets), swept(own))
        files = {path.name for path in (kept / key_of(again.id, "")).iterdir()}
        assert files == {"78.jpg", "78.webp", "original.jpg"}
