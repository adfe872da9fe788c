"""What can happen to quotas and waiting lists. Each event belongs to the stream of one of them."""

import datetime

import msgspec

__all__ = ["OfferMade", "QuotaEnded", "QuotaSet", "WaitingJoined", "WaitingLeft"]


class QuotaSet(msgspec.Struct, frozen=True):
    """No more than ``cap`` pieces over all ``skus``: for everyone together, or per customer."""

    quota: str
    name: str
    cap: int
    per: str
    skus: tuple[str, ...]


class QuotaEnded(msgspec.Struct, frozen=True):
    """A quota counts no more."""

    quota: str


class WaitingJoined(msgspec.Struct, frozen=True):
    """A customer waits for pieces of a SKU to be free."""

    sku: str
    quantity: int
    channel_id: str
    customer_id: str
    offer_seconds: float


class OfferMade(msgspec.Struct, frozen=True):
    """Pieces are set aside for the customer who was first in line, until a time."""

    sku: str
    quantity: int
    customer_id: str
    hold_id: str
    expires_at: datetime.datetime


class WaitingLeft(msgspec.Struct, frozen=True):
    """A customer waits no more."""

    sku: str
    customer_id: str
