"""The refusals of media: files that are not taken, and what can not be done with an asset."""

from dataclasses import dataclass

from rackhouse.platform.errors import Busy, Conflict, Invalid, NotFound, PayloadTooLarge

__all__ = [
    "MediaDamaged",
    "MediaInUse",
    "MediaMoves",
    "MediaNotFound",
    "MediaNotShown",
    "MediaRefersOutside",
    "MediaTooLarge",
    "MediaTypeNotTaken",
    "TooManyPixels",
    "TooManyUploads",
    "UploadStalled",
]


@dataclass(eq=False)
class MediaNotFound(NotFound):
    """There is no media asset {asset_id}."""

    asset_id: str


@dataclass(eq=False)
class MediaTypeNotTaken(Invalid):
    """What came is {found}. Send one of these as it is, as the body: {taken}."""

    found: str
    taken: str


@dataclass(eq=False)
class MediaDamaged(Invalid):
    """This is no sound {media_type}: {problem}. Export it anew, and send it whole."""

    media_type: str
    problem: str


@dataclass(eq=False)
class MediaRefersOutside(Invalid):
    """This {media_type} refers to {reference}, which is not in it. Export it all in one file."""

    media_type: str
    reference: str


@dataclass(eq=False)
class MediaTooLarge(PayloadTooLarge):
    """A file of the kind {kind} may have {limit_bytes} bytes. Send a smaller one."""

    kind: str
    limit_bytes: int


@dataclass(eq=False)
class TooManyPixels(Invalid):
    """{width} x {height} pixels are more than {limit_pixels}, the limit. Send a smaller picture."""

    width: int
    height: int
    limit_pixels: int


@dataclass(eq=False)
class MediaMoves(Invalid):
    """The picture moves. Send it as a video, MP4 or WebM, or one frame of it."""


@dataclass(eq=False)
class UploadStalled(Busy):
    """Nothing more of the file came for {seconds} seconds. Send it again."""

    seconds: int


@dataclass(eq=False)
class TooManyUploads(Busy):
    """{limit} files are being taken in at the moment. Send this one again."""

    limit: int


@dataclass(eq=False)
class MediaInUse(Conflict):
    """The asset {asset_id} is shown by {product_id}, and perhaps by others. Take it off there."""

    asset_id: str
    product_id: str


@dataclass(eq=False)
class MediaNotShown(NotFound):
    """The product {product_id} does not show the asset {asset_id}."""

    product_id: str
    asset_id: str
