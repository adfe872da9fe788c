"""Collections: made, changed, removed, and read by whoever may see them."""

import datetime
import re

import msgspec

from rackhouse.curation import store
from rackhouse.curation.errors import (
    CollectionExists,
    CollectionNotFound,
    InvalidCollection,
    TooManyCollections,
)
from rackhouse.curation.events import (
    CollectionChanged,
    CollectionCreated,
    CollectionEvent,
    CollectionRemoved,
)
from rackhouse.curation.judging import refuse_unfit_terms, state_of
from rackhouse.curation.opening import collection_told, record_collection
from rackhouse.curation.rules.collections import Collection, CollectionTerms, differing
from rackhouse.curation.rules.windows import BEFORE, CLOSED, OPEN, phase_at
from rackhouse.curation.store import StoredCollection
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import FieldProblem
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.idempotency import claim, remember_answer

__all__ = [
    "HANDLE",
    "change_collection",
    "collection_of",
    "collection_page",
    "create_collection",
    "remove_collection",
    "seen_collection",
    "sees_hidden",
]

COLLECTIONS_MAX = 1000
HANDLE = re.compile("[a-z0-9][a-z0-9._-]{0,63}")


@operation("curation:write")
async def create_collection(
    *, context: Context, collection_id: str, terms: CollectionTerms
) -> Collection:
    """Make a collection of products. It is shown from the first moment of its window on.

    Refuses with `InvalidCollection`, `CollectionExists` and `TooManyCollections`.
    """
    if HANDLE.fullmatch(collection_id) is None:
        remedy = "begin with a letter or digit; small letters, digits, dots, hyphens, 64 at most"
        raise InvalidCollection((FieldProblem("id", remedy),))
    await refuse_unfit_terms(context, terms)
    async with context.house.database("curation").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.lock_curation(tx)
        await store.lock_one(tx, collection_id)
        before, now = await store.read_collection(tx, collection_id)
        if before is not None and not before.removed:
            raise CollectionExists(collection_id=collection_id)
        if await store.count_collections(tx) >= COLLECTIONS_MAX:
            raise TooManyCollections(limit=COLLECTIONS_MAX)
        if phase_at(terms.starts_at, terms.ends_at, now) == CLOSED:
            remedy = "is past; choose a later moment, or leave it out"
            raise InvalidCollection((FieldProblem("ends_at", remedy),))
        stored = StoredCollection(
            id=collection_id,
            terms=terms,
            told=BEFORE,
            version=before.version if before else 0,
            removed=False,
            created_at=now,
            updated_at=now,
        )
        created = CollectionCreated(
            collection_id=collection_id,
            title=terms.title,
            channels=terms.channels,
            starts_at=terms.starts_at,
            ends_at=terms.ends_at,
        )
        stored = await _record(tx, context, stored, created, now)
        answer = await state_of(context, stored, now)
        await remember_answer(tx, context.idempotency, answer, answered_at=now)
    return answer


@operation("curation:write")
async def change_collection(
    *, context: Context, collection_id: str, terms: CollectionTerms, expected_version: int | None
) -> Collection:
    """Say otherwise what a collection is; the same terms change nothing. One that opens or closes
    by that is told to have.

    Refuses with `CollectionNotFound`, `VersionIsStale` (None expects any version) and
    `InvalidCollection`.
    """
    await seen_collection(context, collection_id)
    await refuse_unfit_terms(context, terms)
    async with context.house.database("curation").transaction() as tx:
        stored, now = await _expected(tx, collection_id, expected_version)
        fields = differing(stored.terms, terms)
        if fields:
            changed = CollectionChanged(
                collection_id=collection_id,
                title=terms.title,
                channels=terms.channels,
                fields=fields,
            )
            stored = msgspec.structs.replace(stored, terms=terms, updated_at=now)
            stored = await _record(tx, context, stored, changed, now)
    return await state_of(context, stored, now)


@operation("curation:write")
async def remove_collection(
    *, context: Context, collection_id: str, expected_version: int | None
) -> None:
    """Remove a collection; its products stay what they are.

    Refuses with `CollectionNotFound` and `VersionIsStale` (None expects any version).
    """
    await seen_collection(context, collection_id)
    async with context.house.database("curation").transaction() as tx:
        stored, now = await _expected(tx, collection_id, expected_version)
        removed = msgspec.structs.replace(stored, removed=True, updated_at=now)
        event = CollectionRemoved(collection_id=collection_id, title=stored.terms.title)
        removed = await record_collection(tx, context, removed, event, now)
        await store.write_collection(tx, removed, None)


@operation("catalog:read")
async def collection_of(*, context: Context, collection_id: str) -> Collection:
    """A collection as it is now. Refuses with `CollectionNotFound`, also where it is not open, or
    not for the caller's channel, unless they may read what is hidden (``curation:read``)."""
    stored, now = await seen_collection(context, collection_id)
    return await state_of(context, stored, now)


@operation("catalog:read")
async def collection_page(
    *, context: Context, channel: str | None, after: str, limit: int
) -> list[Collection]:
    """Collections in the order of their ids, those for a channel or for any; what is hidden only
    for who may read it. A caller that is bound to a channel sees what is for that one."""
    async with context.house.database("curation").reading() as tx:
        found = await store.collection_page(
            tx,
            after=after,
            channel=context.caller.channel or channel,
            hidden=sees_hidden(context),
            limit=limit,
        )
    return [await state_of(context, stored, now) for stored, now in found if stored is not None]


async def seen_collection(
    context: Context, collection_id: str
) -> tuple[StoredCollection, datetime.datetime]:
    """A collection that the caller may see, and the time of the database; refuses with
    `CollectionNotFound`."""
    stored = None
    if HANDLE.fullmatch(collection_id) is not None:
        async with context.house.database("curation").reading() as tx:
            stored, now = await store.read_collection(tx, collection_id)
    if stored is None or stored.removed or not _may_see(context, stored.terms, now):
        raise CollectionNotFound(collection_id=collection_id)
    return stored, now


def sees_hidden(context: Context) -> bool:
    """Whether the caller sees collections that are not open."""
    return "curation:read" in context.caller.permissions


def _may_see(context: Context, terms: CollectionTerms, now: datetime.datetime) -> bool:
    own = context.caller.channel
    if own is not None and terms.channels and own not in terms.channels:
        return False
    return sees_hidden(context) or phase_at(terms.starts_at, terms.ends_at, now) == OPEN


async def _expected(
    tx: Transaction, collection_id: str, expected_version: int | None
) -> tuple[StoredCollection, datetime.datetime]:
    await store.lock_one(tx, collection_id)
    stored, now = await store.read_collection(tx, collection_id)
    if stored is None or stored.removed:
        raise CollectionNotFound(collection_id=collection_id)
    if expected_version not in (None, stored.version):
        raise VersionIsStale(current=stored.version)
    return stored, now


async def _record(
    tx: Transaction,
    context: Context,
    stored: StoredCollection,
    event: CollectionEvent,
    now: datetime.datetime,
) -> StoredCollection:
    stored = await record_collection(tx, context, stored, event, now)
    return await collection_told(tx, context, stored, now)
