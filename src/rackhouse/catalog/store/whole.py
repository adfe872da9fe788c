"""Statements that read the catalog from its one end to the other."""

import datetime
from collections.abc import Sequence

from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.catalog.store.rows import encoded, read_product
from rackhouse.platform.database import Transaction


async def page_by_id(
    tx: Transaction,
    only_type: str | None,
    changed_since: datetime.datetime | None,
    after_id: str,
    limit: int,
) -> list[ListedProduct]:
    """Products by id, after an id."""
    return await tx.all(
        read_product,
        """
        select document from catalog.listed_product
        where id > %(after_id)s
          and (%(type)s::text is null or type = %(type)s)
          and (%(since)s::timestamptz is null or updated_at >= %(since)s)
        order by id limit %(limit)s
        """,
        {"after_id": after_id, "type": only_type, "since": changed_since, "limit": limit},
    )


async def ids_after(
    tx: Transaction, only_types: Sequence[str] | None, after_id: str, limit: int
) -> list[str]:
    """Ids of products by id, after an id."""
    return await tx.all(
        str,
        """
        select id from catalog.product
        where id > %(after_id)s
          and (%(types)s::jsonb is null or type in (
              select type from jsonb_array_elements_text(%(types)s::jsonb) as x (type)))
        order by id limit %(limit)s
        """,
        {
            "after_id": after_id,
            "types": None if only_types is None else encoded(list(only_types)),
            "limit": limit,
        },
    )


async def types_with_products(tx: Transaction) -> list[str]:
    """The names of the types that some product has."""
    return await tx.all(str, "select distinct type from catalog.product order by type")
