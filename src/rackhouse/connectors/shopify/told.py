"""What Shopify's webhooks and its GraphQL API say of orders, in our words.

Sources: https://shopify.dev/docs/api/webhooks for the payloads, which are REST resources, and
https://shopify.dev/docs/api/admin-graphql/latest/objects/Order for the answers.
"""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.connectors.facts import RemoteLine, RemoteRefund, RemoteSale
from rackhouse.connectors.shopify.graphql import number

__all__ = ["LevelTold", "OrderTold", "RefundTold", "refunds_of", "sale_of", "sale_of_node"]

POINT_OF_SALE = "pos"
NOT_SENT = ("cancelled", "error", "failure")


class LineTold(msgspec.Struct, frozen=True):
    """A line of an order."""

    id: int
    quantity: int
    variant_id: int | None = None
    sku: str | None = None
    current_quantity: int | None = None


class FulfilledLineTold(msgspec.Struct, frozen=True):
    """Pieces of a line that were sent."""

    id: int
    quantity: int


class FulfillmentTold(msgspec.Struct, frozen=True):
    """A parcel."""

    status: str | None = None
    line_items: list[FulfilledLineTold] = []


class RefundLineTold(msgspec.Struct, frozen=True):
    """Pieces of a line that were paid back."""

    line_item_id: int
    quantity: int
    restock_type: str | None = None


class RefundTold(msgspec.Struct, frozen=True):
    """A refund, as in ``refunds/create`` and within an order."""

    id: int
    order_id: int
    created_at: datetime.datetime
    refund_line_items: list[RefundLineTold] = []


class OrderTold(msgspec.Struct, frozen=True):
    """An order, as in ``orders/create``, ``orders/updated`` and ``orders/cancelled``."""

    id: int
    created_at: datetime.datetime
    line_items: list[LineTold]
    name: str | None = None
    cancelled_at: datetime.datetime | None = None
    source_name: str | None = None
    location_id: int | None = None
    fulfillments: list[FulfillmentTold] = []
    refunds: list[RefundTold] = []


class LevelTold(msgspec.Struct, frozen=True):
    """A figure, as in ``inventory_levels/update``."""

    inventory_item_id: int
    location_id: int
    available: int | None
    updated_at: datetime.datetime


def sale_of(order: OrderTold) -> RemoteSale:
    """An order of a webhook, as it stands."""
    shipped: dict[int, int] = {}
    for parcel in order.fulfillments:
        if parcel.status not in NOT_SENT:
            for line in parcel.line_items:
                shipped[line.id] = shipped.get(line.id, 0) + line.quantity
    return RemoteSale(
        id=str(order.id),
        sold_at=order.created_at,
        shown=order.name,
        lines=tuple(
            RemoteLine(
                id=str(line.id),
                item=None if line.variant_id is None else str(line.variant_id),
                sku=line.sku or None,
                quantity=line.quantity,
                shipped=shipped.get(line.id, 0),
                removed=_removed(line.quantity, line.current_quantity),
            )
            for line in order.line_items
        ),
        cancelled=order.cancelled_at is not None,
        handed_over=order.source_name == POINT_OF_SALE,
        place=None if order.location_id is None else str(order.location_id),
        refunds=tuple(each for refund in order.refunds for each in refunds_of(refund)),
    )


def refunds_of(refund: RefundTold) -> list[RemoteRefund]:
    """The lines of a refund."""
    lines = [
        (str(line.line_item_id), line.quantity, line.restock_type)
        for line in refund.refund_line_items
    ]
    return _refunds(str(refund.id), str(refund.order_id), refund.created_at, lines)


def sale_of_node(node: dict[str, Any]) -> RemoteSale:
    """An order of the GraphQL API, as it stands."""
    shipped: dict[str, int] = {}
    for parcel in node["fulfillments"]:
        if str(parcel["status"]).lower() not in NOT_SENT:
            for sent in parcel["fulfillmentLineItems"]["nodes"]:
                line = number(sent["lineItem"]["id"])
                shipped[line] = shipped.get(line, 0) + sent["quantity"]
    order = str(node["legacyResourceId"])
    return RemoteSale(
        id=order,
        sold_at=_time(node["createdAt"]),
        shown=node["name"],
        lines=tuple(
            RemoteLine(
                id=number(line["id"]),
                item=None if line["variant"] is None else str(line["variant"]["legacyResourceId"]),
                sku=line["sku"] or None,
                quantity=line["quantity"],
                shipped=shipped.get(number(line["id"]), 0),
                removed=_removed(line["quantity"], line["currentQuantity"]),
            )
            for line in node["lineItems"]["nodes"]
        ),
        cancelled=node["cancelledAt"] is not None,
        handed_over=node["sourceName"] == POINT_OF_SALE,
        refunds=tuple(
            each for refund in node["refunds"] for each in _refunds_of_node(order, refund)
        ),
    )


def _refunds_of_node(order: str, refund: dict[str, Any]) -> list[RemoteRefund]:
    lines = [
        (number(line["lineItem"]["id"]), line["quantity"], line["restockType"])
        for line in refund["refundLineItems"]["nodes"]
    ]
    return _refunds(str(refund["legacyResourceId"]), order, _time(refund["createdAt"]), lines)


def _refunds(
    refund: str,
    sale: str,
    at: datetime.datetime,
    lines: Sequence[tuple[str, int, str | None]],
) -> list[RemoteRefund]:
    """Each line of a refund once: ``cancel`` is of pieces that were not sent yet, ``return`` of
    such as came back; with ``no_restock`` the goods stay where they are, only the money moves."""
    totals: dict[tuple[str, str], int] = {}
    for line, quantity, told in lines:
        kind = (told or "no_restock").lower()
        totals[line, kind] = totals.get((line, kind), 0) + quantity
    return [
        RemoteRefund(
            id=f"{refund}/{line}/{kind}",
            sale=sale,
            line=line,
            quantity=quantity,
            restocked=kind != "no_restock",
            left=kind != "cancel",
            at=at,
        )
        for (line, kind), quantity in totals.items()
    ]


def _removed(quantity: int, current: int | None) -> int:
    return 0 if current is None else max(0, quantity - current)


def _time(told: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(told.replace("Z", "+00:00"))
