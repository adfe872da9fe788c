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
    Reason,
)
from rackhouse.inventory.lot_errors import StockIsParted
from rackhouse.inventory.movements import Movement, MovementPlace, movements
from rackhouse.inventory.rules import Stock
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS", "OF_STOCK", "StockAnswer", "StocksAnswer", "stock_answer"]


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
    return Answer(200, Page([stock_answer(row) for row in page.items], page.next_cursor))


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
                whole=True,
            )
            for each in body.locations
        ],
        reason=body.reason,
    )
    return Answer(200, StocksAnswer([stock_answer(row) for row in found]))


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


def stock_answer(row: Stock) -> StockAnswer:
    """The figures of a row as the API shows them."""
    return StockAnswer(
        row.sku, row.location, row.on_hand, row.held, row.committed, row.available, row.version
    )


OF_STOCK = (
    SkuUnknown,
    BundleHasNoStock,
    LocationNotFound,
    FewerThanReserved,
    StockVersionStale,
    StockIsParted,
)

ENDPOINTS = [
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
        refusals=OF_STOCK,
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
