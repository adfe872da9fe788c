"""Polling: the channel is asked which sales have changed, in case that it could not tell."""

import datetime

from rackhouse.connectors.receiving import take_facts
from rackhouse.connectors.store import connections
from rackhouse.connectors.working import Work
from rackhouse.platform.store import server_time

__all__ = ["is_due_to_poll", "poll"]

# A channel may list a change a little after its time, and its clock may not be ours.
OVERLAP_SECONDS = 120
PAGES_LIMIT = 400


async def is_due_to_poll(work: Work) -> bool:
    """Whether it is time to ask again."""
    async with work.database.reading() as tx:
        progress = await connections.progress_of(tx, work.connection.id)
        now = await server_time(tx)
    every = datetime.timedelta(seconds=work.house.settings.connector_poll_seconds)
    return progress.polled_at is None or progress.polled_at + every <= now


async def poll(work: Work) -> int:
    """Take in the sales that changed since the last time, with an overlap; says how many."""
    if work.adapter.sales is None:
        return 0
    async with work.database.reading() as tx:
        progress = await connections.progress_of(tx, work.connection.id)
        began = await server_time(tx)
    since = progress.sales_until - datetime.timedelta(seconds=OVERLAP_SECONDS)
    cursor: str | None = None
    told = 0
    for _ in range(PAGES_LIMIT):
        page = await work.ask(work.adapter.sales, since, cursor)
        await take_facts(work, page.sales)
        told += len(page.sales)
        cursor = page.cursor
        if cursor is None:
            break
    async with work.database.transaction() as tx:
        # Where there is still more, the next time begins where this one did.
        until = began if cursor is None else progress.sales_until
        await connections.note_polled(tx, work.connection.id, sales_until=until, polled_at=began)
    return told
