"""Statements about curated bundles."""

import datetime
from typing import Any

import msgspec

from rackhouse.curation.rules.bundles import AcceptedBundle, BundleProposal, BundleTerms
from rackhouse.platform.database import Transaction

__all__ = [
    "StoredBundle",
    "bundle_page",
    "count_bundles",
    "due_bundles",
    "read_bundle",
    "write_bundle",
]


class StoredBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A curated bundle as it was written. ``made`` is the version whose acceptance the catalog's
    product follows, None where there is no such product; ``shelved`` is what else was said of the
    product when it was taken out; ``trouble`` is why the catalog did not take it."""

    id: str
    terms: BundleTerms
    proposal: BundleProposal
    accepted: AcceptedBundle | None
    made: int | None
    shelved: dict[str, Any] | None
    trouble: str | None
    version: int
    removed: bool
    created_at: datetime.datetime
    updated_at: datetime.datetime


async def count_bundles(tx: Transaction) -> int:
    """How many curated bundles there are."""
    return await tx.one(int, "select count(*) from curation.bundle where not removed")


async def read_bundle(
    tx: Transaction, bundle_id: str
) -> tuple[StoredBundle | None, datetime.datetime]:
    """A curated bundle, removed or not, and the time of the database."""
    return await tx.one(
        _bundle_and_time,
        """
        select b.id, b.terms::text, b.proposal::text, b.accepted::text, b.made, b.shelved::text,
            b.trouble, b.version, b.removed, b.created_at, b.updated_at, clock_timestamp()
        from (select %(id)s::text as id) as asked left join curation.bundle b using (id)
        """,
        {"id": bundle_id},
    )


async def bundle_page(
    tx: Transaction, *, after: str, limit: int
) -> list[tuple[StoredBundle | None, datetime.datetime]]:
    """Curated bundles in the order of their ids, each with the time of the database."""
    return await tx.all(
        _bundle_and_time,
        """
        select id, terms::text, proposal::text, accepted::text, made, shelved::text, trouble,
            version, removed, created_at, updated_at, clock_timestamp()
        from curation.bundle where not removed and id > %(after)s order by id limit %(limit)s
        """,
        {"after": after, "limit": limit},
    )


async def due_bundles(tx: Transaction, *, limit: int) -> list[str]:
    """The ids of curated bundles that are to be put into the catalog or taken out by now, those
    that are due for longest in front."""
    return await tx.all(
        str,
        """
        select id from curation.bundle
        where due_at is not null and due_at <= clock_timestamp() order by due_at limit %(limit)s
        """,
        {"limit": limit},
    )


async def write_bundle(
    tx: Transaction, stored: StoredBundle, due_at: datetime.datetime | None
) -> None:
    """Write a curated bundle, and when it is to be looked at next."""
    accepted = stored.accepted
    await tx.run(
        """
        insert into curation.bundle (id, terms, proposal, accepted, starts_at, ends_at, made,
            shelved, trouble, due_at, version, removed, created_at, updated_at)
        values (%(id)s, %(terms)s::jsonb, %(proposal)s::jsonb, %(accepted)s::jsonb, %(starts_at)s,
            %(ends_at)s, %(made)s, %(shelved)s::jsonb, %(trouble)s, %(due_at)s, %(version)s,
            %(removed)s, %(created_at)s, %(updated_at)s)
        on conflict (id) do update set
            terms = excluded.terms, proposal = excluded.proposal, accepted = excluded.accepted,
            starts_at = excluded.starts_at, ends_at = excluded.ends_at, made = excluded.made,
            shelved = excluded.shelved, trouble = excluded.trouble, due_at = excluded.due_at,
            version = excluded.version, removed = excluded.removed,
            created_at = excluded.created_at, updated_at = excluded.updated_at
        """,
        {
            "id": stored.id,
            "terms": _text(stored.terms),
            "proposal": _text(stored.proposal),
            "accepted": None if accepted is None else _text(accepted),
            "starts_at": None if accepted is None else accepted.starts_at,
            "ends_at": None if accepted is None else accepted.ends_at,
            "made": stored.made,
            "shelved": None if stored.shelved is None else _text(stored.shelved),
            "trouble": stored.trouble,
            "due_at": due_at,
            "version": stored.version,
            "removed": stored.removed,
            "created_at": stored.created_at,
            "updated_at": stored.updated_at,
        },
    )


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _bundle_and_time(
    id_: str | None,
    terms: str,
    proposal: str,
    accepted: str | None,
    made: int | None,
    shelved: str | None,
    trouble: str | None,
    version: int,
    removed: bool,
    created_at: datetime.datetime,
    updated_at: datetime.datetime,
    now: datetime.datetime,
) -> tuple[StoredBundle | None, datetime.datetime]:
    if id_ is None or terms is None:
        return None, now
    stored = StoredBundle(
        id=id_,
        terms=msgspec.json.decode(terms, type=BundleTerms),
        proposal=msgspec.json.decode(proposal, type=BundleProposal),
        accepted=None if accepted is None else msgspec.json.decode(accepted, type=AcceptedBundle),
        made=made,
        shelved=None if shelved is None else msgspec.json.decode(shelved, type=dict[str, Any]),
        trouble=trouble,
        version=version,
        removed=removed,
        created_at=created_at,
        updated_at=updated_at,
    )
    return stored, now
