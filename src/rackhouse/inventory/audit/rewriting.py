"""Writing rows anew from the events that explain them. The log itself is never changed.

The long way through the log is gone before anybody has to wait; under the locks only what came
since is read.
"""

from collections.abc import Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.log_checking import (
    LogCheck,
    LoggedEvent,
    Told,
    happened,
    key_of_stream,
)
from rackhouse.inventory.audit.tracing import HoldEvent, HoldTrace, traced
from rackhouse.inventory.errors import HoldNotFound, LotNotFound
from rackhouse.inventory.reaching_back import hold_events, stream_page, unit_events
from rackhouse.inventory.rules import BUCKETS, Key, Stock
from rackhouse.inventory.store.parameters import whole_row
from rackhouse.inventory.units import UnitMove, moved_units
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House
from rackhouse.platform.ids import is_uuid

__all__ = [
    "events_of_hold",
    "rewrite_hold",
    "rewrite_stock",
    "rewrite_units",
    "rewritten",
    "write_told",
]

PAGE_EVENTS = 2_000


@operation("inventory:write")
async def rewrite_stock(*, context: Context, sku: str, location: str) -> Stock:
    """Give the stock row of one SKU at one location the figures of its last event, and its buckets
    and what channels do without those of their events; make the row where there is none. Again
    changes nothing. Answers the row.
    """
    database, key = context.house.database("inventory"), (sku, location)
    check = LogCheck()
    await _read_stream(context.house, check, key)
    async with database.transaction() as tx:
        await store.take_turns(tx, [key], [])
        await store.open_stock(tx, [key])
        async with tx.pipeline():
            pending = await store.lock_stock(tx, [key], [])
            details = await store.send_details(tx, [key])
        (row,) = await pending.all(Stock)
        ((_, _, needed),) = await details.all(whole_row)
        while await _read_page(tx, context.house, check, key):
            pass
        told = check.told(key) if check.knows(key) else Told(Stock(*key), Stock(*key))
        knowing = msgspec.structs.replace(row, details=row.details | needed)
        await write_told(tx, {key: row}, [told], needed=needed)
        await _write_kept_back(tx, key, check)
    return rewritten(knowing, told)


@operation("inventory:write")
async def rewrite_hold(*, context: Context, hold_id: str, sku: str, location: str) -> None:
    """Give a hold, and its pieces of one SKU at one location, what their events say; again changes
    nothing. A hold that is gone comes back, without its customer, whom stock events do not name.

    Refuses with `HoldNotFound` where no event of that stock tells of the hold.
    """
    if not is_uuid(hold_id):
        raise HoldNotFound(hold_id=hold_id)
    database, key = context.house.database("inventory"), (sku, location)
    async with database.reading() as tx:
        streams = dict.fromkeys(await store.streams_of_skus(tx, [sku]), 0)
        streams.setdefault(f"{sku}@{location}", 0)
        known, streams = await events_of_hold(tx, context.house, hold_id, streams)
    async with database.transaction() as tx:
        await store.take_turns(tx, [key], [hold_id])
        since, _ = await events_of_hold(tx, context.house, hold_id, streams)
        home = f"{sku}@{location}"
        events = known[home] + since[home]
        if not events:
            raise HoldNotFound(hold_id=hold_id)
        others = [each for each in streams if each != home]
        elsewhere = [event for each in others for event in known[each] + since[each]]
        await _write_hold(tx, key, traced(hold_id, key, events, elsewhere))


@operation("inventory:write")
async def rewrite_units(*, context: Context, sku: str, lot: str) -> int:
    """Put every numbered unit of a lot where its events say it is; says how many there are. Again
    changes nothing. Refuses with `LotNotFound` where no event names a unit of it.
    """
    async with context.house.database("inventory").transaction() as tx:
        streams = await store.streams_of_skus(tx, [sku])
        keys = [key for each in streams if (key := key_of_stream(each)) is not None]
        await store.take_turns(tx, keys, [])
        rows = await unit_events(tx, context.house, streams, lot)
        moves: dict[int, UnitMove] = {}
        for event in (LoggedEvent(*row) for row in rows):
            key, fact = key_of_stream(event.stream), happened(event.type, event.data)
            if key is not None and fact is not None:
                moves.update({move.number: move for move in moved_units(key, fact)})
        if not moves:
            raise LotNotFound(sku=sku, lot=lot)
        await store.write_units(tx, list(moves.values()))
        await store.drop_units(tx, sku, lot, but=list(moves))
    return len(moves)


def rewritten(row: Stock | None, told: Told) -> Stock:
    """The row as its events tell of it. What they do not tell of stays as it is."""
    details = row.details if row is not None else 0
    details = details | BUCKETS if told.buckets is not None else details & ~BUCKETS
    return msgspec.structs.replace(told.stock, details=details)


async def write_told(
    tx: Transaction, rows: dict[Key, Stock], told: Sequence[Told], *, needed: int = 0
) -> None:
    """Write what streams have led to, given the rows as they are, which are locked, and the bits
    that their details need besides."""
    written = []
    for each in told:
        row = rows.get((each.stock.sku, each.stock.location))
        after = rewritten(row, each)
        after = msgspec.structs.replace(after, details=after.details | needed)
        if after != row:
            written.append(after)
        if each.buckets is not None or (row is not None and row.details & BUCKETS):
            await store.replace_buckets(tx, after, each.buckets or {})
    await store.write_stock(tx, written)


async def _write_kept_back(tx: Transaction, key: Key, check: LogCheck) -> None:
    async with tx.pipeline():
        pending = await store.send_buffers(tx, [key])
    channels = {channel for _, _, channel, _ in await pending.all(whole_row)}
    told = check.kept_back(key)
    buffers = {(*key, channel): told.get(channel, (0, 0))[0] for channel in channels | told.keys()}
    await store.write_buffers(tx, buffers)


async def _write_hold(tx: Transaction, key: Key, trace: HoldTrace) -> None:
    places = [(each.line, each.lot, each.allotment) for each in trace.allocations]
    await store.drop_allocations(tx, trace.hold_id, key, but=places)
    await store.put_allocations(tx, trace.allocations)
    async with tx.pipeline():
        pending = await store.send_allocations(tx, [trace.hold_id])
    await store.write_hold(tx, trace.hold(await pending.all(store.read_allocation)))


async def _read_stream(house: House, check: LogCheck, key: Key) -> None:
    more = True
    while more:
        async with house.database("inventory").reading() as tx:
            more = await _read_page(tx, house, check, key)


async def _read_page(tx: Transaction, house: House, check: LogCheck, key: Key) -> bool:
    """Read on in a stream; says whether more may follow."""
    after = check.told(key).stock.version if check.knows(key) else 0
    rows = await stream_page(
        tx, house, f"{key[0]}@{key[1]}", after=after, upto=None, limit=PAGE_EVENTS
    )
    for row in rows:
        check.read(LoggedEvent(*row))
    return len(rows) == PAGE_EVENTS


async def events_of_hold(
    tx: Transaction, house: House, hold_id: str, streams: dict[str, int]
) -> tuple[dict[str, list[HoldEvent]], dict[str, int]]:
    """What some streams tell of a hold after a version of each, and the versions they are at."""
    events: dict[str, list[HoldEvent]] = {}
    versions: dict[str, int] = {}
    for stream, after in streams.items():
        versions[stream] = await store.stream_version(tx, stream)
        found = await hold_events(tx, house, stream, hold_id, after=after)
        events[stream] = [each for each in found if each[0] <= versions[stream]]
    return events, versions
