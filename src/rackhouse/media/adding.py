"""Taking a file in: spooled, examined, kept, and then written down as an asset."""

import asyncio
import datetime
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec

from rackhouse.media import store
from rackhouse.media.assets import MediaAssets
from rackhouse.media.events import LOG, MediaAdded
from rackhouse.media.examining import Examined, examine
from rackhouse.media.files import Files, MediaFiles
from rackhouse.media.pictures import Derived
from rackhouse.media.rules.assets import (
    Asset,
    Rendition,
    Terms,
    address_of,
    asset_id_of,
    original_name,
)
from rackhouse.media.rules.files import key_of
from rackhouse.media.spooling import Spooled, Uploads
from rackhouse.media.store import Row
from rackhouse.platform.context import Context, operation
from rackhouse.platform.events import NewEvent
from rackhouse.platform.store import server_time

__all__ = ["Added", "add_media"]

DIGEST_BYTES = 1_048_576


class Added(msgspec.Struct, frozen=True):
    """An asset, and whether it was not there before."""

    asset: Asset
    is_new: bool


@operation("media:write")
async def add_media(
    *,
    context: Context,
    pieces: AsyncIterator[bytes],
    announced_bytes: int | None,
    filename: str | None,
    terms: Terms,
) -> Added:
    """Take a file in, which comes piece by piece, and derive what is shown of it. What it is, is
    seen from its bytes; no name or type that is said of it counts. The same bytes are the same
    asset: it is answered as it is, whatever is said of it now. One whose files were lost has them
    again.

    Refuses with `TooManyUploads`, `UploadStalled`, `MediaTypeNotTaken`, `MediaTooLarge`,
    `MediaDamaged`, `MediaRefersOutside`, `MediaMoves`, `TooManyPixels` and `FilesUnavailable`.
    """
    uploads = context.house.the(Uploads)
    async with uploads.spooled(pieces, announced_bytes=announced_bytes) as spooled:
        known = await _known(context, spooled)
        if known is not None and await _has_its_files(context, known):
            return Added(known.asset, is_new=False)
        async with uploads.looked_at:
            examined = await asyncio.to_thread(
                examine,
                spooled.path,
                spooled.media_type,
                spooled.folder,
                limit_pixels=context.house.settings.media_image_pixels,
            )
        fresh = await asyncio.to_thread(_fresh, spooled, examined)
        kept = _Keeping(context.house.the(MediaFiles).files, fresh)
        await kept.put_all()
        added = await _write_down(context, fresh, kept, known, _Said(filename, terms))
    context.house.the(MediaAssets).forget([added.asset.id])
    return added


class _Said(msgspec.Struct, frozen=True):
    """What is said of an upload."""

    filename: str | None
    terms: Terms


class _File(msgspec.Struct, frozen=True):
    key: str
    path: Path
    media_type: str


class _Fresh(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be kept and written down of an upload."""

    id: str
    spooled: Spooled
    examined: Examined
    renditions: tuple[Rendition, ...]
    files: tuple[_File, ...]


async def _known(context: Context, spooled: Spooled) -> Row | None:
    async with context.house.database("media").reading() as tx:
        row = await store.read_asset(tx, asset_id_of(spooled.sha256))
    return None if row is None or row.removed else row


async def _has_its_files(context: Context, row: Row) -> bool:
    files = context.house.the(MediaFiles).files
    keys = [key_of(row.asset.id, name) for name in row.file_names()]
    return all([await files.find(key) is not None for key in keys])


def _fresh(spooled: Spooled, examined: Examined) -> _Fresh:
    id_ = asset_id_of(spooled.sha256)
    media_type = spooled.media_type
    original = key_of(id_, original_name(media_type.extension))
    return _Fresh(
        id=id_,
        spooled=spooled,
        examined=examined,
        renditions=tuple(_rendition(id_, each) for each in examined.derived),
        files=(
            *(_File(key_of(id_, each.path.name), each.path, each.media_type)
              for each in examined.derived),
            _File(original, spooled.path, media_type.name),
        ),
    )  # fmt: skip


def _rendition(asset_id: str, derived: Derived) -> Rendition:
    digest = hashlib.sha256()
    for piece in _pieces(derived.path):
        digest.update(piece)
    return Rendition(
        name=derived.path.name,
        url=address_of(asset_id, derived.path.name),
        media_type=derived.media_type,
        width=derived.width,
        height=derived.height,
        bytes=derived.path.stat().st_size,
        sha256=digest.hexdigest(),
    )


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(DIGEST_BYTES):
            yield piece


class _Keeping:
    """The files of an upload on their way to where they are kept."""

    def __init__(self, files: Files, fresh: _Fresh) -> None:
        self._files = files
        self._wanted = fresh.files

    async def put_all(self) -> None:
        """Write all of them."""
        for each in self._wanted:
            await self._files.put(each.key, each.path, media_type=each.media_type)

    async def put_missing(self) -> None:
        """Write those again that a sweep, which took them for left over, removed meanwhile."""
        for each in self._wanted:
            if await self._files.find(each.key) is None:
                await self._files.put(each.key, each.path, media_type=each.media_type)


async def _write_down(
    context: Context, fresh: _Fresh, kept: _Keeping, known: Row | None, said: _Said
) -> Added:
    """Write the asset, once its files are there for certain: sweeps wait for the lock. ``known`` is
    the asset as it was when its files were found to be lost."""
    async with context.house.database("media").transaction() as tx:
        await store.lock_asset(tx, fresh.id)
        before = await store.read_asset(tx, fresh.id)
        lives = before is not None and not before.removed
        if before is not None and lives and known is None:
            return Added(before.asset, is_new=False)  # somebody else sent the same just now
        await kept.put_missing()
        now = await server_time(tx)
        if before is not None and lives:
            said = _Said(before.asset.filename, Terms(alt=before.asset.alt, role=before.asset.role))
        asset = _asset(fresh, said, before.asset.version + 1 if before else 1, now)
        if before is not None and lives:
            asset = msgspec.structs.replace(asset, added_at=before.asset.added_at)
        added = MediaAdded(
            kind=asset.kind,
            media_type=asset.media_type,
            bytes=asset.bytes,
            sha256=asset.sha256,
            filename=asset.filename,
        )
        extension = fresh.spooled.media_type.extension
        await store.write_asset(tx, Row(asset=asset, extension=extension, removed=False))
        await LOG.append(tx, [NewEvent(f"media:{fresh.id}", asset.version, added, context)], now)
    return Added(asset, is_new=not lives)


def _asset(fresh: _Fresh, said: _Said, version: int, now: datetime.datetime) -> Asset:
    spooled, examined = fresh.spooled, fresh.examined
    return Asset(
        id=fresh.id,
        kind=spooled.media_type.kind,
        media_type=spooled.media_type.name,
        bytes=spooled.bytes,
        sha256=spooled.sha256,
        width=examined.width,
        height=examined.height,
        duration_seconds=examined.duration_seconds,
        filename=said.filename,
        alt=said.terms.alt,
        role=said.terms.role,
        url=_shown_at(fresh),
        renditions=fresh.renditions,
        version=version,
        added_at=now,
        updated_at=now,
    )


def _shown_at(fresh: _Fresh) -> str:
    plain = [each for each in fresh.renditions if each.media_type != "image/webp"]
    name = plain[-1].name if plain else original_name(fresh.spooled.media_type.extension)
    return address_of(fresh.id, name)
