"""The facts that media publishes. The stream is ``media:<id>``."""

import msgspec

from rackhouse.platform.events import EventLog

__all__ = [
    "EVENT_TYPES",
    "LOG",
    "MediaAdded",
    "MediaDescribed",
    "MediaEvent",
    "MediaRemoved",
]

LOG = EventLog("media")


class MediaAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A file was taken in; or again, after it had been removed or its files were lost."""

    kind: str
    media_type: str
    bytes: int
    sha256: str
    filename: str | None


class MediaDescribed(msgspec.Struct, frozen=True, kw_only=True):
    """Another text, or another role, is said of an asset."""

    alt: str
    role: str


class MediaRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """An asset is served no more; its files follow."""


MediaEvent = MediaAdded | MediaDescribed | MediaRemoved

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each for each in (MediaAdded, MediaDescribed, MediaRemoved)
}
