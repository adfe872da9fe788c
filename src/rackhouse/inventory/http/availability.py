"""Availability over HTTP: one product or SKU, or many at once."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.inventory.as_of import availability_as_of
from rackhouse.inventory.availability import (
    AvailabilityOfMany,
    AvailabilityOfSku,
    availability_of_many,
    availability_text,
)
from rackhouse.inventory.errors import MomentInFuture, OtherChannel, StockNotFound
from rackhouse.inventory.http.moments import AsOf, moment_of
from rackhouse.inventory.http.shapes import Handle
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint

__all__ = ["ENDPOINTS"]

IDS_LIMIT = 100
IDS_LENGTH_LIMIT = 5_000
"""Characters: a request's line holds that many, even where each takes twelve (`%F0%9F%A5%83`)."""


class ChannelQuery(msgspec.Struct, frozen=True, kw_only=True):
    """As whom to look."""

    channel: Annotated[
        Handle | None,
        Meta(
            description="Only at the locations that this channel sells from; `available` counts "
            "its own allotment and leaves out what is kept back from it."
        ),
    ] = None


class InventoryQuery(ChannelQuery, frozen=True, kw_only=True):
    """As whom to look, and as of when."""

    as_of: AsOf = None


class AvailabilityQuery(ChannelQuery, frozen=True, kw_only=True):
    """What to look at."""

    ids: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=IDS_LENGTH_LIMIT,
            description=f"1 to {IDS_LIMIT} ids of products or SKUs, with commas between them.",
        ),
    ]


class InventoryAnswer(msgspec.Struct, frozen=True):
    """The figures of a product's SKUs: now, or where a moment was asked for, as of then. The last
    three members come with a moment only."""

    product_id: Annotated[str | None, Meta(description="Null for a SKU that has left the catalog.")]
    skus: list[AvailabilityOfSku]
    as_of: datetime.datetime | None = None
    first_event_at: Annotated[
        datetime.datetime | None, Meta(description="When the first thing happened to this stock.")
    ] = None
    note: Annotated[str | None, Meta(description="Says so where nothing had happened by then.")] = (
        None
    )


async def get_inventory(call: Call) -> Answer:
    query: InventoryQuery = call.query
    context, asked = call.context, call.path["id"]
    if query.as_of is None:
        text = await availability_text(context=context, id=asked, channel=query.channel)
        return Answer(200, text)
    moment = moment_of(query.as_of)
    found = await availability_as_of(context=context, id=asked, as_of=moment, channel=query.channel)
    return Answer(200, found)


async def get_availability(call: Call) -> Answer:
    """Ids that are neither a product's nor a SKU are listed as unknown. An id with a comma in it
    can be asked for alone only."""
    query: AvailabilityQuery = call.query
    ids = [each.strip() for each in query.ids.split(",")]
    if len(ids) > IDS_LIMIT or not all(ids):
        problem = f"write 1 to {IDS_LIMIT} ids with one comma between two of them"
        raise MalformedRequest(field="ids", problem=problem)
    found = await availability_of_many(context=call.context, ids=ids, channel=query.channel)
    return Answer(200, found)


_OF_CHANNELS = (ChannelNotFound, ChannelDisabled, OtherChannel)

ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/api/v1/inventory/availability",
        handler=get_availability,
        permission="inventory:read",
        summary="What there is of many products and SKUs",
        query=AvailabilityQuery,
        answers={200: AvailabilityOfMany},
        refusals=_OF_CHANNELS,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/inventory/{id}",
        handler=get_inventory,
        permission="inventory:read",
        summary="What there is of a product or SKU at every location, or was at a moment",
        query=InventoryQuery,
        answers={200: InventoryAnswer},
        refusals=(StockNotFound, MomentInFuture, *_OF_CHANNELS),
        path_descriptions={"id": "A product's id or a SKU."},
    ),
]
