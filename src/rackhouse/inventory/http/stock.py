"""Stock over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.inventory import receiving
from rackhouse.inventory.availability import stock_page
from rackhouse.inventory.commands import Adjust
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    FewerThanReserved,
    LocationNotFound,
    StockNotFound,
    StockVersionStale,
)
from rackhouse.inventory.http.shapes import (
    LINES_LIMIT,
    QUANTITY_LIMIT,
    Handle,
    Lines,
    Reason,
    Sku,
    lines_of,
)
from rackhouse.inventory.movements import Movement, MovementPlace, movements
from rackhouse.inventory.rules import Stock
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]


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


class StockQuery(PageQuery, frozen=True, kw_only=True):
    """Which stock to list."""

    location: Annotated[str | None, Meta(description="Only at this location.")] = None


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
        lines=lines_of(body.lines),
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


def _stock(row: Stock) -> StockAnswer:
    return StockAnswer(
        row.sku, row.location, row.on_hand, row.held, row.committed, row.available, row.version
    )


def _adjusted(rows: list[Stock]) -> Answer:
    return Answer(200, _stock(rows[0]))


def _received(rows: list[Stock]) -> Answer:
    return Answer(200, StocksAnswer([_stock(row) for row in rows]))


_OF_STOCK = (
    SkuUnknown,
    BundleHasNoStock,
    LocationNotFound,
    FewerThanReserved,
    StockVersionStale,
)

ENDPOINTS = [
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
]
