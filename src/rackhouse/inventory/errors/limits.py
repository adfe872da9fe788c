"""The refusals of quotas and waiting lists."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotFound

__all__ = [
    "AlreadyWaiting",
    "CustomerNeeded",
    "NotWaitingAnyMore",
    "QuotaBelowUse",
    "QuotaExceeded",
    "QuotaNotFound",
    "QuotaVersionStale",
    "WaitingNotFound",
]


@dataclass(eq=False)
class QuotaExceeded(Conflict):
    """{name} allows {cap} pieces, of which {left} are left, not {asked}. Ask for no more than
    that."""

    quota: str
    name: str
    cap: int
    left: int
    asked: int


@dataclass(eq=False)
class CustomerNeeded(Invalid):
    """customer_id: the quota {quota} allows {cap} pieces per customer. Say who buys."""

    quota: str
    cap: int


@dataclass(eq=False)
class QuotaNotFound(NotFound):
    """There is no quota {quota}. Set it first."""

    quota: str


@dataclass(eq=False)
class QuotaBelowUse(Conflict):
    """cap: {used} pieces are taken already, which is more than {cap}. Set a higher cap."""

    quota: str
    cap: int
    used: int


@dataclass(eq=False)
class QuotaVersionStale(Conflict):
    """The quota {quota} is at version {current}, not {expected}. Read it again, then change."""

    quota: str
    expected: int
    current: int


@dataclass(eq=False)
class AlreadyWaiting(Conflict):
    """{customer_id} waits for {sku} through {channel} already. Leave the line first to wait for
    another quantity."""

    sku: str
    channel: str
    customer_id: str


@dataclass(eq=False)
class WaitingNotFound(NotFound):
    """There is no place in line {waiting_id}. Join the waiting list first."""

    waiting_id: str


@dataclass(eq=False)
class NotWaitingAnyMore(Conflict):
    """The place in line {waiting_id} is {waiting_status}, so it can not be left. Release the hold
    of the offer instead."""

    waiting_id: str
    waiting_status: str
