"""Orders: what customers bought through which channel, and what became of it."""

from rackhouse.orders.audit import (
    OrderPageAudit,
    audit_order_page,
    audit_orders,
    audit_orders_of_holds,
    audit_placed_orders,
    missing_orders,
    order_events,
    rewrite_order,
)
from rackhouse.orders.comparing import OrderDiscrepancy
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
from rackhouse.orders.following import follow_hold, follow_holds
from rackhouse.orders.fulfilment import (
    cancel_order,
    confirm_order,
    deliver_order,
    return_order,
    ship_order,
)
from rackhouse.orders.placing import place_order
from rackhouse.orders.reading import OrderPlace, order_counts, order_of, order_page
from rackhouse.orders.rules import Order

__all__ = [
    "ExternalIdReused",
    "HoldIsTaken",
    "LinesOrHold",
    "Order",
    "OrderCancelled",
    "OrderConfirmed",
    "OrderDelivered",
    "OrderDiscrepancy",
    "OrderIsNot",
    "OrderLine",
    "OrderLineNotLeft",
    "OrderNotFound",
    "OrderPageAudit",
    "OrderPlace",
    "OrderPlaced",
    "OrderReservationMoved",
    "OrderReturned",
    "OrderShipped",
    "Pieces",
    "audit_order_page",
    "audit_orders",
    "audit_orders_of_holds",
    "audit_placed_orders",
    "cancel_order",
    "confirm_order",
    "deliver_order",
    "follow_hold",
    "follow_holds",
    "missing_orders",
    "order_counts",
    "order_events",
    "order_of",
    "order_page",
    "place_order",
    "return_order",
    "rewrite_order",
    "ship_order",
]
