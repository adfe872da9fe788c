"""Outlets: durable followers. What happens is pushed to them in order, until it is taken."""

from rackhouse.outlets.errors import (
    DeadLetterNotFound,
    InvalidOutlet,
    LagRuleNotFound,
    OutletDisabled,
    OutletKindUnknown,
    OutletNotFound,
    OutletsAtLimit,
)
from rackhouse.outlets.kinds import Gone, Kind, Message, NotTaken, Outlet, Rejected

__all__ = [
    "DeadLetterNotFound",
    "Gone",
    "InvalidOutlet",
    "Kind",
    "LagRuleNotFound",
    "Message",
    "NotTaken",
    "Outlet",
    "OutletDisabled",
    "OutletKindUnknown",
    "OutletNotFound",
    "OutletsAtLimit",
    "Rejected",
]
