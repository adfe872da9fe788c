"""What can happen to a location."""

import msgspec

__all__ = ["LocationOpened"]


class LocationOpened(msgspec.Struct, frozen=True):
    """A location came to be, or got another name or other coordinates (degrees)."""

    location: str
    name: str
    kind: str
    latitude: float | None = None
    longitude: float | None = None
