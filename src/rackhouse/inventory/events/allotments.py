"""What can happen to the rule that fills an allotment up. Each event belongs to the stream
``allotment-rule:<channel>/<sku>/<location>``."""

import msgspec

__all__ = ["AllotmentRuleRemoved", "AllotmentRuleSet"]


class AllotmentRuleSet(msgspec.Struct, frozen=True):
    """From now on, when fewer than ``minimum`` pieces are left of an allotment, it is filled up to
    ``level``; or nothing is done while the rule is paused."""

    channel: str
    sku: str
    location: str
    level: int
    minimum: int
    paused: bool


class AllotmentRuleRemoved(msgspec.Struct, frozen=True):
    """An allotment is not filled up any more."""

    channel: str
    sku: str
    location: str
