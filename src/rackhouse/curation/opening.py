"""Opening and closing collections: told at the moment, and with it."""

import datetime
from typing import Any

import msgspec

from rackhouse.curation import store
from rackhouse.curation.events import CollectionClosed, CollectionEvent, CollectionOpened
from rackhouse.curation.log import LOG
from rackhouse.curation.rules.windows import next_moment, phase_at, turns_until
from rackhouse.curation.store import StoredCollection
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent

__all__ = ["collection_told", "open_and_close", "record_collection"]

AT_ONCE = 200


async def open_and_close(*, context: Context) -> None:
    """Tell of every collection that has opened or closed since it was told."""
    async with context.house.database("curation").reading() as tx:
        due = await store.due_collections(tx, limit=AT_ONCE)
    for collection_id in due:
        async with context.house.database("curation").transaction() as tx:
            await store.lock_one(tx, collection_id)
            stored, now = await store.read_collection(tx, collection_id)
            if stored is not None and not stored.removed:
                await collection_told(tx, context, stored, now)


async def collection_told(
    tx: Transaction, context: Context, stored: StoredCollection, now: datetime.datetime
) -> StoredCollection:
    """Record what has become of a collection's window by now, and write the collection."""
    terms = stored.terms
    about: dict[str, Any] = {
        "collection_id": stored.id,
        "title": terms.title,
        "channels": terms.channels,
    }
    for turn in turns_until(stored.told, terms.starts_at, terms.ends_at, now):
        event = (
            CollectionOpened(**about, opened_at=turn.at)
            if turn.opened
            else CollectionClosed(**about, closed_at=turn.at)
        )
        stored = await record_collection(tx, context, stored, event, now)
    told = phase_at(terms.starts_at, terms.ends_at, now)
    stored = msgspec.structs.replace(stored, told=told)
    await store.write_collection(tx, stored, next_moment(terms.starts_at, terms.ends_at, now))
    return stored


async def record_collection(
    tx: Transaction,
    context: Context,
    stored: StoredCollection,
    event: CollectionEvent,
    now: datetime.datetime,
) -> StoredCollection:
    """Record an event of a collection, which has the event's version from then on."""
    after = msgspec.structs.replace(stored, version=stored.version + 1)
    await LOG.append(tx, [NewEvent(f"collection:{stored.id}", after.version, event, context)], now)
    return after
