"""What can happen to an order, each event in the stream ``order:<id>``; and to a sale that was
reported and could not be booked, in the stream ``sale:<id>``."""

import datetime

import msgspec

from rackhouse.inventory import Line, Shortage

__all__ = [
    "EVENT_TYPES",
    "OrderCancelled",
    "OrderConfirmed",
    "OrderDelivered",
    "OrderEvent",
    "OrderLine",
    "OrderPlaced",
    "OrderReservationMoved",
    "OrderReturned",
    "OrderShipped",
    "Pieces",
    "SaleCovered",
    "SaleDismissed",
    "SaleNotCovered",
]


class Pieces(msgspec.Struct, frozen=True):
    """Some of one SKU."""

    sku: str
    quantity: int


class OrderLine(msgspec.Struct, frozen=True):
    """What was bought, at which price apiece (in minor units), and what became of it.

    ``total_minor`` is the price of all pieces where it is not that of each times the quantity;
    ``price_rules`` are the price list and the promotions that made the price, each with its
    version, and none where it is the catalog's.
    """

    sku: str
    quantity: int
    name: str | None = None
    price_minor: int | None = None
    currency: str | None = None
    shipped: int = 0
    returned: int = 0
    total_minor: int | None = None
    price_rules: tuple[str, ...] = ()


class OrderPlaced(msgspec.Struct, frozen=True, omit_defaults=True):
    """A customer ordered; the stock is reserved until a time.

    ``sold_at`` is when the channel says that it sold, by its own clock, of a sale that it reported
    afterwards.
    """

    channel: str
    external_id: str | None
    lines: tuple[OrderLine, ...]
    hold_id: str
    reservation_expires_at: datetime.datetime
    sold_at: datetime.datetime | None = None


class OrderReservationMoved(msgspec.Struct, frozen=True):
    """The stock of a pending order is reserved until another time."""

    reservation_expires_at: datetime.datetime


class OrderConfirmed(msgspec.Struct, frozen=True):
    """The order is binding; its stock is sold."""


class OrderShipped(msgspec.Struct, frozen=True):
    """Pieces of the order left."""

    lines: tuple[Pieces, ...]


class OrderDelivered(msgspec.Struct, frozen=True):
    """The customer has the order."""


class OrderCancelled(msgspec.Struct, frozen=True):
    """The order is off; what was not shipped is free again."""

    reason: str


class OrderReturned(msgspec.Struct, frozen=True):
    """Pieces of the order came back."""

    lines: tuple[Pieces, ...]
    reason: str


class SaleNotCovered(msgspec.Struct, frozen=True):
    """A channel reported a sale of more than there is, of something that is not known, or under a
    number that another sale has. Nothing was booked. ``why`` is the type of the refusal,
    ``missing`` what there is of what was sold."""

    channel: str
    external_id: str
    lines: tuple[Line, ...]
    missing: tuple[Shortage, ...]
    why: str
    sold_at: datetime.datetime


class SaleCovered(msgspec.Struct, frozen=True):
    """A sale that could not be booked at first has become an order."""

    channel: str
    external_id: str


class SaleDismissed(msgspec.Struct, frozen=True):
    """Somebody decided that a sale which could not be booked will not be."""

    channel: str
    external_id: str
    reason: str


OrderEvent = (
    OrderPlaced
    | OrderReservationMoved
    | OrderConfirmed
    | OrderShipped
    | OrderDelivered
    | OrderCancelled
    | OrderReturned
)

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (
        OrderPlaced,
        OrderReservationMoved,
        OrderConfirmed,
        OrderShipped,
        OrderDelivered,
        OrderCancelled,
        OrderReturned,
        SaleNotCovered,
        SaleCovered,
        SaleDismissed,
    )
}
