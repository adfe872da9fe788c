"""The refusals of holds."""

import datetime
from dataclasses import dataclass, field

from rackhouse.catalog import State
from rackhouse.platform.errors import Busy, Conflict, Invalid, NotAllowed, NotFound

__all__ = [
    "BatchUnsettled",
    "HoldHasEnded",
    "HoldNotFound",
    "HoldTooLong",
    "LineNotInHold",
    "NotOnSale",
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
class NotOnSale(Conflict):
    """{sku} is not for sale: its product is {product_state}. {remedy}"""

    sku: str
    product_state: State
    goes_live_at: datetime.datetime | None
    remedy: str = field(init=False)

    def __post_init__(self) -> None:
        if self.product_state == "scheduled" and self.goes_live_at is not None:
            self.remedy = f"Ask again at {self.goes_live_at.isoformat()}, when it goes live."
        else:
            self.remedy = "Let its stage be live first."


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
