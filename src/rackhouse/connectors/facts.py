"""What a channel tells, in our words: sales as they stand, refunds, figures of stock, its catalog.

A sale is told as it stands and not as what happened to it, so that it does not matter in which
order, or how often, it is told: of two tellings each part is taken from the one that is further
(`connectors.rules.joined`).
"""

import datetime

import msgspec

__all__ = [
    "Fact",
    "RemoteFigures",
    "RemoteItem",
    "RemoteLevel",
    "RemoteLine",
    "RemotePlace",
    "RemoteRefund",
    "RemoteSale",
    "RemoteSaleCancelled",
]


class RemoteItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a channel sells. ``id`` is what its sales call it, ``stock_id`` what its stock
    calls it, where that is another; ``sku`` is the channel's own text for it."""

    id: str
    sku: str | None
    name: str
    stock_id: str | None = None


class RemotePlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a channel keeps stock."""

    id: str
    name: str


class RemoteLevel(msgspec.Struct, frozen=True, kw_only=True):
    """The figure that a channel has of an item (by its ``stock_id``) at a place: what it would sell
    there. ``mark`` is whatever the channel compares by, such as a version."""

    item: str
    place: str
    quantity: int
    mark: str | None = None


class RemoteLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one item in a sale. ``id`` stays the same when the sale is told again; ``shipped``
    counts the pieces that have left; ``removed`` those that were struck off or refunded."""

    id: str
    item: str | None
    sku: str | None
    quantity: int
    shipped: int = 0
    removed: int = 0


class RemoteRefund(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of a line of a sale that count no longer, under a number of their own (the refund's
    and the line's together). ``restocked``: they can be sold again."""

    id: str
    sale: str
    line: str
    quantity: int
    restocked: bool
    left: bool
    at: datetime.datetime


class RemoteSale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale as it stands. ``id`` is the channel's number of it, ``shown`` what people call it.

    ``counts`` is false while it may still come to nothing, as before it was paid; ``handed_over``
    says that the buyer walked out with it; ``place`` where it was sold from, if the channel knows.
    """

    id: str
    sold_at: datetime.datetime
    lines: tuple[RemoteLine, ...]
    shown: str | None = None
    counts: bool = True
    cancelled: bool = False
    handed_over: bool = False
    refunds: tuple[RemoteRefund, ...] = ()
    place: str | None = None


class RemoteSaleCancelled(msgspec.Struct, frozen=True, kw_only=True):
    """A sale is off, from a channel that says no more than that."""

    id: str


class RemoteFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The channel's own figures of stock, as of a time."""

    levels: tuple[RemoteLevel, ...]
    as_of: datetime.datetime


Fact = RemoteSale | RemoteRefund | RemoteSaleCancelled | RemoteFigures
