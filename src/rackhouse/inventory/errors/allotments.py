"""The refusals of allotments and of what channels report."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotFound

__all__ = [
    "AllotmentRuleNotFound",
    "AllotmentRuleStale",
    "ChannelMustAgree",
    "InvalidAllotmentRule",
    "SellsElsewhere",
    "TooManyAtOnce",
]


@dataclass(eq=False)
class ChannelMustAgree(Conflict):
    """{channel} may be selling its allotment at this moment without asking. Let its own client give
    pieces back, or say `channel_agrees` once it has agreed and sells them no more."""

    channel: str


@dataclass(eq=False)
class SellsElsewhere(Conflict):
    """{channel} does not sell from {location}, so pieces set apart there would be sold by nobody.
    Let it sell from there first."""

    channel: str
    location: str


@dataclass(eq=False)
class AllotmentRuleNotFound(NotFound):
    """No rule fills up what {channel} has of {sku} at {location}. Set one first."""

    channel: str
    sku: str
    location: str


@dataclass(eq=False)
class AllotmentRuleStale(Conflict):
    """The rule of {channel} for {sku} at {location} is at version {current}, not {expected}. Read
    it again, then change."""

    channel: str
    sku: str
    location: str
    expected: int
    current: int


@dataclass(eq=False)
class InvalidAllotmentRule(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


@dataclass(eq=False)
class TooManyAtOnce(Invalid):
    """{field}: this comes to {asked} rows of stock, and {limit} are changed at once at most. Send
    it in parts."""

    field: str
    asked: int
    limit: int
