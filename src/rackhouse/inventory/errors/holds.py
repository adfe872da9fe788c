"""The refusals of holds."""

from dataclasses import dataclass

from rackhouse.platform.errors import Busy, Conflict, Invalid, NotAllowed, NotFound

__all__ = [
    "BatchUnsettled",
    "HoldHasEnded",
    "HoldNotFound",
    "HoldTooLong",
    "LineNotInHold",
    "OtherChannel",
]


@dataclass(eq=False)
class BatchUnsettled(Busy):
    """The stock of this request kept moving while it was waited for. Send the request again."""


@dataclass(eq=False)
class HoldNotFound(NotFound):
    """There is no hold {hold_id}. Place one, or use the id that was answered to its placing."""

    hold_id: str


@dataclass(eq=False)
class HoldHasEnded(Conflict):
    """The hold {hold_id} is {hold_status}, so this can not be done with it any more. Place another
    one."""

    hold_id: str
    hold_status: str


@dataclass(eq=False)
class LineNotInHold(Conflict):
    """The hold {hold_id} has {possible} of {sku} left for this, not {asked}. Ask for no more than
    that."""

    hold_id: str
    sku: str
    asked: int
    possible: int


@dataclass(eq=False)
class HoldTooLong(Invalid):
    """ttl_seconds: a hold may last {limit_seconds} seconds at most. Ask for less, and extend it
    later."""

    limit_seconds: int


@dataclass(eq=False)
class OtherChannel(NotAllowed):
    """You act for the channel {own}, not for {channel}. Ask for your own channel, or as somebody
    who acts for all."""

    channel: str
    own: str
