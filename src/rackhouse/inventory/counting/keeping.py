"""Keeping count sheets: each change is an event of the sheet's own stream."""

import datetime
from collections.abc import Callable

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.errors import CountNotFound
from rackhouse.inventory.events import (
    CountCancelled,
    CountOpened,
    CountPosted,
    CountRecorded,
    CountReviewed,
    CountSubmitted,
)
from rackhouse.inventory.log import LOG
from rackhouse.inventory.rules.counting import Count
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import is_uuid
from rackhouse.platform.store import server_time

__all__ = ["CountEvent", "change", "found_count", "keep", "locked"]

CountEvent = (
    CountOpened | CountRecorded | CountReviewed | CountSubmitted | CountPosted | CountCancelled
)

Change = Callable[[Count, datetime.datetime], tuple[Count, CountEvent | None]]


async def change(context: Context, count_id: str, decide: Change) -> Count:
    """Let something happen to a sheet; ``decide`` refuses, or gives the sheet after it.

    Refuses with `CountNotFound`.
    """
    async with context.house.database("inventory").transaction() as tx:
        await claim(tx, context.idempotency)
        count = await locked(tx, count_id)
        now = await server_time(tx)
        after, event = decide(count, now)
        if event is not None:
            after = await keep(tx, context, after, event, now=now)
        await remember_answer(tx, context.idempotency, after, answered_at=now)
    return after


async def locked(tx: Transaction, count_id: str) -> Count:
    """A sheet, for nobody else to change; refuses with `CountNotFound`."""
    count = await store.lock_count(tx, count_id) if is_uuid(count_id) else None
    if count is None:
        raise CountNotFound(count_id=count_id)
    return count


async def found_count(tx: Transaction, count_id: str) -> Count:
    """A sheet as it is; refuses with `CountNotFound`."""
    count = await store.count_of(tx, count_id) if is_uuid(count_id) else None
    if count is None:
        raise CountNotFound(count_id=count_id)
    return count


async def keep(
    tx: Transaction,
    context: Context,
    count: Count,
    event: CountEvent,
    *,
    now: datetime.datetime,
) -> Count:
    """Write a sheet as it is after an event."""
    count = msgspec.structs.replace(count, version=count.version + 1)
    await store.write_count(tx, count)
    await LOG.append(tx, [NewEvent(f"count:{count.id}", count.version, event, context)], now)
    return count
