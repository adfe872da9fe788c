"""Statements about collections."""

import datetime

import msgspec

from rackhouse.curation.rules.collections import CollectionTerms
from rackhouse.curation.rules.windows import Phase
from rackhouse.platform.database import Transaction

__all__ = [
    "StoredCollection",
    "collection_page",
    "collections_with_member",
    "count_collections",
    "due_collections",
    "lock_curation",
    "lock_one",
    "read_collection",
    "write_collection",
]


class StoredCollection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection as it was written, and what its log was told of its window."""

    id: str
    terms: CollectionTerms
    told: Phase
    version: int
    removed: bool
    created_at: datetime.datetime
    updated_at: datetime.datetime


async def lock_curation(tx: Transaction) -> None:
    """Be the only one to add anything until the end of the transaction."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended('curation.adding', 1))")


async def lock_one(tx: Transaction, stream: str) -> None:
    """Be the only one to change a collection or a bundle until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('curation:' || %(stream)s::text, 1))",
        {"stream": stream},
    )


async def count_collections(tx: Transaction) -> int:
    """How many collections there are."""
    return await tx.one(int, "select count(*) from curation.collection where not removed")


async def read_collection(
    tx: Transaction, collection_id: str
) -> tuple[StoredCollection | None, datetime.datetime]:
    """A collection, removed or not, and the time of the database."""
    return await tx.one(
        _collection_and_time,
        """
        select c.id, c.terms::text, c.told, c.version, c.removed, c.created_at, c.updated_at,
            clock_timestamp()
        from (select %(id)s::text as id) as asked left join curation.collection c using (id)
        """,
        {"id": collection_id},
    )


async def collection_page(
    tx: Transaction, *, after: str, channel: str | None, hidden: bool, limit: int
) -> list[tuple[StoredCollection | None, datetime.datetime]]:
    """Collections in the order of their ids, each with the time of the database: those for a
    channel, or for any; and those that are not open only if ``hidden``."""
    return await tx.all(
        _collection_and_time,
        """
        select id, terms::text, told, version, removed, created_at, updated_at, clock_timestamp()
        from curation.collection
        where not removed and id > %(after)s
          and (%(channel)s::text is null or channels = '[]'
            or channels @> to_jsonb(%(channel)s::text))
          and (%(hidden)s or ((starts_at is null or starts_at <= clock_timestamp())
            and (ends_at is null or ends_at > clock_timestamp())))
        order by id limit %(limit)s
        """,
        {"after": after, "channel": channel, "hidden": hidden, "limit": limit},
    )


async def collections_with_member(
    tx: Transaction,
    *,
    product_id: str,
    after: str,
    channel: str | None,
    hidden: bool,
    limit: int,
) -> list[tuple[StoredCollection | None, datetime.datetime]]:
    """Collections that may have a product, in the order of their ids, each with the time of the
    database: those of which it is a member, and those with a rule that does not leave it out."""
    return await tx.all(
        _collection_and_time,
        """
        select id, terms::text, told, version, removed, created_at, updated_at, clock_timestamp()
        from curation.collection
        where not removed and id > %(after)s
          and ((terms -> 'members') @> to_jsonb(%(product_id)s::text)
            or (has_rule and not (terms -> 'excluded') @> to_jsonb(%(product_id)s::text)))
          and (%(channel)s::text is null or channels = '[]'
            or channels @> to_jsonb(%(channel)s::text))
          and (%(hidden)s or ((starts_at is null or starts_at <= clock_timestamp())
            and (ends_at is null or ends_at > clock_timestamp())))
        order by id limit %(limit)s
        """,
        {
            "product_id": product_id,
            "after": after,
            "channel": channel,
            "hidden": hidden,
            "limit": limit,
        },
    )


async def due_collections(tx: Transaction, *, limit: int) -> list[str]:
    """The ids of collections whose window has opened or closed since it was told, those that are
    due for longest in front."""
    return await tx.all(
        str,
        """
        select id from curation.collection
        where due_at is not null and due_at <= clock_timestamp() order by due_at limit %(limit)s
        """,
        {"limit": limit},
    )


async def write_collection(
    tx: Transaction, stored: StoredCollection, due_at: datetime.datetime | None
) -> None:
    """Write a collection, and when its window has something to be told next."""
    terms = stored.terms
    await tx.run(
        """
        insert into curation.collection (id, terms, channels, has_rule, starts_at, ends_at, told,
            due_at, version, removed, created_at, updated_at)
        values (%(id)s, %(terms)s::jsonb, %(channels)s::jsonb, %(has_rule)s, %(starts_at)s,
            %(ends_at)s, %(told)s, %(due_at)s, %(version)s, %(removed)s, %(created_at)s,
            %(updated_at)s)
        on conflict (id) do update set
            terms = excluded.terms, channels = excluded.channels, has_rule = excluded.has_rule,
            starts_at = excluded.starts_at, ends_at = excluded.ends_at, told = excluded.told,
            due_at = excluded.due_at, version = excluded.version, removed = excluded.removed,
            created_at = excluded.created_at, updated_at = excluded.updated_at
        """,
        {
            "id": stored.id,
            "terms": msgspec.json.encode(terms).decode(),
            "channels": msgspec.json.encode(terms.channels).decode(),
            "has_rule": terms.rule is not None,
            "starts_at": terms.starts_at,
            "ends_at": terms.ends_at,
            "told": stored.told,
            "due_at": due_at,
            "version": stored.version,
            "removed": stored.removed,
            "created_at": stored.created_at,
            "updated_at": stored.updated_at,
        },
    )


def _collection_and_time(
    id_: str | None,
    terms: str | None,
    told: Phase,
    version: int,
    removed: bool,
    created_at: datetime.datetime,
    updated_at: datetime.datetime,
    now: datetime.datetime,
) -> tuple[StoredCollection | None, datetime.datetime]:
    if id_ is None or terms is None:
        return None, now
    stored = StoredCollection(
        id=id_,
        terms=msgspec.json.decode(terms, type=CollectionTerms),
        told=told,
        version=version,
        removed=removed,
        created_at=created_at,
        updated_at=updated_at,
    )
    return stored, now
