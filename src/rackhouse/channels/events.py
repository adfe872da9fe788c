"""The facts that channels publishes. The stream is the channel's id."""

import msgspec

from rackhouse.platform.events import EventLog

__all__ = ["EVENT_TYPES", "LOG", "ChannelChanged", "ChannelClosed", "ChannelOpened"]

LOG = EventLog("channels")


class ChannelOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A channel may sell, for the first time or again after it was closed."""

    id: str
    name: str
    kind: str
    locations: tuple[str, ...]
    enabled: bool
    sourcing: str = "channel_order"
    split: bool = True


class ChannelChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A channel is described anew, or was enabled or disabled."""

    id: str
    name: str
    kind: str
    locations: tuple[str, ...]
    enabled: bool
    sourcing: str = "channel_order"
    split: bool = True


class ChannelClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A channel sells no more."""

    id: str


EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    event.__name__: event for event in (ChannelOpened, ChannelChanged, ChannelClosed)
}
