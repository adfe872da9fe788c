"""Films: that an MP4 or a WebM is whole, refers to nothing outside, and how large it is.

MP4 after ISO/IEC 14496-12; WebM after RFC 8794 (EBML) and RFC 9559 (Matroska).
"""

import struct
from collections.abc import Iterator

import msgspec

from ..errors import MediaDamaged, MediaRefersOutside
from .octets import Octets

__all__ = ["Film", "checked_mp4", "checked_webm"]

BOXES_MAX = 100_000
DEPTH_MAX = 8

MP4 = "video/mp4"
WEBM = "video/webm"

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"dinf"})
_TOP = frozenset(
    {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"moof", b"mfra", b"sidx", b"styp", b"pdin",
     b"meta", b"uuid", b"ssix", b"prft", b"emsg", b"wide"}
)  # fmt: skip


class Film(msgspec.Struct, frozen=True):
    """How large a film is, in pixels, and how long it lasts, as far as it says so."""

    width: int
    height: int
    duration_seconds: float | None


class _Box(msgspec.Struct, frozen=True):
    name: bytes
    start: int
    end: int
    path: tuple[bytes, ...]


def checked_mp4(octets: Octets) -> Film:
    """What an MP4 shows. Refuses with `MediaDamaged` and `MediaRefersOutside`."""
    boxes = list(_boxes(octets, 0, len(octets), ()))
    top = [box.name for box in boxes if not box.path]
    for wanted in (b"moov", b"mdat"):
        if wanted not in top:
            raise MediaDamaged(media_type=MP4, problem=f"it has no box {wanted.decode()}")
    for box in boxes:
        if box.name == b"dref":
            _refuse_references(octets, box)
    sizes = [_track_size(octets, box) for box in boxes if box.name == b"tkhd"]
    shown = [(width, height) for width, height in sizes if width and height]
    if not shown:
        raise MediaDamaged(media_type=MP4, problem="it has no picture track")
    width, height = max(shown)
    lengths = [_duration(octets, box) for box in boxes if box.name == b"mvhd"]
    return Film(width, height, lengths[0] if lengths else None)


def _boxes(octets: Octets, start: int, end: int, path: tuple[bytes, ...]) -> Iterator[_Box]:
    """Every box of a part of the file, each followed by those in it. Boxes fill it exactly."""
    at, count = start, 0
    while at < end:
        count += 1
        head = bytes(octets[at : min(at + 16, end)])
        size, name = int.from_bytes(head[:4], "big"), head[4:8]
        header = 16 if size == 1 else 8
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0 and not path:
            size = end - at
        if len(head) < header or size < header or at + size > end or count > BOXES_MAX:
            raise MediaDamaged(media_type=MP4, problem="it ends within a box, or goes on after it")
        if not path and name not in _TOP:
            raise MediaDamaged(media_type=MP4, problem="it has something that is no box of an MP4")
        yield _Box(name, at + header, at + size, path)
        if name in _CONTAINERS and len(path) < DEPTH_MAX:
            yield from _boxes(octets, at + header, at + size, (*path, name))
        at += size


def _refuse_references(octets: Octets, box: _Box) -> None:
    """Each entry of a data reference must say that the data is in this file (flag 1)."""
    at = box.start + 8
    for _ in range(int.from_bytes(bytes(octets[box.start + 4 : at]), "big")):
        entry = bytes(octets[at : min(at + 300, box.end)])
        size = int.from_bytes(entry[:4], "big")
        if size < 12 or at + size > box.end:
            raise MediaDamaged(media_type=MP4, problem="a data reference is cut off")
        if not entry[11] & 1:
            named = entry[12 : min(size, 200)].split(b"\0")[0].decode("latin-1")
            raise MediaRefersOutside(media_type=MP4, reference=repr(named or "another file"))
        at += size


def _track_size(octets: Octets, box: _Box) -> tuple[int, int]:
    """Width and height, fixed-point numbers behind the matrix that turns them, at the end of a
    track's header."""
    if box.end - box.start < 80:
        raise MediaDamaged(media_type=MP4, problem="a track's header is cut off")
    told = bytes(octets[box.end - 44 : box.end])
    width, height = int.from_bytes(told[36:38], "big"), int.from_bytes(told[40:42], "big")
    lies_on_its_side = told[:4] == b"\0\0\0\0" and told[4:8] != b"\0\0\0\0"
    return (height, width) if lies_on_its_side else (width, height)


def _duration(octets: Octets, box: _Box) -> float | None:
    told = bytes(octets[box.start : min(box.start + 36, box.end)])
    wide = told[:1] == b"\1"
    scale_at, size = (20, 8) if wide else (12, 4)
    scale = int.from_bytes(told[scale_at : scale_at + 4], "big")
    length = int.from_bytes(told[scale_at + 4 : scale_at + 4 + size], "big")
    unknown = length == (1 << (8 * size)) - 1
    return None if unknown or not scale or not length else round(length / scale, 3)


EBML, SEGMENT, INFO, TRACKS, CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
DOCTYPE, SCALE, DURATION, TRACK, VIDEO = 0x4282, 0x2AD7B1, 0x4489, 0xAE, 0xE0
WIDTH, HEIGHT = 0xB0, 0xBA


class _Element(msgspec.Struct, frozen=True):
    id: int
    start: int
    end: int


def checked_webm(octets: Octets) -> Film:
    """What a WebM shows. Refuses with `MediaDamaged`."""
    header, *segments = _elements(octets, 0, len(octets))
    doctype = [each for each in _elements(octets, header.start, header.end) if each.id == DOCTYPE]
    if header.id != EBML or not doctype or _text(octets, doctype[0]) != "webm":
        raise _broken("it does not say that it is a WebM")
    if [each.id for each in segments] != [SEGMENT]:
        raise _broken("it is not one segment and nothing else")
    inside = list(_elements(octets, segments[0].start, segments[0].end))
    if CLUSTER not in {each.id for each in inside}:
        raise _broken("it has no picture in it")
    tracks = [each for each in inside if each.id == TRACKS]
    sizes = [size for each in tracks for size in _video_sizes(octets, each)]
    if not sizes:
        raise _broken("it has no picture track")
    width, height = max(sizes)
    return Film(width, height, _webm_duration(octets, inside))


def _elements(octets: Octets, start: int, end: int) -> Iterator[_Element]:
    """The elements of a part of the file; one of unknown size, as a live recording has, reaches to
    its end."""
    at, count = start, 0
    while at < end:
        count += 1
        head = bytes(octets[at : min(at + 12, end)])
        id_length = _length_of(head[0], 4)
        size_at = head[id_length] if id_length and len(head) > id_length else 0
        size_length = _length_of(size_at, 8)
        if not id_length or not size_length or count > BOXES_MAX:
            raise _broken("it ends within an element, or goes on after it")
        id_ = int.from_bytes(head[:id_length], "big")
        told = int.from_bytes(head[id_length : id_length + size_length], "big")
        size = told & ((1 << (7 * size_length)) - 1)
        begins = at + id_length + size_length
        if size == (1 << (7 * size_length)) - 1 and id_ in (SEGMENT, CLUSTER):
            yield _Element(id_, begins, end)
            return
        if begins + size > end:
            raise _broken("it ends within an element")
        yield _Element(id_, begins, begins + size)
        at = begins + size


def _length_of(first: int, most: int) -> int:
    """How many bytes a number has whose first byte is this; 0 for one that is too long."""
    length = 9 - first.bit_length()
    return length if first and length <= most else 0


def _video_sizes(octets: Octets, tracks: _Element) -> Iterator[tuple[int, int]]:
    for track in _elements(octets, tracks.start, tracks.end):
        if track.id != TRACK:
            continue
        for each in _elements(octets, track.start, track.end):
            if each.id == VIDEO:
                told = {
                    inner.id: _number(octets, inner)
                    for inner in _elements(octets, each.start, each.end)
                    if inner.id in (WIDTH, HEIGHT)
                }
                if told.get(WIDTH) and told.get(HEIGHT):
                    yield told[WIDTH], told[HEIGHT]


def _webm_duration(octets: Octets, inside: list[_Element]) -> float | None:
    info = next((each for each in inside if each.id == INFO), None)
    if info is None:
        return None
    told = {each.id: each for each in _elements(octets, info.start, info.end)}
    if DURATION not in told:
        return None
    scale = _number(octets, told[SCALE]) if SCALE in told else 1_000_000
    length = _float(bytes(octets[told[DURATION].start : told[DURATION].end]))
    return None if length is None else round(length * scale / 1e9, 3)


def _float(told: bytes) -> float | None:
    if len(told) not in (4, 8):
        return None
    (value,) = struct.unpack(">f" if len(told) == 4 else ">d", told)
    return float(value) if 0 < value < 1e15 else None


def _number(octets: Octets, element: _Element) -> int:
    return int.from_bytes(bytes(octets[element.start : min(element.start + 8, element.end)]), "big")


def _text(octets: Octets, element: _Element) -> str:
    told = bytes(octets[element.start : min(element.start + 40, element.end)])
    return told.rstrip(b"\0").decode("latin-1")


def _broken(problem: str) -> MediaDamaged:
    return MediaDamaged(media_type=WEBM, problem=problem)
