"""Media: pictures, videos and models of products, taken in, looked at, derived and served."""

from rackhouse.media.adding import Added, add_media
from rackhouse.media.assets import (
    AssetPlace,
    describe_media,
    media_asset,
    media_page,
    remove_media,
)
from rackhouse.media.errors import (
    MediaDamaged,
    MediaInUse,
    MediaMoves,
    MediaNotFound,
    MediaNotShown,
    MediaRefersOutside,
    MediaTooLarge,
    MediaTypeNotTaken,
    TooManyPixels,
    TooManyUploads,
    UploadStalled,
)
from rackhouse.media.events import MediaAdded, MediaDescribed, MediaRemoved
from rackhouse.media.files import FilesUnavailable
from rackhouse.media.rules.assets import Asset, Rendition, Terms
from rackhouse.media.rules.galleries import Gallery, Picture, ShownModel, ShownVideo, Source
from rackhouse.media.rules.placing import Placing
from rackhouse.media.showing import gallery, show_media, unshow_media
from rackhouse.media.sweeping import sweep_files

__all__ = [
    "Added",
    "Asset",
    "AssetPlace",
    "FilesUnavailable",
    "Gallery",
    "MediaAdded",
    "MediaDamaged",
    "MediaDescribed",
    "MediaInUse",
    "MediaMoves",
    "MediaNotFound",
    "MediaNotShown",
    "MediaRefersOutside",
    "MediaRemoved",
    "MediaTooLarge",
    "MediaTypeNotTaken",
    "Picture",
    "Placing",
    "Rendition",
    "ShownModel",
    "ShownVideo",
    "Source",
    "Terms",
    "TooManyPixels",
    "TooManyUploads",
    "UploadStalled",
    "add_media",
    "describe_media",
    "gallery",
    "media_asset",
    "media_page",
    "remove_media",
    "show_media",
    "sweep_files",
    "unshow_media",
]
