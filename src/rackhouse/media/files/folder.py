"""Files in a folder of a disk, which every process that serves them must reach."""

import asyncio
import contextlib
import datetime
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from rackhouse.media.files.seam import PIECE_BYTES, FilesUnavailable, Kept
from rackhouse.platform.ids import new_id

__all__ = ["FolderFiles"]

Result = TypeVar("Result")


class FolderFiles:
    """Files below a folder. Each is written beside its place, and moved there when it is on the
    disk; what a crash leaves behind is a file of another name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, path: Path, *, media_type: str) -> None:
        """Write a file."""
        await _done(_write, self._path(key), path)

    async def find(self, key: str) -> Kept | None:
        """What is known of a file."""
        return await _done(_find, self._path(key), key)

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from one place to before another."""
        file: BinaryIO = await _done(_open, self._path(key))
        with file:
            await _done(file.seek, start)
            while start < end:
                piece = await _done(file.read, min(PIECE_BYTES, end - start))
                if not piece:
                    raise FilesUnavailable(reason="a file is shorter than it was")
                start += len(piece)
                yield piece

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove files, and folders that so became empty."""
        await _done(_remove, [self._path(key) for key in keys], self._folder)

    async def page(self, *, after: str, limit: int) -> list[Kept]:
        """Files in the order of their keys."""
        return await _done(_page, self._folder, after, limit)

    def _path(self, key: str) -> Path:
        names = key.split("/")
        assert all(name and name not in (".", "..") and "\\" not in name for name in names), key
        return self._folder.joinpath(*names)


async def _done(work: Callable[..., Result], *asked: Any) -> Result:
    """What some work with the disk comes to, which does not hold the event loop up."""
    try:
        return await asyncio.to_thread(work, *asked)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FilesUnavailable(reason=error.strerror or type(error).__name__) from error


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _write(path: Path, source: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{new_id()}.part")
    try:
        with source.open("rb") as read, beside.open("xb") as written:
            shutil.copyfileobj(read, written, PIECE_BYTES)
            written.flush()
            os.fsync(written.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file outlive the machine, too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _find(path: Path, key: str) -> Kept | None:
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    return Kept(key, told.st_size, datetime.datetime.fromtimestamp(told.st_mtime, datetime.UTC))


def _remove(paths: list[Path], top: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == top:
                break
            try:
                folder.rmdir()
            except OSError:
                break  # there is more in it


def _page(folder: Path, after: str, limit: int) -> list[Kept]:
    found: list[Kept] = []
    for key in _keys(folder, "", after):
        kept = _find(folder / key, key)
        if kept is not None:
            found.append(kept)
        if len(found) == limit:
            break
    return found


def _keys(folder: Path, prefix: str, after: str) -> Iterator[str]:
    """The keys below a folder in order; folders that lie before ``after`` are not looked into."""
    names: list[tuple[str, bool]] = []
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    # A folder's name counts with its slash, so that the order is that of whole keys.
    for name, is_folder in sorted(names, key=lambda each: each[0] + ("/" if each[1] else "")):
        key = prefix + name
        if is_folder and key + "/\U0010ffff" > after:
            yield from _keys(folder / name, key + "/", after)
        elif not is_folder and key > after:
            yield key
