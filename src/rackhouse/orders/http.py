"""Orders over HTTP."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.inventory import (
    PLACEMENT_REFUSALS,
    AllocationAnswer,
    ComingBack,
    HoldHasEnded,
    HoldLineBody,
    HoldNotFound,
    HoldTooLong,
    LineNotInHold,
    LocationNotFound,
    NotArrivedYet,
    OtherChannel,
    Preorder,
    ReturnCondition,
    SourcingBody,
    SourcingReason,
    allocation_answer,
    hold_lines_of,
    sourcing_answer,
)
from rackhouse.orders import fulfilment, placing, reading
from rackhouse.orders.errors import (
    ExternalIdReused,
    HoldIsTaken,
    LinesOrHold,
    OrderIsNot,
    OrderLineNotLeft,
    OrderNotFound,
)
from rackhouse.orders.events import OrderLine, Pieces
from rackhouse.orders.reading import OrderPlace
from rackhouse.orders.rules import Order, total_of
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS", "OrderAnswer", "order_answer"]

LINES_LIMIT = 200

Sku = Annotated[str, Meta(min_length=1, max_length=64, description="The SKU.")]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000_000, description="How many pieces.")]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Handle = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9._-]*$")]
Reason = Annotated[str, Meta(min_length=1, max_length=200, description="Why, in a few words.")]
Status = Annotated[str, Meta(pattern="^(pending|confirmed|shipped|delivered|cancelled|returned)$")]


class OrderLineBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some of one SKU."""

    sku: Sku
    quantity: Quantity


BoughtLines = Annotated[list[HoldLineBody], Meta(min_length=1, max_length=LINES_LIMIT)]
OrderLines = Annotated[list[OrderLineBody], Meta(min_length=1, max_length=LINES_LIMIT)]


class OrderBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is bought: give ``lines``, or the ``hold_id`` of a hold to take over."""

    channel: Handle
    lines: BoughtLines | None = None
    hold_id: Name | None = None
    customer_id: Name | None = None
    external_id: Annotated[
        Name | None, Meta(description="The channel's own number of this sale.")
    ] = None
    ttl_seconds: Annotated[
        Annotated[float, Meta(gt=0, le=31_536_000)] | None,
        Meta(description="How long to reserve; a hold that is taken over keeps its end."),
    ] = None
    complete: Annotated[
        str,
        Meta(
            pattern="^(reserve|confirm|hand_over)$",
            description="How far to go in this call: `reserve`, `confirm`, or `hand_over` as at "
            "a till.",
        ),
    ] = "reserve"
    preorder: Preorder = "never"
    sourcing: SourcingBody | None = None
    customer_group: Annotated[
        Handle | None,
        Meta(description="Whose price lists and promotions count besides those for everybody."),
    ] = None


class PartBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which lines: all that are left, if none are given."""

    lines: OrderLines | None = None


class ReturnBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which lines came back, and why."""

    lines: OrderLines | None = None
    reason: Reason = "returned"
    condition: Annotated[
        ReturnCondition,
        Meta(description="How it came back; what is a `write_off` is not kept."),
    ] = "sellable"
    location: Annotated[
        Handle | None, Meta(description="Where it came back to, if not where it came from.")
    ] = None


class CancelBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the order is called off."""

    reason: Reason = "cancelled"


class NothingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing more to say."""


class OrderAnswer(msgspec.Struct, frozen=True):
    """An order. ``reservation_expires_at`` is set while it is pending."""

    id: str
    status: str
    channel: str
    external_id: str | None
    customer_id: str | None
    lines: tuple[OrderLine, ...]
    total_minor: int | None
    currency: str | None
    hold_id: str
    reservation_expires_at: datetime.datetime | None
    placed_at: datetime.datetime
    changed_at: datetime.datetime
    version: int


class OrderDetail(OrderAnswer, frozen=True):
    """An order with where its pieces are, and why they come from there."""

    allocations: list[AllocationAnswer]
    sourcing: SourcingReason | None


class OrdersQuery(PageQuery, frozen=True, kw_only=True):
    """Which orders to list."""

    channel: Annotated[str | None, Meta(description="Only through this channel.")] = None
    customer_id: Annotated[str | None, Meta(description="Only of this customer.")] = None
    external_id: Annotated[str | None, Meta(description="Only with this number.")] = None
    status: Annotated[Status | None, Meta(description="Only in this status.")] = None


def order_answer(order: Order) -> OrderAnswer:
    """An order as the API shows it."""
    total_minor, currency = total_of(order)
    return OrderAnswer(
        order.id,
        order.status,
        order.channel,
        order.external_id,
        order.customer_id,
        order.lines,
        total_minor,
        currency,
        order.hold_id,
        order.reservation_expires_at,
        order.placed_at,
        order.changed_at,
        order.version,
    )


async def post_order(call: Call) -> Order:
    body: OrderBody = call.body
    if body.hold_id is not None and (body.sourcing is not None or body.preorder != "never"):
        field = "sourcing" if body.sourcing is not None else "preorder"
        raise MalformedRequest(
            field=field, problem="leave it out: a hold that is taken over has its pieces already"
        )
    return await placing.place_order(
        context=call.context,
        channel=body.channel,
        lines=None if body.lines is None else hold_lines_of(body.lines),
        hold_id=body.hold_id,
        customer_id=body.customer_id,
        external_id=body.external_id,
        ttl_seconds=body.ttl_seconds,
        complete=body.complete,
        promise=body.preorder == "allow",
        sourcing=None if body.sourcing is None else body.sourcing.wish(),
        customer_group=body.customer_group,
    )


async def get_order(call: Call) -> Answer:
    order, hold = await reading.order_with_hold(
        context=call.context, order_id=call.path["order_id"]
    )
    shown = msgspec.structs.asdict(order_answer(order))
    if hold is None:
        return Answer(200, OrderDetail(**shown, allocations=[], sourcing=None))
    allocations = [allocation_answer(each) for each in hold.allocations]
    return Answer(
        200, OrderDetail(**shown, allocations=allocations, sourcing=sourcing_answer(hold))
    )


async def get_orders(call: Call) -> Answer:
    query: OrdersQuery = call.query
    found = await reading.order_page(
        context=call.context,
        before=query.after(OrderPlace),
        channel=query.channel,
        customer_id=query.customer_id,
        external_id=query.external_id,
        status=query.status,
        limit=query.limit + 1,
    )
    page = Page.of(found, query.limit, lambda order: OrderPlace(order.placed_at, order.id))
    return Answer(200, Page([order_answer(each) for each in page.items], page.next_cursor))


async def post_order_confirmation(call: Call) -> Order:
    return await fulfilment.confirm_order(context=call.context, order_id=call.path["order_id"])


async def post_order_shipment(call: Call) -> Order:
    return await fulfilment.ship_order(
        context=call.context, order_id=call.path["order_id"], lines=_pieces(call.body.lines)
    )


async def post_order_delivery(call: Call) -> Order:
    return await fulfilment.deliver_order(context=call.context, order_id=call.path["order_id"])


async def post_order_cancellation(call: Call) -> Order:
    return await fulfilment.cancel_order(
        context=call.context, order_id=call.path["order_id"], reason=call.body.reason
    )


async def post_order_return(call: Call) -> Order:
    return await fulfilment.return_order(
        context=call.context,
        order_id=call.path["order_id"],
        lines=_pieces(call.body.lines),
        reason=call.body.reason,
        coming_back=ComingBack(call.body.condition, call.body.location),
    )


def _pieces(lines: list[OrderLineBody] | None) -> list[Pieces] | None:
    return None if lines is None else [Pieces(line.sku, line.quantity) for line in lines]


def _made(order: Order) -> Answer:
    return Answer(201, order_answer(order))


def _shown(order: Order) -> Answer:
    return Answer(200, order_answer(order))


_COMMANDS = frozenset({"confirm", "cancel"})
_OF_STOCK = (HoldNotFound, HoldHasEnded, OtherChannel)
_STEPS = (
    ("confirm", post_order_confirmation, NothingBody, "Make an order binding", _OF_STOCK),
    (
        "ship",
        post_order_shipment,
        PartBody,
        "Send an order out, in part or whole",
        (LineNotInHold, NotArrivedYet),
    ),
    ("deliver", post_order_delivery, NothingBody, "Record that the customer has an order", ()),
    ("cancel", post_order_cancellation, CancelBody, "Call an order off and free its stock", ()),
    (
        "return",
        post_order_return,
        ReturnBody,
        "Take an order back, in part or whole",
        (LocationNotFound,),
    ),
)

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/orders",
        handler=post_order,
        command=True,
        present=_made,
        permission="orders:write",
        summary="Reserve stock for an order, all lines or none",
        body=OrderBody,
        answers={201: OrderAnswer},
        refusals=(
            *PLACEMENT_REFUSALS,
            LinesOrHold,
            ExternalIdReused,
            HoldIsTaken,
            HoldTooLong,
            ChannelNotFound,
            ChannelDisabled,
            SkuUnknown,
            *_OF_STOCK,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/orders",
        handler=get_orders,
        permission="orders:read",
        summary="Orders, the newest first",
        query=OrdersQuery,
        answers={200: Page[OrderAnswer]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/orders/{order_id}",
        handler=get_order,
        permission="orders:read",
        summary="An order as it is now, with where its pieces are",
        answers={200: OrderDetail},
        refusals=(OrderNotFound,),
    ),
    *(
        Endpoint(
            method="POST",
            path=f"/api/v1/orders/{{order_id}}/{step}",
            handler=handler,
            command=step in _COMMANDS,
            present=_shown,
            permission="orders:write",
            summary=summary,
            body=body,
            body_optional=True,
            answers={200: OrderAnswer},
            refusals=(OrderNotFound, OrderIsNot, OrderLineNotLeft, *further),
        )
        for step, handler, body, summary, further in _STEPS
    ),
]
