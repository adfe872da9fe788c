"""The manifest of orders."""

from rackhouse.orders.events import EVENT_TYPES
from rackhouse.orders.following import SUBSCRIPTIONS
from rackhouse.orders.http import ENDPOINTS as ORDER_ENDPOINTS
from rackhouse.orders.http_reports import ENDPOINTS as REPORT_ENDPOINTS
from rackhouse.orders.log import LOG
from rackhouse.platform.module import Module

__all__ = ["MODULE"]

MODULE = Module(
    name="orders",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=[*ORDER_ENDPOINTS, *REPORT_ENDPOINTS],
    subscriptions=SUBSCRIPTIONS,
)
