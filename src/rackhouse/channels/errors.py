"""The refusals of channels."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotAllowed, NotFound

__all__ = [
    "BoundToAnotherChannel",
    "ChannelAlreadyOpen",
    "ChannelDisabled",
    "ChannelNotFound",
    "InvalidChannel",
]


@dataclass(eq=False)
class ChannelNotFound(NotFound):
    """There is no channel {channel}. Open it first."""

    channel: str


@dataclass(eq=False)
class ChannelDisabled(Conflict):
    """The channel {channel} is disabled, so nothing is sold through it. Enable it first."""

    channel: str


@dataclass(eq=False)
class ChannelAlreadyOpen(Conflict):
    """The channel {channel} is open already."""

    channel: str


@dataclass(eq=False)
class BoundToAnotherChannel(NotAllowed):
    """{subject} acts for the channel {bound_to} only, not for {channel}."""

    subject: str
    bound_to: str
    channel: str


@dataclass(eq=False)
class InvalidChannel(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str
