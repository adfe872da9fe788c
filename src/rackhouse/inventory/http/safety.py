"""What is kept back, over HTTP: safety stocks and the buffers of channels."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.channels import ChannelNotFound
from rackhouse.inventory import keeping_back
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    LocationNotFound,
    OtherChannel,
    StockVersionStale,
    TooManyAtOnce,
)
from rackhouse.inventory.http.shapes import LINES_LIMIT, QUANTITY_LIMIT, Handle, Sku
from rackhouse.inventory.keeping_back import KeptBack, KeptBackPlace, ToKeepBack
from rackhouse.inventory.rules import Stock
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]


class SafetyLevelBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many pieces that nobody is sold at a location; or with ``channel``, that this channel
    leaves to the others, at one location or wherever it sells from."""

    quantity: Annotated[
        int, Meta(ge=0, le=QUANTITY_LIMIT, description="How many pieces; 0 keeps none back.")
    ]
    location: Annotated[
        Handle | None,
        Meta(description="Where; left out, at every location that the channel sells from."),
    ] = None
    channel: Annotated[
        Handle | None, Meta(description="Only from this channel, as its buffer.")
    ] = None
    expected_version: Annotated[int, Meta(ge=0)] | None = None


class SkuSafetyLevelBody(SafetyLevelBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept back of a SKU."""

    sku: Sku


class SafetyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept back of a SKU from now on; what is not named stays as it is."""

    levels: Annotated[list[SafetyLevelBody], Meta(min_length=1, max_length=LINES_LIMIT)]


class SafetiesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept back of several SKUs from now on; what is not named stays as it is."""

    levels: Annotated[list[SkuSafetyLevelBody], Meta(min_length=1, max_length=LINES_LIMIT)]


class SafetyAnswer(msgspec.Struct, frozen=True):
    """A stock of which something is kept back: what everybody may still be promised of it, and
    the safety stock."""

    sku: str
    location: str
    available: int
    safety: int
    version: int


class SafetiesAnswer(msgspec.Struct, frozen=True):
    """The stock of which something is kept back."""

    items: list[SafetyAnswer]


async def put_safety(call: Call) -> Answer:
    """All levels are set or none. Of two that mean the same place the later one counts."""
    body: SafetyBody = call.body
    levels = [_asked(call.path["id"], index, each) for index, each in enumerate(body.levels)]
    return _kept(await keeping_back.keep_back(context=call.context, levels=levels))


async def post_safety(call: Call) -> list[Stock]:
    """All levels are set or none. Of two that mean the same place the later one counts."""
    body: SafetiesBody = call.body
    levels = [_asked(each.sku, index, each) for index, each in enumerate(body.levels)]
    return await keeping_back.keep_back(context=call.context, levels=levels)


async def get_safety(call: Call) -> Answer:
    query: PageQuery = call.query
    found = await keeping_back.kept_back(
        context=call.context,
        skus=[call.path["id"]],
        channel=None,
        after=query.after(KeptBackPlace),
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, _place))


async def get_channel_buffers(call: Call) -> Answer:
    query: PageQuery = call.query
    found = await keeping_back.kept_back(
        context=call.context,
        skus=None,
        channel=call.path["channel"],
        after=query.after(KeptBackPlace),
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, _place))


def _asked(sku: str, index: int, body: SafetyLevelBody) -> ToKeepBack:
    if body.location is None and body.channel is None:
        problem = "name the location, or the channel whose locations are meant"
        raise MalformedRequest(field=f"levels[{index}].location", problem=problem)
    return ToKeepBack(
        sku=sku,
        quantity=body.quantity,
        location=body.location,
        channel=body.channel,
        expected_version=body.expected_version,
    )


def _kept(rows: list[Stock]) -> Answer:
    items = [SafetyAnswer(x.sku, x.location, x.available, x.safety, x.version) for x in rows]
    return Answer(200, SafetiesAnswer(items))


def _place(last: KeptBack) -> KeptBackPlace:
    return KeptBackPlace(last.sku, last.location, last.channel or "")


_OF_LEVELS = (
    SkuUnknown,
    BundleHasNoStock,
    LocationNotFound,
    ChannelNotFound,
    OtherChannel,
    StockVersionStale,
    TooManyAtOnce,
)

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/inventory/safety",
        handler=post_safety,
        present=_kept,
        permission="inventory:write",
        summary="Keep pieces of several SKUs back, from everybody or from one channel",
        body=SafetiesBody,
        answers={200: SafetiesAnswer},
        refusals=_OF_LEVELS,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/inventory/{id}/safety",
        handler=put_safety,
        permission="inventory:write",
        summary="Keep pieces of a SKU back, from everybody or from one channel",
        body=SafetyBody,
        answers={200: SafetiesAnswer},
        refusals=_OF_LEVELS,
        path_descriptions={"id": "A SKU."},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/inventory/{id}/safety",
        handler=get_safety,
        permission="inventory:read",
        summary="What is kept back of a SKU",
        query=PageQuery,
        answers={200: Page[KeptBack]},
        refusals=(SkuUnknown, BundleHasNoStock),
        path_descriptions={"id": "A SKU."},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/channels/{channel}/buffers",
        handler=get_channel_buffers,
        permission="inventory:read",
        summary="What a channel leaves to the others",
        query=PageQuery,
        answers={200: Page[KeptBack]},
        refusals=(ChannelNotFound, OtherChannel),
        path_descriptions={"channel": "The channel's handle."},
    ),
]
