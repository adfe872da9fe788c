"""The refusals of shipments on their way in."""

import datetime
from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotFound

__all__ = [
    "ExpectedInThePast",
    "InboundIsNot",
    "InboundNotFound",
    "MoreThanExpected",
    "NotInInbound",
    "ReasonNeeded",
    "SameLocation",
]


@dataclass(eq=False)
class InboundNotFound(NotFound):
    """There is no shipment {inbound_id}. Announce it first, or look for it among the shipments."""

    inbound_id: str


@dataclass(eq=False)
class InboundIsNot(Conflict):
    """The shipment {inbound_id} is {inbound_status}, so it can not be {wanted}. Announce another
    one."""

    inbound_id: str
    inbound_status: str
    wanted: str


@dataclass(eq=False)
class NotInInbound(Conflict):
    """The shipment {inbound_id} brings no such {sku}. Where a lot is named, it is not of that lot.
    Receive what came unexpected as stock."""

    inbound_id: str
    sku: str
    lot: str | None


@dataclass(eq=False)
class MoreThanExpected(Conflict):
    """{came} of {sku} came, but {expected} were expected. Say why, and send it again."""

    sku: str
    came: int
    expected: int


@dataclass(eq=False)
class ReasonNeeded(Conflict):
    """reason: {missing} of {sku} have not come. Say why nothing more will, or receive a part."""

    sku: str
    missing: int


@dataclass(eq=False)
class SameLocation(Invalid):
    """destination: a transfer goes to another location than {location}, which it comes from."""

    location: str


@dataclass(eq=False)
class ExpectedInThePast(Invalid):
    """expected_at: {expected_at} is over already. Say when the goods come now, or leave it out
    where nobody knows."""

    expected_at: datetime.datetime
