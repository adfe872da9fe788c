"""Snapshots: stock as it is, page by page, each row with the sequence number that it stands at."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from rackhouse.feeds.audiences import Selection
from rackhouse.feeds.subjects import INVENTORY
from rackhouse.inventory import PROMISED, Stock, recorded_stock, stock_page
from rackhouse.platform.context import Context
from rackhouse.platform.events import START, Position
from rackhouse.platform.house import House

__all__ = ["newest_position", "stock_pages"]

PAGE_LIMIT = 500
SKUS_A_QUERY_LIMIT = 100


async def stock_pages(
    house: House, selection: Selection, reads: asyncio.Semaphore
) -> AsyncIterator[list[Stock]]:
    """The stock of a selection in pages of `PAGE_LIMIT` rows at most, each as of its own moment."""
    context = Context.of_service(house, "feeds", frozenset({"inventory:read"}))
    if selection.locations is not None and not selection.locations:
        return
    if selection.skus is None:
        async for page in _pages_by_location(context, selection.locations, reads):
            yield page
        return
    skus = sorted(selection.skus)
    locations = None if selection.locations is None else sorted(selection.locations)
    for start in range(0, len(skus), SKUS_A_QUERY_LIMIT):
        asked = skus[start : start + SKUS_A_QUERY_LIMIT]
        async with reads:
            rows = await recorded_stock(context=context, skus=asked, locations=locations)
        for first in range(0, len(rows), PAGE_LIMIT):
            yield rows[first : first + PAGE_LIMIT]


async def newest_position(
    house: House, rows: Sequence[Stock], reads: asyncio.Semaphore
) -> Position:
    """The position of the newest event that some rows contain, whether readers see it yet or not.

    Newest by time: of transactions that overlap, another may stand later in the log.
    """
    log = next(each.event_log for each in house.modules if each.name == INVENTORY)
    assert log is not None
    async with reads, house.database(INVENTORY).transaction() as tx:
        events = await log.read_streams(
            tx,
            streams=[f"{row.sku}@{row.location}" for row in rows],
            recorded_before=None,
            position_before=None,
            limit=1,
        )
    return max((event.position for event in events), default=START)


async def _pages_by_location(
    context: Context, locations: frozenset[str] | None, reads: asyncio.Semaphore
) -> AsyncIterator[list[Stock]]:
    asked: list[str | None] = [None, PROMISED] if locations is None else [*sorted(locations)]
    for location in asked:
        after: tuple[str, str] | None = None
        while True:
            async with reads:
                rows = await stock_page(
                    context=context, after=after, location=location, limit=PAGE_LIMIT
                )
            if rows:
                yield rows
            if len(rows) < PAGE_LIMIT:
                break
            after = (rows[-1].sku, rows[-1].location)
