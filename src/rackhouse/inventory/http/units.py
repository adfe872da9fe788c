"""Numbered units, and stock by lot, over HTTP."""

from typing import Annotated, Literal

from msgspec import Meta

from rackhouse.inventory import numbered
from rackhouse.inventory.errors import LotNotFound, StockNotFound
from rackhouse.inventory.http.lots import OF_LOT
from rackhouse.inventory.http.shapes import Handle
from rackhouse.inventory.lot_errors import UnitNotFound
from rackhouse.inventory.numbered import UnitNow, UnitWithHistory
from rackhouse.inventory.rules.lots import NUMBERED_LIMIT
from rackhouse.inventory.stock_by_lot import PartOfStock, PartPlace, stock_by_lot
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]

State = Literal["in_stock", "held", "committed", "shipped", "in_transit", "gone"]


class PartsQuery(PageQuery, frozen=True, kw_only=True):
    """Which parts of the stock to list."""

    location: Annotated[Handle | None, Meta(description="Only at this location.")] = None


class UnitsQuery(PartsQuery, frozen=True, kw_only=True):
    """Which units to list."""

    state: Annotated[State | None, Meta(description="Only in this state.")] = None


async def get_units(call: Call) -> Answer:
    query: UnitsQuery = call.query
    found = await numbered.units_of(
        context=call.context,
        state=query.state,
        location=query.location,
        after=query.after(int) or 0,
        limit=query.limit + 1,
        **call.path,
    )
    return Answer(200, Page.of(found, query.limit, lambda each: each.number))


async def get_unit(call: Call) -> Answer:
    sku, lot, number = call.path["sku"], call.path["lot"], call.path["number"]
    found = await numbered.unit_of(context=call.context, sku=sku, lot=lot, number=_number(number))
    return Answer(200, found)


async def get_stock_by_lot(call: Call) -> Answer:
    query: PartsQuery = call.query
    found = await stock_by_lot(
        context=call.context,
        id=call.path["id"],
        location=query.location,
        after=query.after(PartPlace),
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, lambda each: each.place))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= NUMBERED_LIMIT):
        problem = f"{text[:20]!r} is not a unit's number; use 1 to {NUMBERED_LIMIT}"
        raise MalformedRequest(field="number", problem=problem)
    return int(text)


ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/api/v1/lots/{sku}/{lot}/units",
        handler=get_units,
        permission="inventory:read",
        summary="The numbered units of a lot: where each is, and whose",
        query=UnitsQuery,
        answers={200: Page[UnitNow]},
        refusals=(LotNotFound,),
        path_descriptions=OF_LOT,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/lots/{sku}/{lot}/units/{number}",
        handler=get_unit,
        permission="inventory:read",
        summary="A numbered unit with all that happened to it, the oldest first",
        answers={200: UnitWithHistory},
        refusals=(LotNotFound, UnitNotFound),
        path_descriptions={**OF_LOT, "number": "The number of the unit."},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/inventory/{id}/lots",
        handler=get_stock_by_lot,
        permission="inventory:read",
        summary="What there is of a product or SKU by location, lot, allotment and condition",
        query=PartsQuery,
        answers={200: Page[PartOfStock]},
        refusals=(StockNotFound,),
        path_descriptions={"id": "A product's id or a SKU."},
    ),
]
