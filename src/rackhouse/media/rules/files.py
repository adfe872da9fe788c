"""Where the files of an asset are, and which of them anybody may have."""

import re
from urllib.parse import quote

import msgspec

from .assets import Asset, original_name

__all__ = ["Served", "disposition", "id_in_key", "key_of", "original_of", "public_file"]

_KEY = re.compile(r"[0-9a-f]{2}/([0-9a-f]{40})/([^/]+)")


class Served(msgspec.Struct, frozen=True):
    """A file as it is served."""

    key: str
    name: str
    media_type: str
    bytes: int
    sha256: str


def key_of(asset_id: str, name: str) -> str:
    """The key of a file. Two letters in front keep folders small."""
    return f"{asset_id[:2]}/{asset_id}/{name}"


def id_in_key(key: str) -> tuple[str, str] | None:
    """The asset's id and the file's name in a key, or None for a file that is not ours."""
    found = _KEY.fullmatch(key)
    return (found.group(1), found.group(2)) if found else None


def public_file(asset: Asset, extension: str, name: str) -> Served | None:
    """The file of this name, if anybody may have it. The original of a picture is not among them:
    it may say where it was taken, and may be something else besides a picture."""
    for each in asset.renditions:
        if each.name == name:
            return Served(key_of(asset.id, name), name, each.media_type, each.bytes, each.sha256)
    if asset.kind != "image" and name == original_name(extension):
        return original_of(asset, extension)
    return None


def original_of(asset: Asset, extension: str) -> Served:
    """The file as it came."""
    name = original_name(extension)
    return Served(key_of(asset.id, name), name, asset.media_type, asset.bytes, asset.sha256)


def disposition(served: Served, filename: str | None, *, attached: bool) -> str:
    """The header Content-Disposition (RFC 6266), with the name that the file had where it came
    from, and the extension of what it is."""
    stem = (filename or "").rpartition(".")[0] or filename or served.name.rpartition(".")[0]
    name = f"{stem}.{served.name.rpartition('.')[2]}"
    plain = re.sub(r'[^ -~]|["\\%;]', "_", name)
    kind = "attachment" if attached else "inline"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
