"""Allotments over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.inventory.allotments import (
    Allotment,
    AllotmentPlace,
    allot,
    allotments,
    give_back,
)
from rackhouse.inventory.commands import MovedPieces
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    ChannelMustAgree,
    LocationNotFound,
    LotNotFound,
    LotNotSellable,
    NotEnoughFree,
    OtherChannel,
    SellsElsewhere,
    StockVersionStale,
    UnitNotFree,
    UnitsMustBeNamed,
)
from rackhouse.inventory.http.shapes import (
    LINES_LIMIT,
    UNITS_LIMIT,
    Handle,
    Lot,
    Number,
    Quantity,
    Sku,
)
from rackhouse.inventory.rules import Portion
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]


class PortionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pieces of a SKU at a location: of any lot, or of one, perhaps certain numbers of it."""

    sku: Sku
    location: Handle
    quantity: Quantity
    lot: Annotated[Lot | None, Meta(description="Only of this lot.")] = None
    units: Annotated[
        tuple[Number, ...],
        Meta(max_length=UNITS_LIMIT, description="These numbers of the lot, as many as pieces."),
    ] = ()
    expected_version: Annotated[int, Meta(ge=0)] | None = None


Portions = Annotated[list[PortionBody], Meta(min_length=1, max_length=LINES_LIMIT)]


class AllotBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to set apart for a channel: all of it or nothing."""

    lines: Portions


class GiveBackBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of an allotment to return to the pool: all of it or nothing."""

    lines: Portions
    channel_agrees: Annotated[
        bool,
        Meta(
            description="That the channel knows and sells these pieces no more. Its own client "
            "need not say so."
        ),
    ] = False


class MovedAnswer(msgspec.Struct, frozen=True):
    """Which pieces moved, by lot, with their numbers if they have any."""

    moved: list[MovedPieces]


class AllotmentsQuery(PageQuery, frozen=True, kw_only=True):
    """Which allotments to list."""

    sku: Annotated[str | None, Meta(description="Only of this SKU.")] = None
    location: Annotated[str | None, Meta(description="Only at this location.")] = None


async def post_allotment(call: Call) -> list[MovedPieces]:
    """What is kept back stays in the pool. Lots are taken as they would be picked, if none is
    named; of numbered lots the lowest numbers, if none are named."""
    body: AllotBody = call.body
    return await allot(
        context=call.context, channel=call.path["channel"], portions=_portions(body.lines)
    )


async def post_allotment_return(call: Call) -> list[MovedPieces]:
    """The channel's own client may give back at any time. Others say that the channel agrees: it
    may be selling these pieces at this moment, without a connection."""
    body: GiveBackBody = call.body
    return await give_back(
        context=call.context,
        channel=call.path["channel"],
        portions=_portions(body.lines),
        channel_agrees=body.channel_agrees,
    )


async def get_allotments(call: Call) -> Answer:
    """What a till needs before it goes offline: how many pieces it may sell of each lot, which
    numbers, and until when."""
    query: AllotmentsQuery = call.query
    found = await allotments(
        context=call.context,
        channel=call.path["channel"],
        sku=query.sku,
        location=query.location,
        after=query.after(AllotmentPlace),
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, _place))


async def get_allotments_of_sku(call: Call) -> Answer:
    """A channel's own client is shown its own."""
    query: PageQuery = call.query
    found = await allotments(
        context=call.context,
        channel=None,
        sku=call.path["id"],
        location=None,
        after=query.after(AllotmentPlace),
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, _place))


def _portions(bodies: list[PortionBody]) -> list[Portion]:
    for index, each in enumerate(bodies):
        if each.units and each.lot is None:
            problem = "name the lot that the numbers are of"
            raise MalformedRequest(field=f"lines[{index}].lot", problem=problem)
        if each.units and len(set(each.units)) != each.quantity:
            problem = f"name {each.quantity} different numbers, as many as the quantity"
            raise MalformedRequest(field=f"lines[{index}].units", problem=problem)
    return [Portion(**msgspec.structs.asdict(each)) for each in bodies]


def _moved(moved: list[MovedPieces]) -> Answer:
    return Answer(200, MovedAnswer(moved))


def _place(last: Allotment) -> AllotmentPlace:
    return AllotmentPlace(last.channel, last.sku, last.location, last.lot or "")


_CHANNEL = {"channel": "The channel's handle, such as `pos-3`."}
_OF_PORTIONS = (
    NotEnoughFree,
    LotNotFound,
    UnitsMustBeNamed,
    UnitNotFree,
    StockVersionStale,
    LocationNotFound,
    OtherChannel,
)

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/channels/{channel}/allotments",
        handler=post_allotment,
        present=_moved,
        permission="inventory:write",
        summary="Set pieces of the pool apart for a channel",
        body=AllotBody,
        answers={200: MovedAnswer},
        refusals=(
            *_OF_PORTIONS,
            SellsElsewhere,
            LotNotSellable,
            SkuUnknown,
            BundleHasNoStock,
            ChannelNotFound,
            ChannelDisabled,
        ),
        path_descriptions=_CHANNEL,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/channels/{channel}/allotments",
        handler=get_allotments,
        permission="inventory:read",
        summary="What a channel may sell without asking",
        query=AllotmentsQuery,
        answers={200: Page[Allotment]},
        refusals=(ChannelNotFound, OtherChannel),
        path_descriptions=_CHANNEL,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/channels/{channel}/allotments/return",
        handler=post_allotment_return,
        present=_moved,
        permission="allotments:return",
        summary="Give pieces of an allotment back to the pool",
        body=GiveBackBody,
        answers={200: MovedAnswer},
        refusals=(*_OF_PORTIONS, ChannelMustAgree),
        path_descriptions=_CHANNEL,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/inventory/{id}/allotments",
        handler=get_allotments_of_sku,
        permission="inventory:read",
        summary="What channels may sell of a SKU without asking",
        query=PageQuery,
        answers={200: Page[Allotment]},
        path_descriptions={"id": "A SKU."},
    ),
]
