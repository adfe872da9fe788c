"""Examining a file that came: that it is sound, what it shows, and what is derived from it."""

import mmap
from pathlib import Path

import msgspec

from rackhouse.media.pictures import Derived, look_at
from rackhouse.media.rules.films import checked_mp4, checked_webm
from rackhouse.media.rules.models import check_glb, check_usdz
from rackhouse.media.rules.octets import Octets
from rackhouse.media.rules.sniffing import MediaType

__all__ = ["Examined", "examine"]


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is found to be."""

    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    derived: tuple[Derived, ...] = ()


def examine(path: Path, media_type: MediaType, folder: Path, *, limit_pixels: int) -> Examined:
    """Examine a file, and write what is derived from it into a folder. It computes for up to some
    seconds: not to be called in the event loop.

    Refuses with `MediaDamaged`, `MediaRefersOutside`, `MediaMoves` and `TooManyPixels`.
    """
    if media_type.kind == "image":
        look = look_at(path, media_type, folder, limit_pixels=limit_pixels)
        return Examined(width=look.width, height=look.height, derived=look.derived)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as octets:
        return _examine(octets, media_type)


def _examine(octets: Octets, media_type: MediaType) -> Examined:
    if media_type.kind == "video":
        check = checked_mp4 if media_type.extension == "mp4" else checked_webm
        film = check(octets)
        return Examined(
            width=film.width, height=film.height, duration_seconds=film.duration_seconds
        )
    check_model = check_glb if media_type.extension == "glb" else check_usdz
    check_model(octets)
    return Examined()
