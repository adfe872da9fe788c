"""Why figures are what they are, or were, over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.inventory.errors import (
    LocationNotFound,
    MomentInFuture,
    StockNotFound,
    TooMuchToExplain,
)
from rackhouse.inventory.explanations import Explanation, StockExplanation, StockPlace
from rackhouse.inventory.history import explain, explain_before
from rackhouse.inventory.http.moments import AsOf, moment_of
from rackhouse.platform.http import Answer, Call, Endpoint, PageQuery, cursor_of

__all__ = ["ENDPOINTS"]


class ExplanationQuery(PageQuery, frozen=True, kw_only=True):
    """What to explain, as of when, and how many events of each stock to tell."""

    as_of: AsOf = None
    location: Annotated[str | None, Meta(description="Only at this location.")] = None


async def get_explanation(call: Call) -> Answer:
    query: ExplanationQuery = call.query
    before = query.after(tuple[str, str, int])
    if before is None:
        found = await explain(
            context=call.context,
            id=call.path["id"],
            location=query.location,
            as_of=None if query.as_of is None else moment_of(query.as_of),
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


ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/api/v1/inventory/{id}/explain",
        handler=get_explanation,
        permission="inventory:read",
        summary="Why the figures of a product or SKU are what they are, or were at a moment",
        query=ExplanationQuery,
        answers={200: Explanation},
        refusals=(StockNotFound, LocationNotFound, MomentInFuture, TooMuchToExplain),
        path_descriptions={"id": "A product's id or a SKU."},
    ),
]
