"""Inventory over HTTP."""

import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.inventory import holds, receiving
from rackhouse.inventory.availability import Availability, availability_text, stock_page
from rackhouse.inventory.commands import Adjust
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    FewerThanReserved,
    HoldHasEnded,
    HoldNotFound,
    HoldTooLong,
    LineNotInHold,
    LocationNotFound,
    NotEnoughStock,
    OtherChannel,
    StockNotFound,
    StockVersionStale,
)
from rackhouse.inventory.locations import Location, locations, open_location
from rackhouse.inventory.movements import Movement, MovementPlace, movements
from rackhouse.inventory.rules import Hold, Line, Stock
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS", "HoldAnswer", "hold_answer"]

LINES_LIMIT = 100
QUANTITY_LIMIT = 1_000_000_000

Sku = Annotated[str, Meta(min_length=1, max_length=64, description="The SKU.")]
Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_LIMIT, description="How many pieces.")]
Handle = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9._-]*$")]
Reason = Annotated[str, Meta(min_length=1, max_length=200, description="Why, in a few words.")]


class LineBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some of one SKU."""

    sku: Sku
    quantity: Quantity


Lines = Annotated[list[LineBody], Meta(min_length=1, max_length=LINES_LIMIT)]


class HoldBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to set aside, through which channel, for how long."""

    channel: Handle
    lines: Lines
    ttl_seconds: Annotated[float, Meta(gt=0, le=31_536_000, description="How long to hold.")]
    customer_id: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class ExtendBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a hold is to last from now."""

    ttl_seconds: Annotated[float, Meta(gt=0, le=31_536_000, description="Seconds from now.")]


class ReleaseBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which hold to release: all of it, or some lines."""

    hold_id: Annotated[str, Meta(min_length=1, max_length=100)]
    lines: Lines | None = None
    reason: Reason = "released"


class AdjustBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A correction: give ``delta`` or ``counted``, not both."""

    sku: Sku
    location: Handle
    reason: Reason
    delta: Annotated[int, Meta(ge=-QUANTITY_LIMIT, le=QUANTITY_LIMIT)] | None = None
    counted: Annotated[int, Meta(ge=0, le=QUANTITY_LIMIT)] | None = None
    expected_version: Annotated[int, Meta(ge=0)] | None = None


class ReceiveBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pieces that came in."""

    location: Handle
    lines: Lines
    reference: Annotated[str, Meta(max_length=200)] | None = None


class LevelBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was counted at one location."""

    location: Handle
    on_hand: Annotated[int, Meta(ge=0, le=QUANTITY_LIMIT)]
    expected_version: Annotated[int, Meta(ge=0)] | None = None


class LevelsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was counted of a SKU at some locations."""

    locations: Annotated[list[LevelBody], Meta(min_length=1, max_length=LINES_LIMIT)]
    reason: Reason


class LocationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place where stock lies."""

    id: Handle
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    kind: Annotated[str, Meta(pattern="^(warehouse|shop|other)$")] = "warehouse"


class StockAnswer(msgspec.Struct, frozen=True):
    """The figures of a SKU at a location."""

    sku: str
    location: str
    on_hand: int
    held: int
    committed: int
    available: int
    version: int


class StocksAnswer(msgspec.Struct, frozen=True):
    """The figures of several SKUs at a location."""

    items: list[StockAnswer]


class AllocationAnswer(msgspec.Struct, frozen=True):
    """Where the pieces of a line are, and what became of them."""

    line: int
    sku: str
    location: str
    quantity: int
    held: int
    committed: int
    shipped: int
    returned: int


class HoldAnswer(msgspec.Struct, frozen=True):
    """A hold: held until ``expires_at``, or confirmed, released or expired."""

    id: str
    status: str
    channel: str
    customer_id: str | None
    lines: tuple[Line, ...]
    allocations: list[AllocationAnswer]
    placed_at: datetime.datetime
    expires_at: datetime.datetime


class StockQuery(PageQuery, frozen=True, kw_only=True):
    """Which stock to list."""

    location: Annotated[str | None, Meta(description="Only at this location.")] = None


class HoldsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which running holds to list."""

    sku: Annotated[str | None, Meta(description="Only of this stocked SKU.")] = None
    channel: Annotated[str | None, Meta(description="Only through this channel.")] = None
    limit: Annotated[int, Meta(ge=1, le=200, description="Most items to answer.")] = 50


def hold_answer(hold: Hold) -> HoldAnswer:
    """A hold as the API shows it."""
    return HoldAnswer(
        hold.id,
        hold.status,
        hold.channel,
        hold.customer_id,
        hold.lines,
        [
            AllocationAnswer(
                each.line,
                each.sku,
                each.location,
                each.quantity,
                each.held,
                each.committed,
                each.shipped,
                each.returned,
            )
            for each in hold.allocations
        ],
        hold.placed_at,
        hold.expires_at,
    )


async def post_hold(call: Call) -> Hold:
    body: HoldBody = call.body
    return await holds.place_hold(
        context=call.context,
        channel=body.channel,
        lines=_lines(body.lines),
        ttl_seconds=body.ttl_seconds,
        customer_id=body.customer_id,
    )


async def get_hold(call: Call) -> Answer:
    hold = await holds.hold_of(context=call.context, hold_id=call.path["hold_id"])
    return _held(hold)


async def get_holds(call: Call) -> Answer:
    query: HoldsQuery = call.query
    found = await holds.live_holds(
        context=call.context, sku=query.sku, channel=query.channel, limit=query.limit
    )
    return Answer(200, Page([hold_answer(each) for each in found], None))


async def delete_hold(call: Call) -> Answer:
    return _held(
        await holds.release_hold(
            context=call.context, hold_id=call.path["hold_id"], lines=None, reason="released"
        )
    )


async def post_hold_extension(call: Call) -> Hold:
    return await holds.extend_hold(
        context=call.context, hold_id=call.path["hold_id"], ttl_seconds=call.body.ttl_seconds
    )


async def post_hold_confirmation(call: Call) -> Hold:
    return await holds.confirm_hold(context=call.context, hold_id=call.path["hold_id"])


async def post_release(call: Call) -> Hold:
    body: ReleaseBody = call.body
    return await holds.release_hold(
        context=call.context,
        hold_id=body.hold_id,
        lines=None if body.lines is None else _lines(body.lines),
        reason=body.reason,
    )


async def get_inventory(call: Call) -> Answer:
    text = await availability_text(context=call.context, id=call.path["id"])
    return Answer(200, text)


async def get_stock(call: Call) -> Answer:
    query: StockQuery = call.query
    after = query.after(tuple[str, str])
    found = await stock_page(
        context=call.context, after=after, location=query.location, limit=query.limit + 1
    )
    page = Page.of(found, query.limit, lambda row: (row.sku, row.location))
    return Answer(200, Page([_stock(row) for row in page.items], page.next_cursor))


async def patch_inventory(call: Call) -> Answer:
    body: LevelsBody = call.body
    found = await receiving.adjust_stock(
        context=call.context,
        adjustments=[
            Adjust(
                sku=call.path["id"],
                location=each.location,
                counted=each.on_hand,
                expected_version=each.expected_version,
            )
            for each in body.locations
        ],
        reason=body.reason,
    )
    return Answer(200, StocksAnswer([_stock(row) for row in found]))


async def post_adjustment(call: Call) -> list[Stock]:
    body: AdjustBody = call.body
    if (body.delta is None) == (body.counted is None):
        raise MalformedRequest(field="delta", problem="give either delta or counted")
    adjustment = Adjust(
        sku=body.sku,
        location=body.location,
        delta=body.delta,
        counted=body.counted,
        expected_version=body.expected_version,
    )
    return await receiving.adjust_stock(
        context=call.context, adjustments=[adjustment], reason=body.reason
    )


async def post_receipt(call: Call) -> list[Stock]:
    body: ReceiveBody = call.body
    return await receiving.receive_stock(
        context=call.context,
        location=body.location,
        lines=_lines(body.lines),
        reference=body.reference,
    )


async def get_movements(call: Call) -> Answer:
    query: StockQuery = call.query
    found = await movements(
        context=call.context,
        id=call.path["id"],
        location=query.location,
        before=query.after(MovementPlace),
        limit=query.limit + 1,
    )
    place = lambda each: MovementPlace(each.recorded_at, each.position)  # noqa: E731
    return Answer(200, Page.of(found, query.limit, place))


async def post_location(call: Call) -> Location:
    body: LocationBody = call.body
    return await open_location(
        context=call.context, location=body.id, name=body.name, kind=body.kind
    )


async def get_locations(call: Call) -> Answer:
    query: PageQuery = call.query
    found = await locations(
        context=call.context, after=query.after(str) or "", limit=query.limit + 1
    )
    return Answer(200, Page.of(found, query.limit, lambda each: each.id))


def _lines(lines: list[LineBody]) -> list[Line]:
    return [Line(line.sku, line.quantity) for line in lines]


def _stock(row: Stock) -> StockAnswer:
    return StockAnswer(
        row.sku, row.location, row.on_hand, row.held, row.committed, row.available, row.version
    )


def _placed(hold: Hold) -> Answer:
    return Answer(201, hold_answer(hold))


def _held(hold: Hold) -> Answer:
    return Answer(200, hold_answer(hold))


def _adjusted(rows: list[Stock]) -> Answer:
    return Answer(200, _stock(rows[0]))


def _received(rows: list[Stock]) -> Answer:
    return Answer(200, StocksAnswer([_stock(row) for row in rows]))


def _opened(location: Location) -> Answer:
    return Answer(201, location)


_OF_SKUS = (SkuUnknown,)
_OF_HOLD: tuple[Any, ...] = (HoldNotFound, HoldHasEnded, OtherChannel)
_OF_STOCK = (*_OF_SKUS, BundleHasNoStock, LocationNotFound, FewerThanReserved, StockVersionStale)

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/holds",
        handler=post_hold,
        present=_placed,
        permission="holds:write",
        summary="Set stock aside for a time, all lines or none",
        body=HoldBody,
        answers={201: HoldAnswer},
        refusals=(
            NotEnoughStock,
            HoldTooLong,
            OtherChannel,
            ChannelNotFound,
            ChannelDisabled,
            *_OF_SKUS,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/holds",
        handler=get_holds,
        permission="holds:read",
        summary="Holds that are running, the ones that end first in front",
        query=HoldsQuery,
        answers={200: Page[HoldAnswer]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/holds/{hold_id}",
        handler=get_hold,
        permission="holds:read",
        summary="A hold as it is now",
        answers={200: HoldAnswer},
        refusals=(HoldNotFound, OtherChannel),
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/holds/{hold_id}",
        handler=delete_hold,
        permission="holds:write",
        summary="Release a hold",
        answers={200: HoldAnswer},
        refusals=(*_OF_HOLD, LineNotInHold),
    ),
    Endpoint(
        method="POST",
        path="/api/v1/holds/{hold_id}/extend",
        handler=post_hold_extension,
        present=_held,
        permission="holds:write",
        summary="Let a hold last longer",
        body=ExtendBody,
        answers={200: HoldAnswer},
        refusals=(*_OF_HOLD, HoldTooLong),
    ),
    Endpoint(
        method="POST",
        path="/api/v1/holds/{hold_id}/confirm",
        handler=post_hold_confirmation,
        present=_held,
        permission="holds:write",
        summary="Sell what a hold sets aside",
        answers={200: HoldAnswer},
        refusals=_OF_HOLD,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/inventory/release",
        handler=post_release,
        present=_held,
        permission="holds:write",
        summary="Free what a hold sets aside or has sold and not shipped, in part or whole",
        body=ReleaseBody,
        answers={200: HoldAnswer},
        refusals=(*_OF_HOLD, LineNotInHold),
    ),
    Endpoint(
        method="POST",
        path="/api/v1/inventory/adjust",
        handler=post_adjustment,
        present=_adjusted,
        permission="inventory:write",
        summary="Correct what is on hand, by a delta or to a count",
        body=AdjustBody,
        answers={200: StockAnswer},
        refusals=_OF_STOCK,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/inventory/receive",
        handler=post_receipt,
        present=_received,
        permission="inventory:write",
        summary="Take pieces in at a location",
        body=ReceiveBody,
        answers={200: StocksAnswer},
        refusals=_OF_STOCK,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/inventory",
        handler=get_stock,
        permission="inventory:read",
        summary="Stock by SKU and location",
        query=StockQuery,
        answers={200: Page[StockAnswer]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/inventory/{id}",
        handler=get_inventory,
        permission="inventory:read",
        summary="What there is of a product or SKU at every location",
        answers={200: Availability},
        refusals=(StockNotFound,),
        path_descriptions={"id": "A product's id or a SKU."},
    ),
    Endpoint(
        method="PATCH",
        path="/api/v1/inventory/{id}",
        handler=patch_inventory,
        permission="inventory:write",
        summary="Set what was counted of a SKU, at all the given locations or none",
        body=LevelsBody,
        answers={200: StocksAnswer},
        refusals=_OF_STOCK,
        path_descriptions={"id": "A SKU."},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/inventory/{id}/movements",
        handler=get_movements,
        permission="inventory:read",
        summary="What happened to the stock of a product or SKU, the newest first",
        query=StockQuery,
        answers={200: Page[Movement]},
        refusals=(StockNotFound,),
        path_descriptions={"id": "A product's id or a SKU."},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/locations",
        handler=post_location,
        present=_opened,
        permission="inventory:write",
        summary="Open a location, or give it another name",
        body=LocationBody,
        answers={201: Location},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/locations",
        handler=get_locations,
        permission="inventory:read",
        summary="Locations",
        query=PageQuery,
        answers={200: Page[Location]},
    ),
]
