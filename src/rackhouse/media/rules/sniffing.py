"""What a file is, by how it begins. What it was called, or was declared to be, is not asked.

Signatures are those of the formats' own specifications: PNG, JPEG (JFIF), GIF89a, RIFF/WebP,
ISO 14496-12 (``ftyp``), Matroska (EBML), glTF 2.0 (GLB) and PKZIP.
"""

import re

import msgspec

from ..errors import MediaTypeNotTaken
from .assets import Kind

__all__ = ["HEAD_BYTES", "TAKEN", "MediaType", "sniffed"]

HEAD_BYTES = 4096
"""How many bytes tell what a file is."""


class MediaType(msgspec.Struct, frozen=True):
    """A type of file that is taken, with the extension that its files get."""

    name: str
    kind: Kind
    extension: str


JPEG = MediaType("image/jpeg", "image", "jpg")
PNG = MediaType("image/png", "image", "png")
WEBP = MediaType("image/webp", "image", "webp")
GIF = MediaType("image/gif", "image", "gif")
AVIF = MediaType("image/avif", "image", "avif")
MP4 = MediaType("video/mp4", "video", "mp4")
WEBM = MediaType("video/webm", "video", "webm")
GLB = MediaType("model/gltf-binary", "model", "glb")
USDZ = MediaType("model/vnd.usdz+zip", "model", "usdz")

TAKEN = {each.name: each for each in (JPEG, PNG, WEBP, AVIF, GIF, MP4, WEBM, GLB, USDZ)}

_MP4_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ",
     b"M4VH", b"M4VP", b"dash", b"MSNV", b"av01", b"mmp4"}
)  # fmt: skip
_SIGNATURES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"glTF", GLB),
)
_LAYERS = (b".usd", b".usda", b".usdc")
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!|\?|[a-z])", re.IGNORECASE)

# What is refused by its name, so that the remedy is plain.
_KNOWN_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"8BPS", "a Photoshop document"),
    (b"\0\0\1\0", "an icon"),
    (b"#usda", "a USD layer by itself, not a USDZ"),
    (b"PXR-USDC", "a USD layer by itself, not a USDZ"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "a sound"),
    (b"\x1f\x8b", "packed by gzip"),
)


def sniffed(head: bytes) -> MediaType:
    """What a file that begins so is. Refuses with `MediaTypeNotTaken`."""
    found = _by_signature(head) or _by_brand(head)
    if found is None:
        raise MediaTypeNotTaken(found=_called(head), taken=", ".join(TAKEN))
    return found


def _by_signature(head: bytes) -> MediaType | None:
    for begins, media_type in _SIGNATURES:
        if head.startswith(begins):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return WEBM
    if head.startswith(b"PK\x03\x04") and _first_name(head).endswith(_LAYERS):
        return USDZ
    return None


def _first_name(head: bytes) -> bytes:
    """The name of the first file of an archive; that of a USDZ is a layer."""
    return head[30 : 30 + int.from_bytes(head[26:28], "little")].lower()


def _by_brand(head: bytes) -> MediaType | None:
    if head[4:8] != b"ftyp":
        return None
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, _end_of_box(head), 4))}
    if brands & _AVIF_BRANDS:
        return AVIF
    return MP4 if brands & _MP4_BRANDS and head[8:12] != b"qt  " else None


def _end_of_box(head: bytes) -> int:
    return min(int.from_bytes(head[:4], "big"), len(head), 256)


def _called(head: bytes) -> str:
    if not head:
        return "nothing"
    if _MARKUP.match(head):
        svg = b"<svg" in head.lower()
        return "an SVG drawing, which may hold scripts" if svg else "HTML or XML"
    if head[4:8] == b"ftyp":
        moving = head[8:12] == b"qt  "
        return "a QuickTime film" if moving else "a file of another ISO brand, such as HEIC"
    if head.startswith(b"PK"):
        return "an archive that is no USDZ"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "Matroska, not WebM"
    others = (name for begins, name in _KNOWN_OTHERS if head.startswith(begins))
    return next(others, "of no type that is known here")
