"""Channels: who sells, and which locations serve them in which order."""

from rackhouse.channels.errors import (
    BoundToAnotherChannel,
    ChannelAlreadyOpen,
    ChannelDisabled,
    ChannelNotFound,
    InvalidChannel,
)
from rackhouse.channels.events import ChannelChanged, ChannelClosed, ChannelOpened
from rackhouse.channels.opening import (
    change_channel,
    close_channel,
    give_credentials,
    list_channels,
    open_channel,
    read_channel,
)
from rackhouse.channels.rules import Channel, ChannelSourcing, SourcingStrategy, Terms
from rackhouse.channels.selling import (
    locations_assigned_to,
    locations_sold_by,
    peek_locations,
    selling_channel,
    sourcing_of,
)

__all__ = [
    "BoundToAnotherChannel",
    "Channel",
    "ChannelAlreadyOpen",
    "ChannelChanged",
    "ChannelClosed",
    "ChannelDisabled",
    "ChannelNotFound",
    "ChannelOpened",
    "ChannelSourcing",
    "InvalidChannel",
    "SourcingStrategy",
    "Terms",
    "change_channel",
    "close_channel",
    "give_credentials",
    "list_channels",
    "locations_assigned_to",
    "locations_sold_by",
    "open_channel",
    "peek_locations",
    "read_channel",
    "selling_channel",
    "sourcing_of",
]
