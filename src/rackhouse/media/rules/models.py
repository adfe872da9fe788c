"""Models in three dimensions: that a GLB or a USDZ is whole, and has all in it that it shows.

GLB after the glTF 2.0 specification, USDZ after Pixar's; archives after PKWARE's APPNOTE.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ..errors import MediaDamaged, MediaRefersOutside
from .octets import Octets

__all__ = ["check_glb", "check_usdz"]

GLB = "model/gltf-binary"
USDZ = "model/vnd.usdz+zip"

GLB_HEADER_BYTES = 12
CHUNK_HEADER_BYTES = 8
CHUNK_JSON, CHUNK_BIN = b"JSON", b"BIN\0"
JSON_BYTES_MAX = 16_777_216
DEPTH_MAX = 64

USDZ_ALIGNMENT_BYTES = 64
USDZ_FILES_MAX = 1_000
USDZ_LAYERS = ("usd", "usda", "usdc")
USDZ_EXTENSIONS = frozenset(
    {*USDZ_LAYERS, "png", "jpg", "jpeg", "exr", "avif", "m4a", "mp3", "wav"}
)
LAYER_BEGINS = (b"PXR-USDC", b"#usda ")
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
PIECE_BYTES = 1_048_576
_ASSET_PATH = re.compile(rb"@{1,3}([^@\n]*)@")


def check_glb(octets: Octets) -> None:
    """Refuse, with `MediaDamaged` or `MediaRefersOutside`, what is no GLB in one piece."""
    header = octets[:GLB_HEADER_BYTES]
    if len(header) < GLB_HEADER_BYTES or _le(header[4:8]) != 2:
        raise _damaged_glb("its header does not say glTF 2.0")
    if _le(header[8:12]) != len(octets):
        raise _damaged_glb(f"its header says {_le(header[8:12])} bytes, and {len(octets)} came")
    chunks = list(_chunks(octets))
    if not chunks or chunks[0][0] != CHUNK_JSON:
        raise _damaged_glb("its first chunk is not JSON")
    if [name for name, _ in chunks[1:]].count(CHUNK_BIN) > 1:
        raise _damaged_glb("it has more than one binary chunk")
    described = _described(bytes(octets[chunks[0][1]]))
    _refuse_addresses(described)
    binary = chunks[1][1] if len(chunks) > 1 and chunks[1][0] == CHUNK_BIN else slice(0, 0)
    _check_buffers(described, binary.stop - binary.start)


def _chunks(octets: Octets) -> Iterator[tuple[bytes, slice]]:
    at = GLB_HEADER_BYTES
    while at < len(octets):
        head = octets[at : at + CHUNK_HEADER_BYTES]
        size = _le(head[:4])
        begins = at + CHUNK_HEADER_BYTES
        if len(head) < CHUNK_HEADER_BYTES or size % 4 or begins + size > len(octets):
            raise _damaged_glb("a chunk is cut off or not aligned")
        yield head[4:8], slice(begins, begins + size)
        at = begins + size


def _described(told: bytes) -> dict[str, Any]:
    if len(told) > JSON_BYTES_MAX:
        raise _damaged_glb(f"its JSON is larger than {JSON_BYTES_MAX} bytes")
    try:
        described = msgspec.json.decode(told.rstrip(b" \0"), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged_glb("its JSON can not be read") from error
    asset = described.get("asset")
    if not isinstance(asset, dict) or not str(asset.get("version", "")).startswith("2."):
        raise _damaged_glb("its JSON does not say glTF 2.0")
    return described


def _refuse_addresses(described: object) -> None:
    """Wherever it stands, an address must hold its data itself."""
    waiting: list[tuple[object, int]] = [(described, 0)]
    while waiting:
        found, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise _damaged_glb(f"its JSON is more than {DEPTH_MAX} deep")
        if isinstance(found, dict):
            address = found.get("uri")
            if address is not None and not str(address).startswith("data:"):
                raise MediaRefersOutside(media_type=GLB, reference=repr(str(address)[:200]))
            waiting += [(each, depth + 1) for each in found.values()]
        elif isinstance(found, list):
            waiting += [(each, depth + 1) for each in found]


def _check_buffers(described: dict[str, Any], binary_bytes: int) -> None:
    """What lies in the binary chunk is there; every view is within its buffer."""
    lengths = [_natural(each, "byteLength") for each in _records(described, "buffers")]
    for index, buffer in enumerate(_records(described, "buffers")):
        held_elsewhere = "uri" in buffer or "extensions" in buffer  # of compressed geometry
        if not held_elsewhere and (index or not 0 <= binary_bytes - lengths[0] <= 3):
            raise _damaged_glb("its binary chunk is not as long as its buffer")
    for view in _records(described, "bufferViews"):
        index = _natural(view, "buffer")
        end = _natural(view, "byteOffset", 0) + _natural(view, "byteLength")
        if index >= len(lengths) or end > lengths[index]:
            raise _damaged_glb("a view reaches beyond its buffer")
    views = len(_records(described, "bufferViews"))
    for image in _records(described, "images"):
        if "uri" not in image and _natural(image, "bufferView") >= views:
            raise _damaged_glb("a picture of it is not there")


def _records(described: dict[str, Any], name: str) -> Sequence[dict[str, Any]]:
    found = described.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _damaged_glb(f"its {name} are no list of objects")
    return found


def _natural(record: dict[str, Any], name: str, default: int | None = None) -> int:
    found = record.get(name, default)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise _damaged_glb(f"{name} is no whole number")
    return found


class _Entry(msgspec.Struct, frozen=True):
    name: str
    start: int
    data: int
    end: int
    crc: int


def check_usdz(octets: Octets) -> None:
    """Refuse, with `MediaDamaged`, what is no USDZ: an archive of files that are neither packed nor
    encrypted, each at a multiple of 64 bytes, a layer in front, and nothing between them; and with
    `MediaRefersOutside` one whose layers of text name what is not in it."""
    entries = list(_entries(octets))
    if not entries:
        raise _damaged_usdz("it is empty")
    at = 0
    for entry in sorted(entries, key=lambda each: each.start):
        if entry.start != at:
            raise _damaged_usdz("there is something between its files, or they overlap")
        at = entry.end
    if at != _central_directory(octets)[0]:
        raise _damaged_usdz("there is something after its files")
    first = min(entries, key=lambda each: each.start)
    begins = bytes(octets[first.data : first.data + 8])
    if _extension(first.name) not in USDZ_LAYERS or not begins.startswith(LAYER_BEGINS):
        raise _damaged_usdz("its first file is no USD layer")
    if len({entry.name for entry in entries}) != len(entries):
        raise _damaged_usdz("two of its files have the same name")
    for entry in entries:
        _check_sum(octets, entry)
        _check_text(octets, entry)


def _central_directory(octets: Octets) -> tuple[int, int]:
    """Where the list of files begins, and how many there are; it ends the file, without a note."""
    told = bytes(octets[max(0, len(octets) - 22) :])
    if len(told) < 22 or told[:4] != END:
        raise _damaged_usdz("it does not end as an archive does")
    disk, first_disk, here, count = (_le(told[at : at + 2]) for at in (4, 6, 8, 10))
    size, begins = _le(told[12:16]), _le(told[16:20])
    if disk or first_disk or here != count or begins + size != len(octets) - 22:
        raise _damaged_usdz("its list of files is not where it should be")
    if count > USDZ_FILES_MAX:
        raise _damaged_usdz(f"it has more than {USDZ_FILES_MAX} files")
    return begins, count


def _entries(octets: Octets) -> Iterator[_Entry]:
    at, count = _central_directory(octets)
    for _ in range(count):
        head = bytes(octets[at : at + 46])
        if len(head) < 46 or head[:4] != CENTRAL:
            raise _damaged_usdz("its list of files is cut off")
        lengths = [_le(head[place : place + 2]) for place in (28, 30, 32)]
        name = bytes(octets[at + 46 : at + 46 + lengths[0]])
        yield _entry(octets, head, name)
        at += 46 + sum(lengths)
    if at != len(octets) - 22:
        raise _damaged_usdz("its list of files goes on after its end")


def _entry(octets: Octets, head: bytes, name: bytes) -> _Entry:
    start = _le(head[42:46])
    local = bytes(octets[start : start + 30])
    if local[:4] != LOCAL or bytes(octets[start + 30 : start + 30 + _le(local[26:28])]) != name:
        raise _damaged_usdz("its list of files names others than are there")
    if head[8:16] != local[6:14] or head[16:28] != local[14:26]:
        raise _damaged_usdz("its list of files says otherwise than its files do")
    if _le(local[8:10]) or local[18:22] != local[22:26]:
        raise _damaged_usdz("a file of it is packed; USDZ stores them as they are")
    if _le(local[6:8]) & 0x2009:
        raise _damaged_usdz("a file of it is encrypted or has no size")
    data = start + 30 + _le(local[26:28]) + _le(local[28:30])
    if data % USDZ_ALIGNMENT_BYTES:
        raise _damaged_usdz(f"a file of it is not aligned to {USDZ_ALIGNMENT_BYTES} bytes")
    return _Entry(_readable(name), start, data, data + _le(local[18:22]), _le(local[14:18]))


def _readable(name: bytes) -> str:
    """A name that leads nowhere but into the archive, of a type that may be in it."""
    text = name.decode("utf-8", "replace")
    steps = text.split("/")
    leads_out = "\\" in text or ":" in text or any(step in ("", ".", "..") for step in steps)
    if leads_out or not text.isprintable():
        raise _damaged_usdz(f"a file of it is called {text[:100]!r}, which leads elsewhere")
    if _extension(text) not in USDZ_EXTENSIONS:
        raise _damaged_usdz(f"{text[:100]!r} is no layer, picture or sound")
    return text


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _check_sum(octets: Octets, entry: _Entry) -> None:
    if entry.end > len(octets):
        raise _damaged_usdz("a file of it is cut off")
    found = 0
    for at in range(entry.data, entry.end, PIECE_BYTES):
        found = zlib.crc32(octets[at : min(at + PIECE_BYTES, entry.end)], found)
    if found != entry.crc:
        raise _damaged_usdz(f"{entry.name!r} has another checksum than it should")


def _check_text(octets: Octets, entry: _Entry) -> None:
    """A layer of text names others between signs `@`; such a name leads into the archive."""
    if bytes(octets[entry.data : entry.data + 5]) != b"#usda":
        return
    for found in _ASSET_PATH.finditer(octets[entry.data : entry.end]):
        name = found.group(1).decode("utf-8", "replace")
        if "://" in name or name.startswith(("/", "..")):
            raise MediaRefersOutside(media_type=USDZ, reference=repr(name[:200]))


def _le(told: bytes) -> int:
    return int.from_bytes(told, "little")


def _damaged_glb(problem: str) -> MediaDamaged:
    return MediaDamaged(media_type=GLB, problem=problem)


def _damaged_usdz(problem: str) -> MediaDamaged:
    return MediaDamaged(media_type=USDZ, problem=problem)
