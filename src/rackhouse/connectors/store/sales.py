"""Statements on what is known of a channel's sales, and what was booked of them."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.connectors.rules import Booked, Known
from rackhouse.platform.database import Transaction

__all__ = [
    "SaleRow",
    "insert_sale",
    "known_by_id",
    "known_sales",
    "lock_sale",
    "note_sale_problem",
    "note_settled",
    "retry_sales",
    "sales_in_trouble",
    "sales_to_settle",
    "write_booked",
    "write_known",
]


class SaleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sale of a channel; ``settled_version`` is the version up to which it was carried out."""

    remote_id: str
    known: Known
    booked: Booked
    version: int
    settled_version: int
    attempts: int
    next_try_at: datetime.datetime | None
    problem: str | None
    failed: bool
    told_at: datetime.datetime


async def known_by_id(tx: Transaction, connection: str, remote_ids: Sequence[str]) -> list[Known]:
    """What is known of some sales."""
    return await tx.all(
        _known,
        """
        select s.known::text
        from jsonb_array_elements_text(%(ids)s::jsonb) as asked (id)
        join connectors.sale s on s.connection = %(connection)s and s.remote_id = asked.id
        """,
        {"connection": connection, "ids": msgspec.json.encode(remote_ids).decode()},
    )


async def insert_sale(
    tx: Transaction, connection: str, known: Known, *, now: datetime.datetime
) -> bool:
    """Write down a sale that was never told before; says whether that was so."""
    return bool(
        await tx.run(
            """
            insert into connectors.sale (connection, remote_id, known, booked, version,
                settled_version, next_try_at, told_at)
            values (%(connection)s, %(remote_id)s, %(known)s::json, '{}', 1, 0, %(now)s, %(now)s)
            on conflict (connection, remote_id) do nothing
            """,
            {
                "connection": connection,
                "remote_id": known.id,
                "known": msgspec.json.encode(known).decode(),
                "now": now,
            },
        )
    )


async def lock_sale(tx: Transaction, connection: str, remote_id: str) -> SaleRow:
    """A sale, held until the end of the transaction."""
    return await tx.one(
        _sale,
        """
        select remote_id, known::text, booked::text, version, settled_version, attempts,
            next_try_at, problem, failed, told_at
        from connectors.sale
        where connection = %(connection)s and remote_id = %(remote_id)s for update
        """,
        {"connection": connection, "remote_id": remote_id},
    )


async def write_known(
    tx: Transaction, connection: str, known: Known, *, now: datetime.datetime
) -> None:
    """More is known of a sale, so it is to be settled again."""
    await tx.run(
        """
        update connectors.sale
        set known = %(known)s::json, version = version + 1, next_try_at = %(now)s, attempts = 0,
            failed = false, told_at = %(now)s
        where connection = %(connection)s and remote_id = %(remote_id)s
        """,
        {
            "connection": connection,
            "remote_id": known.id,
            "known": msgspec.json.encode(known).decode(),
            "now": now,
        },
    )


async def write_booked(tx: Transaction, connection: str, remote_id: str, booked: Booked) -> None:
    """What was decided to be booked of a sale, before it is."""
    await tx.run(
        """
        update connectors.sale set booked = %(booked)s::json
        where connection = %(connection)s and remote_id = %(remote_id)s
        """,
        {
            "connection": connection,
            "remote_id": remote_id,
            "booked": msgspec.json.encode(booked).decode(),
        },
    )


async def sales_to_settle(
    tx: Transaction, connection: str, *, now: datetime.datetime, limit: int
) -> list[SaleRow]:
    """Sales of which more is known than was carried out, the longest waiting first."""
    return await tx.all(
        _sale,
        """
        select remote_id, known::text, booked::text, version, settled_version, attempts,
            next_try_at, problem, failed, told_at
        from connectors.sale
        where connection = %(connection)s and settled_version < version and not failed
          and next_try_at <= %(now)s
        order by next_try_at, remote_id limit %(limit)s
        """,
        {"connection": connection, "now": now, "limit": limit},
    )


async def note_settled(tx: Transaction, connection: str, remote_id: str, version: int) -> None:
    """All that was known at a version is carried out."""
    await tx.run(
        """
        update connectors.sale
        set settled_version = %(version)s, problem = null, attempts = 0
        where connection = %(connection)s and remote_id = %(remote_id)s
        """,
        {"connection": connection, "remote_id": remote_id, "version": version},
    )


async def note_sale_problem(
    tx: Transaction,
    connection: str,
    remote_id: str,
    *,
    problem: str,
    next_try_at: datetime.datetime | None,
) -> None:
    """A sale could not be carried out; it is tried again at a time, or waits for somebody."""
    await tx.run(
        """
        update connectors.sale
        set problem = %(problem)s, attempts = attempts + 1, next_try_at = %(at)s,
            failed = %(at)s::timestamptz is null
        where connection = %(connection)s and remote_id = %(remote_id)s
        """,
        {
            "connection": connection,
            "remote_id": remote_id,
            "problem": problem,
            "at": next_try_at,
        },
    )


async def sales_in_trouble(
    tx: Transaction, connection: str, *, after: str, limit: int
) -> list[SaleRow]:
    """Sales that could not be carried out, in the order of their ids."""
    return await tx.all(
        _sale,
        """
        select remote_id, known::text, booked::text, version, settled_version, attempts,
            next_try_at, problem, failed, told_at
        from connectors.sale
        where connection = %(connection)s and settled_version < version and problem is not null
          and remote_id > %(after)s
        order by remote_id limit %(limit)s
        """,
        {"connection": connection, "after": after, "limit": limit},
    )


async def known_sales(tx: Transaction, connection: str, *, after: str, limit: int) -> list[SaleRow]:
    """All sales that were ever told, in the order of their ids."""
    return await tx.all(
        _sale,
        """
        select remote_id, known::text, booked::text, version, settled_version, attempts,
            next_try_at, problem, failed, told_at
        from connectors.sale
        where connection = %(connection)s and remote_id > %(after)s
        order by remote_id limit %(limit)s
        """,
        {"connection": connection, "after": after, "limit": limit},
    )


async def retry_sales(
    tx: Transaction, connection: str, *, remote_id: str | None, now: datetime.datetime
) -> int:
    """Try a sale, or all that could not be carried out, again at once; says how many."""
    return await tx.run(
        """
        update connectors.sale set failed = false, next_try_at = %(now)s, attempts = 0
        where connection = %(connection)s and settled_version < version and problem is not null
          and remote_id = coalesce(%(remote_id)s::text, remote_id)
        """,
        {"connection": connection, "remote_id": remote_id, "now": now},
    )


def _known(text: str) -> Known:
    return msgspec.json.decode(text, type=Known)


def _sale(*values: Any) -> SaleRow:
    remote_id, known, booked, version, settled, attempts, next_try_at, problem, failed, told = (
        values
    )
    return SaleRow(
        remote_id=remote_id,
        known=msgspec.json.decode(known, type=Known),
        booked=msgspec.json.decode(booked, type=Booked),
        version=version,
        settled_version=settled,
        attempts=attempts,
        next_try_at=next_try_at,
        problem=problem,
        failed=failed,
        told_at=told,
    )
