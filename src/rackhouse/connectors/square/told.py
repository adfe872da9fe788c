"""What Square says of orders and counts, in our words.

Sources: https://developer.squareup.com/reference/square/objects/Order,
https://developer.squareup.com/docs/orders-api/webhooks,
https://developer.squareup.com/docs/inventory-api/webhooks.
"""

import datetime
from typing import Any

import msgspec

from rackhouse.connectors.facts import Fact, RemoteLevel, RemoteLine, RemoteRefund, RemoteSale
from rackhouse.connectors.remote import Misunderstood

__all__ = ["CountTold", "EventTold", "OrderTold", "facts_of", "level_of", "pieces"]

IN_STOCK = "IN_STOCK"


class LineTold(msgspec.Struct, frozen=True):
    """A line of an order; quantities are decimal texts."""

    uid: str
    quantity: str
    catalog_object_id: str | None = None


class ReturnedLineTold(msgspec.Struct, frozen=True):
    """Pieces of a line of another order that came back."""

    uid: str
    quantity: str
    source_line_item_uid: str | None = None


class ReturnTold(msgspec.Struct, frozen=True):
    """What came back of one order."""

    source_order_id: str | None = None
    return_line_items: list[ReturnedLineTold] = []


class OrderTold(msgspec.Struct, frozen=True):
    """An order. What is taken back at a till is an order too, with returns instead of lines."""

    id: str
    location_id: str
    state: str
    created_at: datetime.datetime
    line_items: list[LineTold] = []
    returns: list[ReturnTold] = []
    ticket_name: str | None = None


class CountTold(msgspec.Struct, frozen=True):
    """How many of a variation there are at a location in a state."""

    catalog_object_id: str
    location_id: str
    state: str
    quantity: str
    calculated_at: datetime.datetime


class EventTold(msgspec.Struct, frozen=True):
    """A webhook event."""

    event_id: str
    type: str
    data: dict[str, Any] = {}


def facts_of(order: OrderTold) -> list[Fact]:
    """An order as it stands. Square takes pieces from its counts when an order is completed, so
    one that is not does not count yet; what came back names the order that it came from."""
    facts: list[Fact] = [
        RemoteRefund(
            id=f"{order.id}/{line.uid}",
            sale=returned.source_order_id,
            line=line.source_line_item_uid,
            quantity=pieces(line.quantity),
            restocked=True,
            left=True,
            at=order.created_at,
        )
        for returned in order.returns
        for line in returned.return_line_items
        if returned.source_order_id and line.source_line_item_uid
    ]
    if order.line_items:
        facts.append(
            RemoteSale(
                id=order.id,
                sold_at=order.created_at,
                shown=order.ticket_name,
                counts=order.state == "COMPLETED",
                cancelled=order.state == "CANCELED",
                handed_over=True,
                place=order.location_id,
                lines=tuple(
                    RemoteLine(
                        id=line.uid,
                        item=line.catalog_object_id,
                        sku=None,
                        quantity=pieces(line.quantity),
                    )
                    for line in order.line_items
                ),
            )
        )
    return facts


def level_of(count: CountTold) -> RemoteLevel:
    """A count; marked with the time of the last change that is in it."""
    return RemoteLevel(
        item=count.catalog_object_id,
        place=count.location_id,
        quantity=pieces(count.quantity),
        mark=count.calculated_at.isoformat(),
    )


def pieces(quantity: str) -> int:
    """A quantity, which must be of whole pieces."""
    whole, _, part = quantity.partition(".")
    if part.strip("0") or not whole.lstrip("-").isdigit():
        raise Misunderstood(f"{quantity} is no number of pieces; what is weighed is not kept here")
    return int(whole)
