"""What there is or was, and why, over HTTP."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.inventory.as_of import availability_as_of
from rackhouse.inventory.availability import AvailabilityOfSku, availability_text
from rackhouse.inventory.errors import (
    LocationNotFound,
    MomentInFuture,
    StockNotFound,
    TooMuchToExplain,
)
from rackhouse.inventory.explanations import Explanation, StockExplanation, StockPlace
from rackhouse.inventory.history import explain, explain_before
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint, PageQuery, cursor_of

__all__ = ["ENDPOINTS"]

AsOf = Annotated[
    Annotated[str, Meta(max_length=40)] | None,
    Meta(description="A moment that has passed, as RFC 3339: `2026-11-20T12:00:00Z`."),
]


class AvailabilityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """As of when."""

    as_of: AsOf = None


class ExplanationQuery(PageQuery, frozen=True, kw_only=True):
    """What to explain, as of when, and how many events of each stock to tell."""

    as_of: AsOf = None
    location: Annotated[str | None, Meta(description="Only at this location.")] = None


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
    query: AvailabilityQuery = call.query
    if query.as_of is None:
        return Answer(200, await availability_text(context=call.context, id=call.path["id"]))
    found = await availability_as_of(
        context=call.context, id=call.path["id"], as_of=_moment(query.as_of)
    )
    return Answer(200, found)


async def get_explanation(call: Call) -> Answer:
    query: ExplanationQuery = call.query
    before = query.after(tuple[str, str, int])
    if before is None:
        found = await explain(
            context=call.context,
            id=call.path["id"],
            location=query.location,
            as_of=None if query.as_of is None else _moment(query.as_of),
            limit=query.limit,
        )
    else:
        found = await explain_before(
            context=call.context, id=call.path["id"], place=StockPlace(*before), limit=query.limit
        )
    stocks = [_with_cursor(each) for each in found.stocks]
    return Answer(200, msgspec.structs.replace(found, stocks=stocks))


def _with_cursor(stock: StockExplanation) -> StockExplanation:
    if stock.opening.events == 0:
        return stock
    cursor = cursor_of((stock.sku, stock.location, stock.opening.events))
    return msgspec.structs.replace(stock, next_cursor=cursor)


def _moment(text: str) -> datetime.datetime:
    try:
        return msgspec.convert(text, _Zoned).astimezone(datetime.UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        problem = "not a time as RFC 3339, such as 2026-11-20T12:00:00Z; a + is written %2B"
        raise MalformedRequest(field="as_of", problem=problem) from error


_Zoned = Annotated[datetime.datetime, Meta(tz=True)]
_ID = {"id": "A product's id or a SKU."}

ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/api/v1/inventory/{id}",
        handler=get_inventory,
        permission="inventory:read",
        summary="What there is of a product or SKU at every location, or was at a moment",
        query=AvailabilityQuery,
        answers={200: InventoryAnswer},
        refusals=(StockNotFound, MomentInFuture),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/inventory/{id}/explain",
        handler=get_explanation,
        permission="inventory:read",
        summary="Why the figures of a product or SKU are what they are, or were at a moment",
        query=ExplanationQuery,
        answers={200: Explanation},
        refusals=(StockNotFound, LocationNotFound, MomentInFuture, TooMuchToExplain),
        path_descriptions=_ID,
    ),
]
