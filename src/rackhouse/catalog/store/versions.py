"""Statements about the versions of products: as they were written, and as they are read again."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.catalog.store.rows import encoded
from rackhouse.platform.database import Transaction

__all__ = ["ProductVersion", "product_version", "product_versions", "write_versions"]


class ProductVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it was written once: who did it, and when. Without a document it was removed.
    ``restored_version`` is the one that it was made of again."""

    product_id: str
    version: int
    actor: str
    written_at: datetime.datetime
    restored_version: int | None
    document: dict[str, Any] | None


async def write_versions(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Keep versions."""
    await tx.run(
        """
        insert into catalog.product_version
            (product_id, version, document, actor, written_at, restored_version)
        select product_id, version, document, actor, written_at, restored_version
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            product_id text, version bigint, document json, actor text, written_at timestamptz,
            restored_version bigint)
        """,
        {"rows": encoded(rows)},
    )


async def product_versions(
    tx: Transaction, product_id: str, *, before: int | None, limit: int
) -> list[ProductVersion]:
    """The versions of a product before one, the newest in front."""
    return await tx.all(
        _version,
        """
        select product_id, version, actor, written_at, restored_version, document::text
        from catalog.product_version
        where product_id = %(product_id)s
          and (%(before)s::bigint is null or version < %(before)s)
        order by version desc limit %(limit)s
        """,
        {"product_id": product_id, "before": before, "limit": limit},
    )


async def product_version(tx: Transaction, product_id: str, version: int) -> ProductVersion | None:
    """A version of a product."""
    return await tx.maybe(
        _version,
        """
        select product_id, version, actor, written_at, restored_version, document::text
        from catalog.product_version
        where product_id = %(product_id)s and version = %(version)s
        """,
        {"product_id": product_id, "version": version},
    )


def _version(
    product_id: str,
    version: int,
    actor: str,
    written_at: datetime.datetime,
    restored_version: int | None,
    document: str | None,
) -> ProductVersion:
    return ProductVersion(
        product_id=product_id,
        version=version,
        actor=actor,
        written_at=written_at.astimezone(datetime.UTC),
        restored_version=restored_version,
        document=None if document is None else msgspec.json.decode(document),
    )
