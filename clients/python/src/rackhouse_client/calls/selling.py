"""Requests about holds, orders, and what a channel has sold on its own."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from rackhouse_client.answers import Hold, Order, OrderDetail, Page, ReturnsAnswer, SalesAnswer
from rackhouse_client.calls.request import Line, Pieces, Request, asked

__all__ = [
    "cancel_order",
    "confirm_hold",
    "confirm_order",
    "deliver_order",
    "extend_hold",
    "hold",
    "holds",
    "order",
    "orders",
    "place_hold",
    "place_order",
    "release_hold",
    "report_returns",
    "report_sales",
    "return_order",
    "ship_order",
]

Preorder = Literal["never", "allow"]


def place_hold(
    channel: str,
    lines: Sequence[Line],
    *,
    ttl_seconds: float,
    customer_id: str | None = None,
    preorder: Preorder | None = None,
    sourcing: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> Request[Hold]:
    """Set stock aside for a time, all lines or none."""
    body = {
        "channel": channel,
        "lines": list(lines),
        "ttl_seconds": ttl_seconds,
        "customer_id": customer_id,
        "preorder": preorder,
        "sourcing": sourcing,
    }
    return asked("POST", "/api/v1/holds", Hold, body=body, key=key)


def hold(hold_id: str) -> Request[Hold]:
    """A hold as it is now."""
    return asked("GET", "/api/v1/holds/{hold_id}", Hold, places={"hold_id": hold_id})


def holds(
    *, sku: str | None = None, channel: str | None = None, limit: int | None = None
) -> Request[Page[Hold]]:
    """Holds that are running, the ones that end first in front."""
    query = {"sku": sku, "channel": channel, "limit": limit}
    return asked("GET", "/api/v1/holds", Page[Hold], query=query)


def extend_hold(hold_id: str, *, ttl_seconds: float, key: str | None = None) -> Request[Hold]:
    """Let a hold last so long from now."""
    path, places = "/api/v1/holds/{hold_id}/extend", {"hold_id": hold_id}
    return asked("POST", path, Hold, places=places, body={"ttl_seconds": ttl_seconds}, key=key)


def confirm_hold(hold_id: str, *, key: str | None = None) -> Request[Hold]:
    """Sell what a hold sets aside."""
    path, places = "/api/v1/holds/{hold_id}/confirm", {"hold_id": hold_id}
    return asked("POST", path, Hold, places=places, key=key)


def release_hold(
    hold_id: str,
    *,
    lines: Sequence[Line] | None = None,
    reason: str | None = None,
    key: str | None = None,
) -> Request[Hold]:
    """Free what a hold sets aside, in part or whole."""
    body = {"hold_id": hold_id, "lines": lines and list(lines), "reason": reason}
    return asked("POST", "/api/v1/inventory/release", Hold, body=body, key=key)


def place_order(
    channel: str,
    lines: Sequence[Line] | None = None,
    *,
    hold_id: str | None = None,
    customer_id: str | None = None,
    external_id: str | None = None,
    ttl_seconds: float | None = None,
    complete: Literal["reserve", "confirm", "hand_over"] | None = None,
    preorder: Preorder | None = None,
    sourcing: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> Request[Order]:
    """Reserve stock for an order, all lines or none; or take over a hold."""
    body = {
        "channel": channel,
        "lines": lines and list(lines),
        "hold_id": hold_id,
        "customer_id": customer_id,
        "external_id": external_id,
        "ttl_seconds": ttl_seconds,
        "complete": complete,
        "preorder": preorder,
        "sourcing": sourcing,
    }
    return asked("POST", "/api/v1/orders", Order, body=body, key=key)


def order(order_id: str) -> Request[OrderDetail]:
    """An order as it is now, with where its pieces are."""
    path, places = "/api/v1/orders/{order_id}", {"order_id": order_id}
    return asked("GET", path, OrderDetail, places=places)


def orders(
    *,
    channel: str | None = None,
    customer_id: str | None = None,
    external_id: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Request[Page[Order]]:
    """Orders, the newest first."""
    query = {
        "channel": channel,
        "customer_id": customer_id,
        "external_id": external_id,
        "status": status,
        "cursor": cursor,
        "limit": limit,
    }
    return asked("GET", "/api/v1/orders", Page[Order], query=query)


def confirm_order(order_id: str, *, key: str | None = None) -> Request[Order]:
    """Make an order binding."""
    return _step(order_id, "confirm", {}, key)


def ship_order(
    order_id: str, *, lines: Sequence[Pieces] | None = None, key: str | None = None
) -> Request[Order]:
    """Send an order out: all that is left of it, or some lines."""
    return _step(order_id, "ship", {"lines": lines and list(lines)}, key)


def deliver_order(order_id: str, *, key: str | None = None) -> Request[Order]:
    """Record that the customer has an order."""
    return _step(order_id, "deliver", {}, key)


def cancel_order(
    order_id: str, *, reason: str | None = None, key: str | None = None
) -> Request[Order]:
    """Call an order off and free its stock."""
    return _step(order_id, "cancel", {"reason": reason}, key)


def return_order(
    order_id: str,
    *,
    lines: Sequence[Pieces] | None = None,
    reason: str | None = None,
    condition: str | None = None,
    location: str | None = None,
    key: str | None = None,
) -> Request[Order]:
    """Take an order back: all that has left, or some lines."""
    body = {
        "lines": lines and list(lines),
        "reason": reason,
        "condition": condition,
        "location": location,
    }
    return _step(order_id, "return", body, key)


def report_sales(
    channel: str, sales: Sequence[Mapping[str, Any]], *, key: str | None = None
) -> Request[SalesAnswer]:
    """Report up to 500 sales that a channel made on its own; each is booked once, however often it
    is reported, and answered on its own."""
    path, places = "/api/v1/channels/{channel}/sales", {"channel": channel}
    return asked("POST", path, SalesAnswer, places=places, body={"sales": list(sales)}, key=key)


def report_returns(
    channel: str, returns: Sequence[Mapping[str, Any]], *, key: str | None = None
) -> Request[ReturnsAnswer]:
    """Report up to 500 returns of a channel's own sales; each is booked once."""
    path, places = "/api/v1/channels/{channel}/returns", {"channel": channel}
    body = {"returns": list(returns)}
    return asked("POST", path, ReturnsAnswer, places=places, body=body, key=key)


def _step(order_id: str, step: str, body: Mapping[str, Any], key: str | None) -> Request[Order]:
    path, places = f"/api/v1/orders/{{order_id}}/{step}", {"order_id": order_id}
    return asked("POST", path, Order, places=places, body=body, key=key)
