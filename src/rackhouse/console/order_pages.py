"""The pages of orders: what was bought, where it comes from and why, and what happened."""

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter

from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.console.wording import skus_in, told
from rackhouse.inventory import sourcing_answer
from rackhouse.orders import (
    Order,
    OrderPlace,
    order_events,
    order_page,
    order_with_hold,
)

__all__ = ["get_order_page", "get_orders_page"]

ORDERS_SHOWN = 40
STATUSES = ("pending", "confirmed", "shipped", "delivered", "cancelled", "returned")
TAGS = {
    "pending": "tag-low",
    "confirmed": "tag-good",
    "shipped": "tag-good",
    "delivered": "tag-good",
    "cancelled": "tag-none",
    "returned": "tag-none",
}
STRATEGIES = {
    "channel_order": "in the channel's order",
    "nearest": "the nearest first",
    "fewest_parcels": "in the fewest parcels",
    "spread": "spread by stock",
}

AnyRequest = Request[Any, Any, Any]


@get("/orders")
async def get_orders_page(
    request: AnyRequest,
    status: Annotated[
        str | None, Parameter(pattern="^(pending|confirmed|shipped|delivered|cancelled|returned)$")
    ] = None,
    number: Annotated[str | None, Parameter(max_length=100)] = None,
    before: Annotated[str | None, Parameter(max_length=200)] = None,
) -> Response[str]:
    """Orders, the newest first; in one status, or with the number of a channel."""
    house = house_of(request)
    context = await context_of_session(house, request)
    number = (number or "").strip() or None
    found = await order_page(
        context=context,
        before=_place(before),
        channel=None,
        customer_id=None,
        external_id=number,
        status=status,
        limit=ORDERS_SHOWN + 1,
    )
    shown = found[:ORDERS_SHOWN]
    return whole_page(
        "orders.html",
        orders=shown,
        wanted=status,
        number=number,
        statuses=STATUSES,
        tags=TAGS,
        names=await house.the(Names).of_skus({line.sku for each in shown for line in each.lines}),
        channels=await house.the(Names).of_channels(),
        older=_older(status, number, shown[-1]) if len(found) > ORDERS_SHOWN else None,
    )


@get("/orders/{order_id:str}")
async def get_order_page(
    request: AnyRequest, order_id: Annotated[str, Parameter(max_length=100)]
) -> Response[str]:
    """One order, where its pieces are, why they come from there, and what happened to it."""
    house = house_of(request)
    context = await context_of_session(house, request)
    order, hold = await order_with_hold(context=context, order_id=order_id)
    events = await order_events(context=context, order_id=order.id)
    pieces = list(hold.allocations) if hold else []
    skus = {line.sku for line in order.lines} | {each.sku for each in pieces}
    skus |= {sku for event in events for sku in skus_in(event)}
    names = await house.the(Names).of_skus(skus)
    channels = await house.the(Names).of_channels()
    return whole_page(
        "order.html",
        order=order,
        pieces=pieces,
        sourcing=sourcing_answer(hold) if hold else None,
        strategies=STRATEGIES,
        happenings=[told(event, names, channels) for event in reversed(events)],
        tags=TAGS,
        names=names,
        channels=channels,
    )


def _place(text: str | None) -> OrderPlace | None:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=OrderPlace)
    except msgspec.MsgspecError:
        return None


def _older(status: str | None, number: str | None, last: Order) -> str:
    place = msgspec.json.encode(OrderPlace(last.placed_at, last.id)).decode()
    asked = {"status": status, "number": number, "before": place}
    return "?" + urlencode({name: value for name, value in asked.items() if value})
