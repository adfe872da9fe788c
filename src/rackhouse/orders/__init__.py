"""Orders: what customers bought through which channel, and what became of it."""

from rackhouse.orders.errors import (
    ExternalIdReused,
    HoldIsTaken,
    LinesOrHold,
    OrderIsNot,
    OrderLineNotLeft,
    OrderNotFound,
)
from rackhouse.orders.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderLine,
    OrderPlaced,
    OrderReservationMoved,
    OrderReturned,
    OrderShipped,
    Pieces,
)
from rackhouse.orders.following import follow_holds
from rackhouse.orders.fulfilment import (
    cancel_order,
    confirm_order,
    deliver_order,
    return_order,
    ship_order,
)
from rackhouse.orders.placing import place_order
from rackhouse.orders.reading import OrderPlace, order_counts, order_of, order_page, orders_of_holds
from rackhouse.orders.rules import Order

__all__ = [
    "ExternalIdReused",
    "HoldIsTaken",
    "LinesOrHold",
    "Order",
    "OrderCancelled",
    "OrderConfirmed",
    "OrderDelivered",
    "OrderIsNot",
    "OrderLine",
    "OrderLineNotLeft",
    "OrderNotFound",
    "OrderPlace",
    "OrderPlaced",
    "OrderReservationMoved",
    "OrderReturned",
    "OrderShipped",
    "Pieces",
    "cancel_order",
    "confirm_order",
    "deliver_order",
    "follow_holds",
    "order_counts",
    "order_of",
    "order_page",
    "orders_of_holds",
    "place_order",
    "return_order",
    "ship_order",
]
