"""Pictures: looked at by Pillow, and derived in other sizes, without what a camera wrote of where,
when and by whom they were taken."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

import msgspec
from PIL import Image, ImageCms, ImageOps

from rackhouse.media.errors import MediaDamaged, MediaMoves, TooManyPixels
from rackhouse.media.rules.assets import WIDTHS
from rackhouse.media.rules.sniffing import MediaType
from rackhouse.platform.errors import Refusal

__all__ = ["Derived", "Look", "look_at"]

# Each picture is held against our own limit as soon as its header is read. Pillow's warning at
# some other number of pixels would say nothing more.
Image.MAX_IMAGE_PIXELS = None

SIDE_PIXELS_MAX = 16_383  # the most that WebP can have
ORIENTATION = 0x0112
LYING = frozenset({5, 6, 7, 8})
WEBP_QUALITY = 82
JPEG_QUALITY = 86
_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
}
_WIDE_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N", "F"})


class Derived(msgspec.Struct, frozen=True):
    """A derived size, as a file."""

    path: Path
    media_type: str
    width: int
    height: int


class Look(msgspec.Struct, frozen=True):
    """How large a picture is, and what was derived from it."""

    width: int
    height: int
    derived: tuple[Derived, ...]


def look_at(path: Path, media_type: MediaType, folder: Path, *, limit_pixels: int) -> Look:
    """Look at a picture and write its derived sizes into a folder: each as WebP and as what every
    program reads, JPEG, or PNG where something shines through.

    Refuses with `TooManyPixels`, before more than the header was read; with `MediaMoves`, and with
    `MediaDamaged`. It computes for up to some seconds: not to be called in the event loop.
    """
    with _read(path, media_type, limit_pixels) as (picture, width, height):
        derived = [
            each
            for wanted in _widths(width, height)
            for each in _derive(picture, wanted, max(1, round(height * wanted / width)), folder)
        ]
    return Look(width, height, tuple(derived))


@contextlib.contextmanager
def _read(
    path: Path, media_type: MediaType, limit_pixels: int
) -> Iterator[tuple[Image.Image, int, int]]:
    """A picture as it is to be looked at, perhaps in less than its full size, with that."""
    try:
        with Image.open(path, formats=[_FORMATS[media_type.name]]) as opened:
            if opened.width * opened.height > limit_pixels:
                raise TooManyPixels(
                    width=opened.width, height=opened.height, limit_pixels=limit_pixels
                )
            # Cameras put a small picture beside the large one, which is no film.
            if opened.format != "MPO" and getattr(opened, "is_animated", False):
                raise MediaMoves()
            lying = opened.getexif().get(ORIENTATION) in LYING
            width, height = opened.size[::-1] if lying else opened.size
            _read_less(opened, width, height, lying=lying)
            picture = _plain(ImageOps.exif_transpose(opened))
    except Refusal:
        raise
    except Exception as error:  # what a decoder raises of what it can not read is not foreseeable
        problem = f"it can not be read as one ({type(error).__name__})"
        raise MediaDamaged(media_type=media_type.name, problem=problem) from error
    with picture:
        yield picture, width, height


def _read_less(opened: Image.Image, width: int, height: int, *, lying: bool) -> None:
    """Have a JPEG read in half, a quarter or an eighth of its size, where that is enough."""
    wanted = _widths(width, height)[-1]
    size = (wanted, max(1, round(height * wanted / width)))
    opened.draft(opened.mode, size[::-1] if lying else size)


def _widths(width: int, height: int) -> list[int]:
    most = max(1, min(width, WIDTHS[-1], width * SIDE_PIXELS_MAX // height))
    return [*(each for each in WIDTHS if each < most), most]


def _plain(picture: Image.Image) -> Image.Image:
    """The same in 8 bits of red, green and blue as screens show them (sRGB), with transparency
    where it has some."""
    profile = picture.info.get("icc_profile")
    if picture.mode in _WIDE_MODES:
        lowest, highest = _extent(picture)
        scale = 255 / (highest - lowest) if highest > lowest else 1.0
        picture = picture.convert("F").point(lambda each: each * scale - lowest * scale)
        picture = picture.convert("L")
    if picture.mode not in ("RGB", "RGBA", "L", "CMYK"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    elif picture.mode == "RGB" and "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            picture = _in_srgb(picture, profile)
    return picture if picture.mode in ("RGB", "RGBA") else picture.convert("RGB")


def _extent(picture: Image.Image) -> tuple[float, float]:
    """The range that is meant: 16 bits, or what is there where it is more."""
    if picture.mode.startswith("I;16"):
        return 0.0, 65_535.0
    found = picture.getextrema()
    lowest, highest = (float(each) for each in found)  # type: ignore[arg-type]
    return min(0.0, lowest), max(65_535.0, highest) if picture.mode == "I" else highest


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    colors = picture.convert("RGB") if alpha else picture
    converted = ImageCms.profileToProfile(
        colors, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert converted is not None
    if alpha:
        converted.putalpha(alpha)
    return converted


def _derive(picture: Image.Image, width: int, height: int, folder: Path) -> Iterator[Derived]:
    small = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    small.info.clear()  # what was said of the picture: place, camera, comments, color profile
    webp = folder / f"{width}.webp"
    small.save(webp, "WEBP", quality=WEBP_QUALITY, method=4)
    yield Derived(webp, "image/webp", width, height)
    if small.mode == "RGBA":
        png = folder / f"{width}.png"
        small.save(png, "PNG", optimize=True)
        yield Derived(png, "image/png", width, height)
    else:
        jpeg = folder / f"{width}.jpg"
        small.save(jpeg, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
        yield Derived(jpeg, "image/jpeg", width, height)
