"""Statements about the seller's own product types, and about what products name each other."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.catalog.rules import ListedType, ProductType
from rackhouse.catalog.rules.references import Reference
from rackhouse.catalog.store.rows import encoded, row
from rackhouse.platform.database import Pending, Transaction


async def own_types(tx: Transaction) -> list[ListedType]:
    """Every product type of the seller's own."""
    return await tx.all(
        read_type,
        """
        select definition::text, version, created_at, updated_at
        from catalog.product_type order by name
        """,
    )


async def own_types_named(tx: Transaction, names: Iterable[str]) -> list[ListedType]:
    """Those product types of the seller's own that have one of these names."""
    return await tx.all(
        read_type,
        """
        select definition::text, version, created_at, updated_at from catalog.product_type
        where name in (select name from jsonb_array_elements_text(%(names)s::jsonb) as x (name))
        """,
        {"names": encoded(list(names))},
    )


async def own_type_of_collection(tx: Transaction, collection: str) -> str | None:
    """The name of the seller's own product type that has a collection."""
    return await tx.maybe(
        str,
        "select name from catalog.product_type where collection = %(collection)s",
        {"collection": collection},
    )


async def count_own_types(tx: Transaction) -> int:
    """How many product types of the seller's own there are."""
    return await tx.one(int, "select count(*) from catalog.product_type")


async def last_type_version(tx: Transaction, name: str) -> int:
    """The version of the last event of a product type, or 0."""
    return await tx.one(
        int,
        "select coalesce(max(version), 0) from catalog.event where stream = %(stream)s",
        {"stream": f"product-type:{name}"},
    )


async def write_type(tx: Transaction, listed: ListedType) -> None:
    """Write a product type of the seller's own."""
    await tx.run(
        """
        insert into catalog.product_type
            (name, collection, definition, version, created_at, updated_at)
        values (%(name)s, %(collection)s, %(definition)s::jsonb, %(version)s, %(created_at)s,
            %(updated_at)s)
        on conflict (name) do update set
            collection = excluded.collection, definition = excluded.definition,
            version = excluded.version, updated_at = excluded.updated_at
        """,
        {
            "name": listed.name,
            "collection": listed.collection,
            "definition": encoded(listed.definition()),
            "version": listed.version,
            "created_at": listed.created_at,
            "updated_at": listed.updated_at,
        },
    )


async def delete_type(tx: Transaction, name: str) -> None:
    """Delete a product type of the seller's own."""
    await tx.run("delete from catalog.product_type where name = %(name)s", {"name": name})


async def count_of_type(tx: Transaction, name: str) -> int:
    """How many products are of a type."""
    return await tx.one(
        int, "select count(*) from catalog.product where type = %(name)s", {"name": name}
    )


async def attributes_of_type(
    tx: Transaction, name: str, after_id: str, limit: int
) -> list[tuple[str, dict[str, Any]]]:
    """Products of a type by their ids (id, attributes), after an id."""
    return await tx.all(
        _attributes,
        """
        select id, attributes::text from catalog.product
        where type = %(name)s and id > %(after_id)s order by id limit %(limit)s
        """,
        {"name": name, "after_id": after_id, "limit": limit},
    )


async def known_ids(tx: Transaction, ids: Iterable[str]) -> set[str]:
    """Those of some ids that are the ids of products."""
    asked = sorted(set(ids))
    if not asked:
        return set()
    return set(
        await tx.all(
            str,
            """
            select id from catalog.product
            where id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
            """,
            {"ids": encoded(asked)},
        )
    )


async def send_known_ids(tx: Transaction, ids: Iterable[str]) -> Pending:
    """Ask which of some ids are the ids of products."""
    return await tx.send(
        """
        select id from catalog.product
        where id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        """,
        {"ids": encoded(list(ids))},
    )


async def send_naming(tx: Transaction, ids: Iterable[str]) -> Pending:
    """Ask who names some products (the id of the named one, who names it, in which attribute):
    one of them for each."""
    return await tx.send(
        """
        select distinct on (referenced_id) referenced_id, product_id, attribute
        from catalog.reference
        where referenced_id in (
            select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        order by referenced_id, product_id, attribute
        """,
        {"ids": encoded(list(ids))},
    )


async def write_references(
    tx: Transaction, changed_ids: Sequence[str], named: Mapping[str, Sequence[Reference]]
) -> None:
    """Forget what some products named, and write what products name now (by their ids)."""
    if changed_ids:
        await tx.run(
            """
            delete from catalog.reference where product_id in (
                select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
            """,
            {"ids": encoded(list(changed_ids))},
        )
    rows = [
        {
            "product_id": product_id,
            "attribute": each.attribute,
            "position": each.position,
            "referenced_id": each.product_id,
        }
        for product_id, references in named.items()
        for each in references
    ]
    if rows:
        await tx.run(
            """
            insert into catalog.reference (product_id, attribute, position, referenced_id)
            select product_id, attribute, position, referenced_id
            from jsonb_to_recordset(%(rows)s::jsonb) as new (
                product_id text, attribute text, position integer, referenced_id text)
            """,
            {"rows": encoded(rows)},
        )


def read_type(
    definition: str, version: int, created_at: datetime.datetime, updated_at: datetime.datetime
) -> ListedType:
    """A product type of the seller's own, from its row."""
    return ListedType.own(_DECODER.decode(definition), version, created_at, updated_at)


_DECODER = msgspec.json.Decoder(ProductType)


def _attributes(product_id: str, attributes: str) -> tuple[str, dict[str, Any]]:
    return row(product_id, msgspec.json.decode(attributes))
