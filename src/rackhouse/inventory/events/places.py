"""What can happen to a location."""

import msgspec

__all__ = ["LocationOpened"]


class LocationOpened(msgspec.Struct, frozen=True):
    """A location came to be, or got another name."""

    location: str
    name: str
    kind: str
