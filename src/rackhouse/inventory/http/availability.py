"""Availability over HTTP: one product or SKU, or many at once."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.inventory.availability import (
    Availability,
    AvailabilityOfMany,
    availability_of_many,
    availability_text,
)
from rackhouse.inventory.errors import OtherChannel, StockNotFound
from rackhouse.inventory.http.shapes import Handle
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint

__all__ = ["ENDPOINTS"]

IDS_LIMIT = 100
IDS_LENGTH_LIMIT = 10_000


class ChannelQuery(msgspec.Struct, frozen=True, kw_only=True):
    """As whom to look."""

    channel: Annotated[
        Handle | None,
        Meta(description="Only at the locations that this channel sells from."),
    ] = None


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


async def get_inventory(call: Call) -> Answer:
    query: ChannelQuery = call.query
    text = await availability_text(context=call.context, id=call.path["id"], channel=query.channel)
    return Answer(200, text)


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
        summary="What there is of a product or SKU at every location",
        query=ChannelQuery,
        answers={200: Availability},
        refusals=(StockNotFound, *_OF_CHANNELS),
        path_descriptions={"id": "A product's id or a SKU."},
    ),
]
