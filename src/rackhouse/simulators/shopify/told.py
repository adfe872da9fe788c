"""What Shopify's webhooks tell of orders (https://shopify.dev/docs/api/webhooks)."""

from typing import Any

from rackhouse.simulators.shop import Order, OrderLine, Refund

__all__ = ["current", "order_told", "refund_told", "restock_type"]


def order_told(order: Order) -> dict[str, Any]:
    """An order as a webhook tells it."""
    sent = [{"id": int(line.id), "quantity": line.shipped} for line in order.lines if line.shipped]
    cancelled = order.cancelled_at
    return {
        "id": int(order.id),
        "name": f"#{order.number}",
        "created_at": order.placed_at.isoformat(),
        "updated_at": order.changed_at.isoformat(),
        "cancelled_at": None if cancelled is None else cancelled.isoformat(),
        "source_name": "web",
        "location_id": None,
        "email": "buyer@example.com",
        "line_items": [_line_told(order, line) for line in order.lines],
        "fulfillments": [{"status": "success", "line_items": sent}] if sent else [],
        "refunds": [refund_told(order, each) for each in order.refunds],
    }


def refund_told(order: Order, refund: Refund) -> dict[str, Any]:
    """A refund as a webhook tells it."""
    line = {
        "id": int(refund.id) + 500_000,
        "line_item_id": int(refund.line),
        "quantity": refund.quantity,
        "restock_type": restock_type(refund),
        "location_id": int(order.place),
    }
    return {
        "id": int(refund.id),
        "order_id": int(order.id),
        "created_at": refund.at.isoformat(),
        "refund_line_items": [line],
    }


def restock_type(refund: Refund) -> str:
    """What became of the goods."""
    if not refund.restocked:
        return "no_restock"
    return "return" if refund.returned else "cancel"


def current(order: Order, line: OrderLine) -> int:
    """How many pieces of a line still count."""
    if order.cancelled_at is not None:
        return 0
    return line.quantity - sum(each.quantity for each in order.refunds if each.line == line.id)


def _line_told(order: Order, line: OrderLine) -> dict[str, Any]:
    return {
        "id": int(line.id),
        "variant_id": int(line.item.id),
        "sku": line.item.sku,
        "quantity": line.quantity,
        "current_quantity": current(order, line),
        "price": "12.50",
    }
