"""What an asset is: its original, the sizes derived from it, and what is said of it."""

import datetime
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "ALT_LENGTH_MAX",
    "FILENAME_LENGTH_MAX",
    "ORIGINAL",
    "WIDTHS",
    "Alt",
    "Asset",
    "Filename",
    "Kind",
    "Rendition",
    "Role",
    "Terms",
    "address_of",
    "asset_id_of",
    "asset_in",
    "is_asset_id",
    "original_name",
]

ALT_LENGTH_MAX = 500
FILENAME_LENGTH_MAX = 200
ORIGINAL = "original"
WIDTHS = (160, 480, 960, 1600)
"""How wide the derived sizes of a picture are, in pixels; none is wider than the picture."""

ID_LENGTH = 40

Kind = Literal["image", "video", "model"]
Role = Annotated[
    Literal["main", "gallery", "packaging", "poster"],
    Meta(
        description="What it is for: the first picture, one among others, the packaging, or the "
        "still picture of the video or model before it."
    ),
]
Alt = Annotated[
    str,
    Meta(
        max_length=ALT_LENGTH_MAX,
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        description="What it shows, for those who do not see it.",
    ),
]
Filename = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=FILENAME_LENGTH_MAX,
        pattern=r"^[^\x00-\x1f\x7f-\x9f/\\]+$",
        description="What the file is called where it comes from; no folders.",
    ),
]


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of an asset, until a product that shows it says otherwise."""

    alt: Alt = ""
    role: Role = "gallery"


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """A size derived from a picture, as a file of its own. ``name`` is that of the file."""

    name: str
    url: str
    media_type: str
    width: int
    height: int
    bytes: int
    sha256: str


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was taken in. ``url`` is what a product names: of a picture the largest size that
    every program reads, else the file as it came. Sizes are in pixels, as it is to be looked at."""

    id: str
    kind: Kind
    media_type: str
    bytes: int
    sha256: str
    width: int | None
    height: int | None
    duration_seconds: float | None
    filename: str | None
    alt: str
    role: Role
    url: str
    renditions: tuple[Rendition, ...]
    version: int
    added_at: datetime.datetime
    updated_at: datetime.datetime


_ID = re.compile(r"[0-9a-f]{40}")
_IN_ADDRESS = re.compile(r"/media/([0-9a-f]{40})/[^/]+")


def asset_id_of(sha256: str) -> str:
    """The id of the asset with this SHA-256: the same bytes are the same asset."""
    return sha256[:ID_LENGTH]


def is_asset_id(text: str) -> bool:
    """Whether a text has the form of an asset's id."""
    return _ID.fullmatch(text) is not None


def address_of(asset_id: str, name: str) -> str:
    """Where a file of an asset is served."""
    return f"/media/{asset_id}/{name}"


def asset_in(url: str) -> str | None:
    """The id of the asset that an address of a product names, or None for one of elsewhere."""
    found = _IN_ADDRESS.search(url)
    return found.group(1) if found else None


def original_name(extension: str) -> str:
    """What the file of an original is called."""
    return f"{ORIGINAL}.{extension}"
