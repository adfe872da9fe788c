"""Writing rows anew from the events that explain them. The log itself is never changed."""

from collections.abc import AsyncIterator, Callable

from rackhouse.inventory import store
from rackhouse.inventory.audit.log_checking import LoggedEvent, happened, key_of, stock_told
from rackhouse.inventory.audit.tracing import HoldTrace, traced
from rackhouse.inventory.errors import HoldNotFound
from rackhouse.inventory.rules import Allocation, Key, Stock, apply
from rackhouse.inventory.store.parameters import whole_row
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import START
from rackhouse.platform.ids import is_uuid

__all__ = ["rebuild_stock", "rewrite_hold", "rewrite_stock"]

PAGE_LIMIT = 5000


@operation("inventory:write")
async def rebuild_stock(*, context: Context, progress: Callable[[int], None]) -> int:
    """Write the stock rows anew from the log; says how many. Changes wait meanwhile."""
    replayed: dict[Key, Stock] = {}
    events = 0
    async with context.house.database("inventory").transaction() as tx:
        await store.lock_all_stock(tx)
        async for event in _all_events(tx):
            events += 1
            _replay(event, replayed)
            if events % PAGE_LIMIT == 0:
                progress(events)
        await store.open_stock(tx, replayed)
        await store.write_stock(tx, list(replayed.values()))
    progress(events)
    return len(replayed)


@operation("inventory:write")
async def rewrite_stock(*, context: Context, sku: str, location: str) -> Stock:
    """Give the stock row of one SKU at one location the figures of its last event, and make the
    row where there is none; again changes nothing. Answers the row.
    """
    key = (sku, location)
    async with context.house.database("inventory").transaction() as tx:
        await store.take_turns(tx, [key], [])
        await store.open_stock(tx, [key])
        async with tx.pipeline():
            rows = await store.lock_stock(tx, [key], [])
            last = await store.send_last_events(tx, [key])
        (row,) = await rows.all(Stock)
        told = Stock(*key)
        for _, _, version, data in await last.all(whole_row):
            told = stock_told(key, version, data)
        if told != row:
            await store.write_stock(tx, [told])
    return told


@operation("inventory:write")
async def rewrite_hold(*, context: Context, hold_id: str, sku: str, location: str) -> None:
    """Give a hold, and its pieces of one SKU at one location, what their events say; again changes
    nothing. A hold that is gone comes back, without its customer, whom stock events do not name.

    Refuses with `HoldNotFound` where no event of that stock tells of the hold.
    """
    if not is_uuid(hold_id):
        raise HoldNotFound(hold_id=hold_id)
    stream, key = f"{sku}@{location}", (sku, location)
    database = context.house.database("inventory")
    async with database.reading() as tx:
        version = await store.stream_version(tx, stream)
        events = await store.hold_events(tx, stream, hold_id, after=0)
    async with database.transaction() as tx:
        await store.take_turns(tx, [key], [hold_id])
        # Those that came since: the long way was gone before anybody had to wait.
        newest = max((each[0] for each in events), default=version)
        events += await store.hold_events(tx, stream, hold_id, after=max(version, newest))
        if not events:
            raise HoldNotFound(hold_id=hold_id)
        await _write_hold(tx, traced(hold_id, key, events))


async def _write_hold(tx: Transaction, trace: HoldTrace) -> None:
    await store.write_allocations(tx, trace.allocations)
    async with tx.pipeline():
        pending = await store.send_allocations(tx, [trace.hold_id])
    allocations = await pending.all(Allocation)
    await store.write_hold(tx, trace.hold(allocations))


async def _all_events(tx: Transaction) -> AsyncIterator[LoggedEvent]:
    """Every event of stock. While its rows are locked none is being written, so that there is no
    need to stop where other transactions are still open."""
    place = START
    while True:
        rows = await store.committed_event_page(
            tx, transaction_id=place.transaction_id, position=place.position, limit=PAGE_LIMIT
        )
        events = [LoggedEvent(*row) for row in rows]
        for event in events:
            yield event
        if len(events) < PAGE_LIMIT:
            return
        place = events[-1].place


def _replay(event: LoggedEvent, replayed: dict[Key, Stock]) -> None:
    key = key_of(event.stream)
    fact = happened(event.type, event.data)
    if key is not None:
        assert fact is not None, f"{event.type} is not known to this version"
        replayed[key] = apply(replayed.get(key, Stock(*key)), fact)
