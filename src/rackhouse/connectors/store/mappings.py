"""Statements on what a channel calls our SKUs and locations."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.platform.database import Transaction

__all__ = [
    "Mapping",
    "by_stock_id",
    "give_mappings",
    "learn_mappings",
    "mapping_page",
    "mappings_of_own",
    "named",
]


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel calls one of our SKUs or locations: ``remote_id`` in its sales, ``stock_id``
    in its stock. Not mapped while ``own`` is null."""

    kind: str
    remote_id: str
    stock_id: str | None
    told_sku: str | None
    name: str
    own: str | None
    by_hand: bool


async def learn_mappings(
    tx: Transaction, connection: str, mappings: Sequence[Mapping], *, now: datetime.datetime
) -> None:
    """Take in what the channel's catalog says. What was given by hand stays, and so does what was
    mapped before."""
    await tx.run(
        """
        insert into connectors.mapping
            (connection, kind, remote_id, stock_id, told_sku, name, own, by_hand, seen_at)
        select %(connection)s, kind, remote_id, stock_id, told_sku, name, own, by_hand, %(now)s
        from jsonb_to_recordset(%(mappings)s::jsonb) as new (kind text, remote_id text,
            stock_id text, told_sku text, name text, own text, by_hand boolean)
        order by kind, remote_id
        on conflict (connection, kind, remote_id) do update set
            stock_id = coalesce(excluded.stock_id, mapping.stock_id),
            told_sku = excluded.told_sku, name = excluded.name, seen_at = excluded.seen_at,
            own = case when mapping.by_hand then mapping.own
                else coalesce(mapping.own, excluded.own) end
        """,
        {"connection": connection, "now": now, "mappings": _encoded(mappings)},
    )


async def give_mappings(
    tx: Transaction, connection: str, mappings: Sequence[Mapping], *, now: datetime.datetime
) -> None:
    """Map by hand; an own of null takes a mapping away. Where it is not said what the channel's
    stock calls it, that is what was learnt, or else the same as in its sales."""
    await tx.run(
        """
        insert into connectors.mapping
            (connection, kind, remote_id, stock_id, told_sku, name, own, by_hand, seen_at)
        select %(connection)s, kind, remote_id, coalesce(stock_id, remote_id), told_sku, name,
            own, true, %(now)s
        from jsonb_to_recordset(%(mappings)s::jsonb) as new (kind text, remote_id text,
            stock_id text, told_sku text, name text, own text)
        order by kind, remote_id
        on conflict (connection, kind, remote_id) do update set
            stock_id = case when excluded.stock_id = excluded.remote_id
                then coalesce(mapping.stock_id, excluded.stock_id) else excluded.stock_id end,
            own = excluded.own, by_hand = true
        """,
        {"connection": connection, "now": now, "mappings": _encoded(mappings)},
    )


async def mapping_page(
    tx: Transaction,
    connection: str,
    *,
    kind: str | None,
    mapped: bool | None,
    after: tuple[str, str],
    limit: int,
) -> list[Mapping]:
    """Mappings in the order of their kinds and the channel's ids."""
    return await tx.all(
        _mapping,
        """
        select kind, remote_id, stock_id, told_sku, name, own, by_hand
        from connectors.mapping
        where connection = %(connection)s and kind = coalesce(%(kind)s::text, kind)
          and (own is not null) = coalesce(%(mapped)s::boolean, own is not null)
          and (kind, remote_id) > (%(after_kind)s::text, %(after_id)s::text)
        order by kind, remote_id limit %(limit)s
        """,
        {
            "connection": connection,
            "kind": kind,
            "mapped": mapped,
            "after_kind": after[0],
            "after_id": after[1],
            "limit": limit,
        },
    )


async def named(
    tx: Transaction, connection: str, kind: str, remote_ids: Sequence[str]
) -> list[Mapping]:
    """The mappings of some of the channel's ids."""
    return await tx.all(
        _mapping,
        """
        select m.kind, m.remote_id, m.stock_id, m.told_sku, m.name, m.own, m.by_hand
        from jsonb_array_elements_text(%(ids)s::jsonb) as asked (id)
        join connectors.mapping m on m.connection = %(connection)s and m.kind = %(kind)s
            and m.remote_id = asked.id
        """,
        {"connection": connection, "kind": kind, "ids": _encoded(remote_ids)},
    )


async def by_stock_id(tx: Transaction, connection: str, stock_ids: Sequence[str]) -> list[Mapping]:
    """The mappings of what a channel's stock calls by some ids."""
    return await tx.all(
        _mapping,
        """
        select m.kind, m.remote_id, m.stock_id, m.told_sku, m.name, m.own, m.by_hand
        from jsonb_array_elements_text(%(ids)s::jsonb) as asked (id)
        join connectors.mapping m on m.connection = %(connection)s and m.kind = 'sku'
            and m.stock_id = asked.id
        """,
        {"connection": connection, "ids": _encoded(stock_ids)},
    )


async def mappings_of_own(
    tx: Transaction, connection: str, kind: str, own: Sequence[str]
) -> list[Mapping]:
    """What a channel calls some of our SKUs or locations."""
    return await tx.all(
        _mapping,
        """
        select m.kind, m.remote_id, m.stock_id, m.told_sku, m.name, m.own, m.by_hand
        from jsonb_array_elements_text(%(own)s::jsonb) as asked (own)
        join connectors.mapping m on m.connection = %(connection)s and m.kind = %(kind)s
            and m.own = asked.own
        order by m.own, m.remote_id
        """,
        {"connection": connection, "kind": kind, "own": _encoded(own)},
    )


def _mapping(*values: Any) -> Mapping:
    return Mapping(**dict(zip(Mapping.__struct_fields__, values, strict=True)))


def _encoded(rows: object) -> str:
    return msgspec.json.encode(rows).decode()
