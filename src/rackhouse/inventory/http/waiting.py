"""Waiting lists over HTTP."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.inventory import waiting
from rackhouse.inventory.errors import (
    AlreadyWaiting,
    BundleHasNoStock,
    HoldTooLong,
    NotWaitingAnyMore,
    OtherChannel,
    WaitingNotFound,
)
from rackhouse.inventory.http.shapes import Handle, Quantity, Sku
from rackhouse.inventory.rules import PlaceInLine
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class WaitingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who waits for how much of what, and how long an offer is to be good for."""

    sku: Sku
    channel: Handle
    customer_id: Name
    quantity: Quantity = 1
    offer_seconds: Annotated[
        Annotated[float, Meta(gt=0, le=31_536_000)] | None,
        Meta(description="How long the offer is held; the usual time if not said."),
    ] = None


class WaitingQuery(PageQuery, frozen=True, kw_only=True):
    """Which places in line to list."""

    sku: Annotated[str | None, Meta(description="Only for this SKU.")] = None
    channel: Annotated[str | None, Meta(description="Only through this channel.")] = None
    customer_id: Annotated[str | None, Meta(description="Only of this customer.")] = None
    status: Annotated[
        Literal["waiting", "offered", "left"] | None,
        Meta(description="Only in this status; `offered` also when the offer has ended."),
    ] = None


async def post_waiting(call: Call) -> PlaceInLine:
    body: WaitingBody = call.body
    return await waiting.join_waiting_list(
        context=call.context,
        sku=body.sku,
        quantity=body.quantity,
        channel=body.channel,
        customer_id=body.customer_id,
        offer_seconds=body.offer_seconds,
    )


async def get_waiting_list(call: Call) -> Answer:
    query: WaitingQuery = call.query
    found, places = await waiting.waiting_list(
        context=call.context,
        after=query.after(int) or 0,
        sku=query.sku,
        channel=query.channel,
        customer_id=query.customer_id,
        status=query.status,
        limit=query.limit + 1,
    )
    page = Page.of(list(zip(found, places, strict=True)), query.limit, lambda each: each[1])
    return Answer(200, Page([each for each, _ in page.items], page.next_cursor))


async def get_waiting(call: Call) -> Answer:
    return _shown(
        await waiting.place_in_line(context=call.context, waiting_id=call.path["waiting_id"])
    )


async def delete_waiting(call: Call) -> Answer:
    return _shown(
        await waiting.leave_waiting_list(context=call.context, waiting_id=call.path["waiting_id"])
    )


def _joined(place: PlaceInLine) -> Answer:
    return Answer(201, place)


def _shown(place: PlaceInLine) -> Answer:
    return Answer(200, place)


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/waiting-list",
        handler=post_waiting,
        present=_joined,
        permission="holds:write",
        summary="Wait for pieces to be free; the first in line is offered them as a hold",
        body=WaitingBody,
        answers={201: PlaceInLine},
        refusals=(
            AlreadyWaiting,
            SkuUnknown,
            BundleHasNoStock,
            HoldTooLong,
            OtherChannel,
            ChannelNotFound,
            ChannelDisabled,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/waiting-list",
        handler=get_waiting_list,
        permission="holds:read",
        summary="Places in line, the longest waiting in front",
        query=WaitingQuery,
        answers={200: Page[PlaceInLine]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/waiting-list/{waiting_id}",
        handler=get_waiting,
        permission="holds:read",
        summary="A place in line as it is now",
        answers={200: PlaceInLine},
        refusals=(WaitingNotFound,),
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/waiting-list/{waiting_id}",
        handler=delete_waiting,
        permission="holds:write",
        summary="Wait no more",
        answers={200: PlaceInLine},
        refusals=(WaitingNotFound, NotWaitingAnyMore),
    ),
]
