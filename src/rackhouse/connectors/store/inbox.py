"""Statements on what was received."""

import datetime
from typing import Any

import msgspec

from rackhouse.platform.database import Transaction

__all__ = [
    "Waiting",
    "forget_messages",
    "insert_message",
    "messages_in_trouble",
    "note_message_problem",
    "note_message_read",
    "retry_messages",
    "waiting_messages",
]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is to be read. ``body`` is encrypted."""

    number: int
    message_id: str
    topic: str
    body: bytes
    received_at: datetime.datetime
    attempts: int
    problem: str | None
    status: str
    next_try_at: datetime.datetime | None


async def insert_message(
    tx: Transaction,
    *,
    connection: str,
    message_id: str,
    topic: str,
    body: bytes,
    received_at: datetime.datetime,
) -> bool:
    """Keep a message, unless it was kept before; says whether it is new."""
    return bool(
        await tx.run(
            """
            insert into connectors.message
                (connection, message_id, topic, body, received_at, status, next_try_at)
            values (%(connection)s, %(message_id)s, %(topic)s, %(body)s, %(at)s, 'waiting', %(at)s)
            on conflict (connection, message_id) do nothing
            """,
            {
                "connection": connection,
                "message_id": message_id,
                "topic": topic,
                "body": body,
                "at": received_at,
            },
        )
    )


async def waiting_messages(
    tx: Transaction, connection: str, *, now: datetime.datetime, limit: int
) -> list[Waiting]:
    """Messages that are due to be read, in the order in which they came."""
    return await tx.all(
        _waiting,
        """
        select number, message_id, topic, body, received_at, attempts, problem, status, next_try_at
        from connectors.message
        where connection = %(connection)s and status = 'waiting' and next_try_at <= %(now)s
        order by number limit %(limit)s
        """,
        {"connection": connection, "now": now, "limit": limit},
    )


async def note_message_read(tx: Transaction, number: int, at: datetime.datetime) -> None:
    """What a message says is known."""
    await tx.run(
        """
        update connectors.message
        set status = 'read', settled_at = %(at)s, problem = null, next_try_at = null
        where number = %(number)s
        """,
        {"number": number, "at": at},
    )


async def note_message_problem(
    tx: Transaction, number: int, *, problem: str, next_try_at: datetime.datetime | None
) -> None:
    """A message could not be read; it is tried again at a time, or waits for somebody."""
    await tx.run(
        """
        update connectors.message
        set problem = %(problem)s, attempts = attempts + 1, next_try_at = %(at)s,
            status = case when %(at)s::timestamptz is null then 'failed' else 'waiting' end
        where number = %(number)s
        """,
        {"number": number, "problem": problem, "at": next_try_at},
    )


async def messages_in_trouble(
    tx: Transaction, connection: str, *, after: int, limit: int
) -> list[Waiting]:
    """Messages that could not be read, in the order in which they came."""
    return await tx.all(
        _waiting,
        """
        select number, message_id, topic, body, received_at, attempts, problem, status, next_try_at
        from connectors.message
        where connection = %(connection)s and status <> 'read' and problem is not null
          and number > %(after)s
        order by number limit %(limit)s
        """,
        {"connection": connection, "after": after, "limit": limit},
    )


async def retry_messages(
    tx: Transaction, connection: str, *, number: int | None, now: datetime.datetime
) -> int:
    """Try a message, or all that could not be read, again at once; says how many."""
    return await tx.run(
        """
        update connectors.message set status = 'waiting', next_try_at = %(now)s, attempts = 0
        where connection = %(connection)s and status <> 'read' and problem is not null
          and number = coalesce(%(number)s::bigint, number)
        """,
        {"connection": connection, "number": number, "now": now},
    )


async def forget_messages(tx: Transaction, *, settled_before: datetime.datetime, limit: int) -> int:
    """Delete some messages that were read before a time; says how many."""
    return await tx.run(
        """
        delete from connectors.message where number in (
            select number from connectors.message
            where settled_at < %(before)s order by settled_at limit %(limit)s)
        """,
        {"before": settled_before, "limit": limit},
    )


def _waiting(*values: Any) -> Waiting:
    return Waiting(**dict(zip(Waiting.__struct_fields__, values, strict=True)))
