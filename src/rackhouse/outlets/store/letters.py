"""Statements about dead letters."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.outlets.kinds import Message
from rackhouse.outlets.letter import DeadLetter
from rackhouse.platform.database import Transaction
from rackhouse.platform.ids import new_id

__all__ = [
    "count_letters",
    "delete_letter",
    "delete_letters",
    "insert_letters",
    "letter_of",
    "letter_page",
    "put_back_letter",
    "queue_letter",
    "queue_letters",
    "queued_letters",
]


async def insert_letters(
    tx: Transaction,
    outlet_id: str,
    messages: Sequence[Message],
    *,
    problem: str,
    attempts: int,
    died_at: datetime.datetime,
) -> None:
    """Keep messages that are given up. One that died before is kept once, with its newest
    problem."""
    rows = [
        {
            "id": new_id(),
            "message_id": each.id,
            "type": each.type,
            "log": each.log,
            "stream": each.stream,
            "sequence": each.sequence,
            "recorded_at": each.recorded_at,
            "cursor": each.cursor,
            "body": each.body.decode(),
        }
        for each in messages
    ]
    await tx.run(
        """
        insert into outlets.dead_letter (id, outlet_id, message_id, type, log, stream, sequence,
            recorded_at, cursor, body, problem, attempts, died_at)
        select id, %(outlet_id)s::uuid, message_id, type, log, stream, sequence, recorded_at,
            cursor, body, %(problem)s, %(attempts)s, %(died_at)s
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            id uuid, message_id text, type text, log text, stream text, sequence bigint,
            recorded_at timestamptz, cursor text, body text)
        on conflict (outlet_id, message_id) do update set
            problem = excluded.problem, attempts = excluded.attempts, died_at = excluded.died_at,
            queued_at = null
        """,
        {
            "outlet_id": outlet_id,
            "problem": problem,
            "attempts": attempts,
            "died_at": died_at,
            "rows": msgspec.json.encode(rows).decode(),
        },
    )


async def letter_page(
    tx: Transaction, outlet_id: str, *, after: tuple[datetime.datetime, str] | None, limit: int
) -> list[DeadLetter]:
    """Dead letters of an outlet, the oldest first."""
    died_at, id_ = after or (None, None)
    return await tx.all(
        _letter,
        """
        select id::text, outlet_id::text, message_id, type, log, stream, sequence, recorded_at,
            cursor, body, problem, attempts, died_at, queued_at
        from outlets.dead_letter
        where outlet_id = %(outlet_id)s::uuid
          and (%(died_at)s::timestamptz is null
               or (died_at, id) > (%(died_at)s::timestamptz, %(id)s::uuid))
        order by died_at, id
        limit %(limit)s
        """,
        {"outlet_id": outlet_id, "died_at": died_at, "id": id_, "limit": limit},
    )


async def letter_of(tx: Transaction, outlet_id: str, letter_id: str) -> DeadLetter | None:
    """A dead letter of an outlet."""
    return await tx.maybe(
        _letter,
        """
        select id::text, outlet_id::text, message_id, type, log, stream, sequence, recorded_at,
            cursor, body, problem, attempts, died_at, queued_at
        from outlets.dead_letter
        where outlet_id = %(outlet_id)s::uuid and id = %(id)s::uuid
        """,
        {"outlet_id": outlet_id, "id": letter_id},
    )


async def queued_letters(tx: Transaction, outlet_id: str, *, limit: int) -> list[DeadLetter]:
    """Dead letters of an outlet that are to be sent anew, in the order of their recording."""
    return await tx.all(
        _letter,
        """
        select id::text, outlet_id::text, message_id, type, log, stream, sequence, recorded_at,
            cursor, body, problem, attempts, died_at, queued_at
        from outlets.dead_letter
        where outlet_id = %(outlet_id)s::uuid and queued_at is not null
        order by recorded_at, sequence, id
        limit %(limit)s
        """,
        {"outlet_id": outlet_id, "limit": limit},
    )


async def count_letters(tx: Transaction, outlet_ids: Sequence[str]) -> dict[str, int]:
    """How many dead letters some outlets have."""
    found = await tx.all(
        _pair,
        """
        select asked.id, (
            select count(*) from outlets.dead_letter where outlet_id = asked.id::uuid)
        from jsonb_array_elements_text(%(ids)s::jsonb) as asked (id)
        """,
        {"ids": msgspec.json.encode(list(outlet_ids)).decode()},
    )
    return dict(found)


async def queue_letter(tx: Transaction, outlet_id: str, letter_id: str) -> bool:
    """Let a dead letter be sent anew; says whether there is one."""
    queued = await tx.run(
        """
        update outlets.dead_letter set queued_at = clock_timestamp()
        where outlet_id = %(outlet_id)s::uuid and id = %(id)s::uuid
        """,
        {"outlet_id": outlet_id, "id": letter_id},
    )
    return queued == 1


async def queue_letters(tx: Transaction, outlet_id: str) -> int:
    """Let every dead letter of an outlet be sent anew; says how many."""
    return await tx.run(
        """
        update outlets.dead_letter set queued_at = clock_timestamp()
        where outlet_id = %(outlet_id)s::uuid
        """,
        {"outlet_id": outlet_id},
    )


async def put_back_letter(tx: Transaction, letter: DeadLetter, problem: str) -> None:
    """Keep a dead letter that was sent anew in vain."""
    await tx.run(
        """
        update outlets.dead_letter
        set queued_at = null, problem = %(problem)s, attempts = attempts + 1
        where id = %(id)s::uuid
        """,
        {"id": letter.id, "problem": problem},
    )


async def delete_letter(tx: Transaction, outlet_id: str, letter_id: str) -> bool:
    """Forget a dead letter; says whether there was one."""
    deleted = await tx.run(
        """
        delete from outlets.dead_letter
        where outlet_id = %(outlet_id)s::uuid and id = %(id)s::uuid
        """,
        {"outlet_id": outlet_id, "id": letter_id},
    )
    return deleted == 1


async def delete_letters(tx: Transaction, outlet_id: str) -> int:
    """Forget every dead letter of an outlet; says how many."""
    return await tx.run(
        "delete from outlets.dead_letter where outlet_id = %(outlet_id)s::uuid",
        {"outlet_id": outlet_id},
    )


def _letter(*values: Any) -> DeadLetter:
    return DeadLetter(**dict(zip(DeadLetter.__struct_fields__, values, strict=True)))


def _pair(id_: str, count: int) -> tuple[str, int]:
    return id_, count
