"""Where a channel sells from: asked for every hold, so answered from memory."""

from collections.abc import Mapping, Sequence

from rackhouse.channels import store
from rackhouse.channels.errors import ChannelDisabled, ChannelNotFound
from rackhouse.channels.rules import Channel, ChannelSourcing, is_handle
from rackhouse.platform.cache import FactCache
from rackhouse.platform.events import Event
from rackhouse.platform.house import House

__all__ = [
    "ChannelFacts",
    "hear_channels",
    "locations_assigned_to",
    "locations_sold_by",
    "peek_locations",
    "selling_channel",
    "sourcing_of",
]


class ChannelFacts:
    """The channels that this process asked for lately."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._cache: FactCache[str, Channel] = FactCache(self._load)
        self.peek = self._cache.peek
        self.get = self._cache.get
        self.forget = self._cache.forget

    async def _load(self, channel_ids: Sequence[str]) -> Mapping[str, Channel]:
        async with self._house.database("channels").transaction() as tx:
            return {channel.id: channel for channel in await store.read_channels(tx, channel_ids)}


async def locations_sold_by(*, house: House, channel: str) -> tuple[str, ...]:
    """The locations that a channel sells from, in the order in which they serve.

    At most `FRESH_FOR_SECONDS` of the cache old. Refuses with `ChannelNotFound` and
    `ChannelDisabled`.
    """
    return _locations(await _known(house, channel))


async def selling_channel(*, house: House, channel: str) -> Channel:
    """A channel that sells: its locations in their order, and how its orders are sourced.

    As old as what ``locations_sold_by`` answers. Refuses with `ChannelNotFound` and
    `ChannelDisabled`.
    """
    found = await _known(house, channel)
    _locations(found)
    return found


async def locations_assigned_to(*, house: House, channel: str) -> tuple[str, ...]:
    """The locations of a channel in their order, also while it is disabled: for what it has sold
    already.

    As old as what ``locations_sold_by`` answers. Refuses with `ChannelNotFound`.
    """
    return (await _known(house, channel)).locations


async def sourcing_of(*, house: House, channel: str) -> ChannelSourcing:
    """How a channel's orders are sourced, where they do not say so themselves.

    As old as what ``locations_sold_by`` answers. Refuses with `ChannelNotFound`.
    """
    found = await _known(house, channel)
    return ChannelSourcing(found.sourcing, found.split)


def peek_locations(*, house: House, channel: str) -> tuple[str, ...] | None:
    """What ``locations_sold_by`` answers, if it is at hand, without I/O; else None.

    Refuses with `ChannelDisabled`.
    """
    found = house.the(ChannelFacts).peek(channel)
    return None if found is None else _locations(found)


def hear_channels(house: House, events: Sequence[Event]) -> None:
    """Forget what another process changed; the stream of an event is the channel's id."""
    house.the(ChannelFacts).forget(event.stream for event in events)


async def _known(house: House, channel: str) -> Channel:
    found = await house.the(ChannelFacts).get(channel) if is_handle(channel) else None
    if found is None:
        raise ChannelNotFound(channel=channel)
    return found


def _locations(channel: Channel) -> tuple[str, ...]:
    if not channel.enabled:
        raise ChannelDisabled(channel=channel.id)
    return channel.locations
