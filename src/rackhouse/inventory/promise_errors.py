"""The refusals of promises."""

import datetime
from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotFound

__all__ = [
    "CapBelowSold",
    "CapOrChannelCaps",
    "PromiseAlreadyOpen",
    "PromiseInThePast",
    "PromiseIsClosed",
    "PromiseNotFound",
]


@dataclass(eq=False)
class PromiseNotFound(NotFound):
    """Nothing was promised of {sku}. Open a promise first."""

    sku: str


@dataclass(eq=False)
class PromiseAlreadyOpen(Conflict):
    """There is a promise of {sku} already. Change it, or close it first."""

    sku: str


@dataclass(eq=False)
class PromiseIsClosed(Conflict):
    """The promise of {sku} is closed. Only its date can be moved; to sell more, open it again."""

    sku: str


@dataclass(eq=False)
class PromiseInThePast(Invalid):
    """promised_at: {promised_at} is over already. Promise a time to come."""

    promised_at: datetime.datetime


@dataclass(eq=False)
class CapBelowSold(Conflict):
    """{sold} of {sku} are held or sold before they came, so the cap can not be {cap}. Where the
    channel is named, it is about its cap."""

    sku: str
    channel: str | None
    cap: int
    sold: int


@dataclass(eq=False)
class CapOrChannelCaps(Invalid):
    """cap: give either a cap for all channels together, or channel_caps."""
