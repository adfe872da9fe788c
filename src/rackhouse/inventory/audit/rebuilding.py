"""Rebuilding: every stock row anew from the whole log, while changes wait."""

from collections.abc import AsyncIterator, Callable

from rackhouse.inventory import store
from rackhouse.inventory.audit.archived import without_archived
from rackhouse.inventory.audit.log_checking import LogCheck, LoggedEvent
from rackhouse.inventory.audit.rewriting import write_told
from rackhouse.inventory.log import LOG
from rackhouse.platform.archive import archived_position
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import START

__all__ = ["rebuild_stock"]

PAGE_LIMIT = 5000


@operation("inventory:write")
async def rebuild_stock(*, context: Context, progress: Callable[[int], None]) -> int:
    """Write the stock rows and their buckets anew from the log; says how many rows. Changes wait
    meanwhile."""
    check = LogCheck()
    async with context.house.database("inventory").transaction() as tx:
        rows = {(row.sku, row.location): row for row in await store.lock_all_stock(tx)}
        archived = await archived_position(tx, LOG.schema)
        async for page in _all_pages(tx):
            for event in await without_archived(tx, context.house, check, page, archived):
                check.read(event)
            progress(check.events)
        streams = check.streams()
        await store.open_stock(tx, streams)
        await write_told(tx, rows, [check.told(key) for key in streams])
    progress(check.events)
    return len(streams)


async def _all_pages(tx: Transaction) -> AsyncIterator[list[LoggedEvent]]:
    """Every event, some at a time. While the rows are locked none of stock is being written, so
    that there is no need to stop where other transactions are still open."""
    place = START
    while True:
        rows = await store.committed_event_page(
            tx, transaction_id=place.transaction_id, position=place.position, limit=PAGE_LIMIT
        )
        events = [LoggedEvent(*row) for row in rows]
        yield events
        if len(events) < PAGE_LIMIT:
            return
        place = events[-1].place
