"""Why a figure is what it is, now or at a past moment: the events that make it up, in words.

A long history is told by its newest events one by one, and by the sums of those before them, which
the nearest snapshot knows.
"""

import datetime
from collections.abc import Sequence

from rackhouse.inventory.as_of import Asked, asked_of, nothing_by_then, past_moment
from rackhouse.inventory.errors import StockNotFound, TooMuchToExplain
from rackhouse.inventory.events import PROMISED
from rackhouse.inventory.explanations import (
    Explanation,
    StockExplanation,
    StockPlace,
    explained_stock,
)
from rackhouse.inventory.locations import must_exist
from rackhouse.inventory.parts import events_of, sums_at
from rackhouse.inventory.past import StockAt, began_at, stock_at
from rackhouse.inventory.store import Part
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.house import House
from rackhouse.platform.store import server_time

__all__ = ["explain", "explain_before"]

STOCKS_LIMIT = 100


@operation("inventory:read")
async def explain(
    *,
    context: Context,
    id: str,  # noqa: A002
    location: str | None,
    as_of: datetime.datetime | None,
    limit: int,
) -> Explanation:
    """Why the stock of a product or SKU was what it was at a moment, or is what it is now: the
    newest ``limit`` events of each SKU at each location, and the sums of those before. A bundle is
    explained by its components.

    Refuses with `StockNotFound`, `LocationNotFound`, `MomentInFuture` and `TooMuchToExplain`.
    """
    asked = await _asked_at(context.house, id, location)
    async with context.house.database("inventory").reading() as tx:
        now = await server_time(tx)
        past_moment(as_of or now, now)
        house, at = context.house, as_of or now
        found = await stock_at(tx, house, skus=asked.stocked, until=as_of, at=at)
        if asked.product_id is None and not found:
            raise StockNotFound(id=id)
        stocks = await _explained_then(tx, house, _meant(id, found, location), limit)
        first = None if stocks else await began_at(tx, house, found)
    return _explanation(id, at, stocks, first)


@operation("inventory:read")
async def explain_before(
    *,
    context: Context,
    id: str,  # noqa: A002
    place: StockPlace,
    limit: int,
) -> Explanation:
    """What led to the figures after one event of a product's or SKU's stock: how an answer of
    `explain` goes on with older events.

    Refuses with `StockNotFound`, and as malformed a place that is not of this stock.
    """
    asked = await asked_of(context.house, id)
    if place.sku not in asked.stocked:
        raise _not_from_here()
    async with context.house.database("inventory").reading() as tx:
        (stock,) = await _explained(tx, context.house, [place], [None], limit)
    return _explanation(id, stock.events[0].recorded_at, [stock], None)


async def _asked_at(house: House, id: str, location: str | None) -> Asked:  # noqa: A002
    asked = await asked_of(house, id)
    if location not in (None, PROMISED):
        await must_exist(house, [location])
    return asked


def _explanation(
    id: str,  # noqa: A002
    as_of: datetime.datetime,
    stocks: list[StockExplanation],
    first: datetime.datetime | None,
) -> Explanation:
    note = None if stocks else nothing_by_then(id, first)
    explained = all(each.explained for each in stocks)
    return Explanation(id, as_of, explained, stocks, first, note)


def _meant(id: str, found: Sequence[StockAt], location: str | None) -> list[StockAt]:  # noqa: A002
    """The stock that is to be explained: of one location, or everywhere that is a place."""
    meant = [
        each
        for each in found
        if each.version and (each.location == location if location else each.location != PROMISED)
    ]
    if len(meant) > STOCKS_LIMIT:
        raise TooMuchToExplain(id=id, count=len(meant), limit=STOCKS_LIMIT)
    return meant


async def _explained_then(
    tx: Transaction, house: House, stocks: Sequence[StockAt], limit: int
) -> list[StockExplanation]:
    places = [StockPlace(each.sku, each.location, each.version) for each in stocks]
    return await _explained(tx, house, places, stocks, limit)


async def _explained(
    tx: Transaction,
    house: House,
    places: Sequence[StockPlace],
    then: Sequence[StockAt | None],
    limit: int,
) -> list[StockExplanation]:
    parts = [Part(each.stream, max(0, each.version - limit), each.version) for each in places]
    sums = await sums_at(tx, house, [(each.stream, each.after) for each in parts])
    events = await events_of(tx, house, parts)
    if any(each.stream not in events for each in parts):
        raise _not_from_here()
    return [
        explained_stock(place, sums[place.stream], events[place.stream], each)
        for place, each in zip(places, then, strict=True)
    ]


def _not_from_here() -> MalformedRequest:
    problem = "did not come from an explanation of this stock"
    return MalformedRequest(field="cursor", problem=problem)
