"""What can happen to an order. Each event belongs to the stream of one order."""

import datetime

import msgspec

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
]


class Pieces(msgspec.Struct, frozen=True):
    """Some of one SKU."""

    sku: str
    quantity: int


class OrderLine(msgspec.Struct, frozen=True):
    """What was bought, at which price apiece (in minor units), and what became of it."""

    sku: str
    quantity: int
    name: str | None = None
    price_minor: int | None = None
    currency: str | None = None
    shipped: int = 0
    returned: int = 0


class OrderPlaced(msgspec.Struct, frozen=True):
    """A customer ordered; the stock is reserved until a time."""

    channel: str
    external_id: str | None
    lines: tuple[OrderLine, ...]
    hold_id: str
    reservation_expires_at: datetime.datetime


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
    )
}
