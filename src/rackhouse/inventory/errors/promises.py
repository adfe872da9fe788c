"""The refusals of promises and shipments."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict

__all__ = [
    "NotArrivedYet",
]


@dataclass(eq=False)
class NotArrivedYet(Conflict):
    """What the hold {hold_id} has sold has not come yet. Ship it when it is there."""

    hold_id: str
