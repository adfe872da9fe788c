"""Places in line."""

import datetime

import msgspec

__all__ = ["PlaceInLine"]


class PlaceInLine(msgspec.Struct, frozen=True):
    """A customer who waits, or waited: ``waiting``, ``offered`` (until ``offer_expires_at``, as
    the hold ``hold_id``), ``bought``, ``lapsed`` (the offer was not taken) or ``left``.

    ``before`` is how many wait in front.
    """

    id: str
    sku: str
    quantity: int
    channel: str
    customer_id: str
    offer_seconds: float
    status: str
    joined_at: datetime.datetime
    hold_id: str | None
    offer_expires_at: datetime.datetime | None
    before: int
