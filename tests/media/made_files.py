"""Files of every kind, made by code: sound ones, which tests then spoil."""

import io
import json
import random
import struct
import zlib
from collections.abc import Sequence

from PIL import Image

__all__ = [
    "LAYER",
    "boxed",
    "element",
    "glb",
    "mp4",
    "picture",
    "png_of_size",
    "usdz",
    "webm",
]


def picture(
    width: int = 700,
    height: int = 500,
    form: str = "JPEG",
    *,
    mode: str = "RGB",
    seed: int = 0,
    **options: object,
) -> bytes:
    """A picture with large and small things in it."""
    chance = random.Random(f"{width}x{height} {form} {mode} {seed}")
    noise = Image.frombytes("RGB", (8, 8), chance.randbytes(192))
    made = noise.resize((width, height)).convert(mode)
    if mode == "RGBA":
        made.putalpha(Image.linear_gradient("L").resize((width, height)))
    written = io.BytesIO()
    made.save(written, form, **options)
    return written.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that says to be of a size, with next to nothing in it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0")), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def glb(described: dict[str, object] | None = None, binary: bytes | None = b"\0" * 36) -> bytes:
    """A model of one triangle, or whatever is described."""
    usual: dict[str, object] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": 36}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 3,
                "type": "VEC3",
                "min": [0, 0, 0],
                "max": [0, 0, 0],
            }
        ],
    }
    told = json.dumps({**usual, **(described or {})}).encode()
    told += b" " * (-len(told) % 4)
    chunks = struct.pack("<I4s", len(told), b"JSON") + told
    if binary is not None:
        chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


LAYER = b'#usda 1.0\ndef Xform "Bottle" {}\n'


def usdz(
    files: Sequence[tuple[str, bytes]] = (("bottle.usda", LAYER),),
    *,
    aligned: bool = True,
    method: int = 0,
    end: bytes = b"",
) -> bytes:
    """An archive as USDZ wants it: stored as it is, each file at a multiple of 64 bytes."""
    body, listed = b"", b""
    for name, data in files:
        encoded, start = name.encode(), len(body)
        padding = -(start + 30 + len(encoded)) % 64 if aligned else 1
        padding += 64 if 0 < padding < 4 and aligned else 0
        extra = (
            struct.pack("<HH", 0x1986, padding - 4) + b"\0" * (padding - 4) if padding > 3 else b""
        )
        extra = extra or b"\0" * padding
        shared = struct.pack("<HHHHIII", 0, method, 0, 33, zlib.crc32(data), len(data), len(data))
        lengths = struct.pack("<HH", len(encoded), len(extra))
        body += b"PK\x03\x04" + struct.pack("<H", 20) + shared + lengths + encoded + extra + data
        listed += b"PK\x01\x02" + struct.pack("<HH", 20, 20) + shared
        listed += struct.pack("<HHHHHII", len(encoded), 0, 0, 0, 0, 0, start) + encoded
    count = len(files)
    tail = struct.pack("<HHHHIIH", 0, 0, count, count, len(listed), len(body), 0)
    return body + listed + b"PK\x05\x06" + tail + end


def boxed(name: bytes, *inside: bytes) -> bytes:
    """A box of an MP4."""
    data = b"".join(inside)
    return struct.pack(">I4s", 8 + len(data), name) + data


def mp4(*, reference: bytes | None = None, brand: bytes = b"isom") -> bytes:
    """A film of 640 x 360 pixels and two and a half seconds, as far as its boxes say; ``reference``
    is another file in which its data is."""
    entry = boxed(b"url ", b"\0\0\0\1" if reference is None else b"\0\0\0\0" + reference + b"\0")
    dref = boxed(b"dref", b"\0\0\0\0\0\0\0\1", entry)
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    tkhd = boxed(b"tkhd", b"\0\0\0\3", b"\0" * 36, matrix, struct.pack(">II", 640 << 16, 360 << 16))
    media = boxed(b"mdia", boxed(b"minf", boxed(b"dinf", dref)))
    mvhd = boxed(b"mvhd", b"\0" * 12, struct.pack(">II", 1000, 2500), b"\0" * 80)
    moov = boxed(b"moov", mvhd, boxed(b"trak", tkhd, media))
    return boxed(b"ftyp", brand, b"\0\0\2\0", b"mp41") + moov + boxed(b"mdat", b"\1\2\3\4" * 500)


def element(id_: int, data: bytes) -> bytes:
    """An element of a WebM."""
    length = (id_.bit_length() + 7) // 8
    return id_.to_bytes(length, "big") + struct.pack(">Q", len(data) | 1 << 56) + data


def webm(*, doctype: bytes = b"webm") -> bytes:
    """A film of 320 x 240 pixels and one and a half seconds, as far as its elements say."""
    video = element(0xE0, element(0xB0, b"\1\x40") + element(0xBA, b"\xf0"))
    tracks = element(0x1654AE6B, element(0xAE, element(0xD7, b"\1") + video))
    info = element(
        0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40") + element(0x4489, struct.pack(">d", 1500.0))
    )
    segment = element(0x18538067, info + tracks + element(0x1F43B675, b"\xe7\x81\0" * 50))
    return element(0x1A45DFA3, element(0x4282, doctype)) + segment
