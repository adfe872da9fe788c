"""Orders: what customers bought through which channel, and what became of it."""

from rackhouse.orders.errors import (
    ExternalIdReused,
    HoldIsTaken,
    LinesOrHold,
    OrderIsNot,
    OrderLineNotLeft,
    OrderNotFound,
    ReportedInTheFuture,
    ReportedOtherwise,
    SaleIsSettled,
    SaleNotReported,
    UncoveredSaleNotFound,
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
    SaleCovered,
    SaleDismissed,
    SaleNotCovered,
)
from rackhouse.orders.following import follow_holds
from rackhouse.orders.fulfilment import (
    cancel_order,
    confirm_order,
    deliver_order,
    return_order,
    ship_order,
)
from rackhouse.orders.judging import ReportedSale, SaleOutcome
from rackhouse.orders.placing import place_order
from rackhouse.orders.reading import OrderPlace, order_counts, order_of, order_page, orders_of_holds
from rackhouse.orders.reported_returns import ReportedReturn, ReturnOutcome, report_returns
from rackhouse.orders.reporting import cover_sale, report_sales
from rackhouse.orders.rules import Order, UncoveredSale
from rackhouse.orders.uncovered import UncoveredSalePlace, dismiss_sale, uncovered_sales

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
    "ReportedInTheFuture",
    "ReportedOtherwise",
    "ReportedReturn",
    "ReportedSale",
    "ReturnOutcome",
    "SaleCovered",
    "SaleDismissed",
    "SaleIsSettled",
    "SaleNotCovered",
    "SaleNotReported",
    "SaleOutcome",
    "UncoveredSale",
    "UncoveredSaleNotFound",
    "UncoveredSalePlace",
    "cancel_order",
    "confirm_order",
    "cover_sale",
    "deliver_order",
    "dismiss_sale",
    "follow_holds",
    "order_counts",
    "order_of",
    "order_page",
    "orders_of_holds",
    "place_order",
    "report_returns",
    "report_sales",
    "return_order",
    "ship_order",
    "uncovered_sales",
]
