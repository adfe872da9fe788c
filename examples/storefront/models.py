"""Models in three dimensions: a bottle turned on a lathe, as binary glTF 2.0, with its label."""

import json
import math
import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from examples.storefront.pictures.bottles import Shape, papers_of, shape_of, tint_of
from rackhouse_client import Product

__all__ = ["bottle_model"]

SIDES = 48
METERS = 0.3 / 560
FLOAT, UNSIGNED_SHORT = 5126, 5123
VERTICES, INDICES = 34962, 34963
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942

Profile = list[tuple[float, float]]


def bottle_model(product: Product) -> bytes:
    """A bottle in the shape and color of a product (glTF 2.0, section 4: GLB)."""
    shape = shape_of(product)
    paper, ink = papers_of(product)
    parts = [
        (_turned(_glass(shape)), _material(tint_of(product), roughness=0.08, alpha=0.86)),
        (_turned(_label(shape)), _material(paper, roughness=0.8)),
        (_turned(_cap(shape)), _material(ink, roughness=0.45)),
    ]
    binary, document = b"", _document([material for _, material in parts])
    for at, (mesh, _) in enumerate(parts):
        binary += _add(document, at, mesh, len(binary))
    document["buffers"] = [{"byteLength": len(binary)}]
    return _packed(document, binary)


def _glass(shape: Shape) -> Profile:
    wide, neck = shape.width / 2, shape.neck / 2
    body = shape.height - shape.neck_height - shape.shoulder
    curve = [
        (
            neck + (wide - neck) * (1 + math.cos(math.pi * step / 8)) / 2,
            body + shape.shoulder * step / 8,
        )
        for step in range(9)
    ]
    foot = shape.foot
    return [(0.0, 0.0), (wide - foot, 0.0), (wide, foot), *curve, (neck, shape.height)]


def _label(shape: Shape) -> Profile:
    body = shape.height - shape.neck_height - shape.shoulder
    out = shape.width / 2 + 2.5
    return [(out, body * 0.16), (out, body * 0.86)]


def _cap(shape: Shape) -> Profile:
    out, low = shape.neck / 2 + 2.5, shape.height - shape.neck_height * 0.45
    return [(out, low), (out, shape.height + 9), (0.0, shape.height + 9)]


def _turned(profile: Profile) -> tuple[list[float], list[float], list[int]]:
    """Positions, normals and triangles of a profile that is turned around the axis; each band has
    vertices of its own, so that edges stay sharp where the profile bends."""
    positions: list[float] = []
    normals: list[float] = []
    triangles: list[int] = []
    for (r1, y1), (r2, y2) in pairwise(profile):
        length = math.hypot(r2 - r1, y2 - y1) or 1.0
        out, up = (y2 - y1) / length, (r1 - r2) / length
        first = len(positions) // 3
        for side in range(SIDES + 1):
            turn = 2 * math.pi * side / SIDES
            x, z = math.cos(turn), math.sin(turn)
            for radius, y in ((r1, y1), (r2, y2)):
                positions += [radius * x * METERS, y * METERS, radius * z * METERS]
                normals += [out * x, up, out * z]
        for side in range(SIDES):
            a = first + 2 * side
            triangles += [a, a + 1, a + 2, a + 2, a + 1, a + 3]
    return positions, normals, triangles


def _material(color: str, *, roughness: float, alpha: float = 1.0) -> dict[str, Any]:
    channels = [(int(color[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5)]
    look = {
        "baseColorFactor": [*channels, alpha],
        "metallicFactor": 0.0,
        "roughnessFactor": roughness,
    }
    mode = "BLEND" if alpha < 1 else "OPAQUE"
    return {"pbrMetallicRoughness": look, "alphaMode": mode, "doubleSided": True}


def _document(materials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": []}],
        "materials": list(materials),
        "accessors": [],
        "bufferViews": [],
    }


def _add(
    document: dict[str, Any],
    material: int,
    mesh: tuple[list[float], list[float], list[int]],
    offset: int,
) -> bytes:
    positions, normals, triangles = mesh
    points = [positions[at : at + 3] for at in range(0, len(positions), 3)]
    data = [
        struct.pack(f"<{len(positions)}f", *positions),
        struct.pack(f"<{len(normals)}f", *normals),
        _padded(struct.pack(f"<{len(triangles)}H", *triangles), b"\0"),
    ]
    first = len(document["accessors"])
    bounds = {"min": [min(axis) for axis in zip(*points, strict=True)]}
    bounds["max"] = [max(axis) for axis in zip(*points, strict=True)]
    document["accessors"] += [
        _accessor(first, FLOAT, len(points), "VEC3") | bounds,
        _accessor(first + 1, FLOAT, len(points), "VEC3"),
        _accessor(first + 2, UNSIGNED_SHORT, len(triangles), "SCALAR"),
    ]
    for each, target in zip(data, (VERTICES, VERTICES, INDICES), strict=True):
        view = {"buffer": 0, "byteOffset": offset, "byteLength": len(each), "target": target}
        document["bufferViews"].append(view)
        offset += len(each)
    attributes = {"POSITION": first, "NORMAL": first + 1}
    primitive = {"attributes": attributes, "indices": first + 2, "material": material}
    document["meshes"][0]["primitives"].append(primitive)
    return b"".join(data)


def _accessor(view: int, component: int, count: int, kind: str) -> dict[str, Any]:
    return {"bufferView": view, "componentType": component, "count": count, "type": kind}


def _packed(document: dict[str, Any], binary: bytes) -> bytes:
    text = _padded(json.dumps(document, separators=(",", ":")).encode(), b" ")
    chunks = b"".join(
        struct.pack("<II", len(data), kind) + data
        for data, kind in ((text, JSON_CHUNK), (binary, BINARY_CHUNK))
    )
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _padded(data: bytes, fill: bytes) -> bytes:
    return data + fill * (-len(data) % 4)
