"""Statements about attempts to deliver."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.platform.database import Transaction
from rackhouse.webhooks.endpoint import Attempt

__all__ = [
    "attempt_page",
    "forget_attempts",
    "note_attempts",
]


async def note_attempts(tx: Transaction, endpoint_id: str, attempts: Sequence[Attempt]) -> None:
    """Keep attempts to deliver; the end of the transaction need not wait for the disk."""
    await tx.run(
        """
        with lazily as (select set_config('synchronous_commit', 'off', true))
        insert into webhooks.attempt (id, endpoint_id, attempted_at, messages, message_id, type,
            status, milliseconds, problem, answer)
        select id, %(endpoint_id)s::uuid, attempted_at, messages, message_id, type, status,
            milliseconds, problem, answer
        from jsonb_to_recordset(%(attempts)s::jsonb) as new (
            id uuid, attempted_at timestamptz, messages integer, message_id text, type text,
            status integer, milliseconds double precision, problem text, answer text),
            lazily
        """,
        {
            "endpoint_id": endpoint_id,
            "attempts": msgspec.json.encode(list(attempts)).decode(),
        },
    )


async def attempt_page(
    tx: Transaction,
    endpoint_id: str,
    *,
    before: tuple[datetime.datetime, str] | None,
    limit: int,
) -> list[Attempt]:
    """Attempts of a webhook, the newest first."""
    attempted_at, id_ = before or (None, None)
    return await tx.all(
        _attempt,
        """
        select id::text, attempted_at, messages, message_id, type, status, milliseconds, problem,
            answer
        from webhooks.attempt
        where endpoint_id = %(endpoint_id)s::uuid
          and (%(attempted_at)s::timestamptz is null
               or (attempted_at, id) < (%(attempted_at)s::timestamptz, %(id)s::uuid))
        order by attempted_at desc, id desc
        limit %(limit)s
        """,
        {"endpoint_id": endpoint_id, "attempted_at": attempted_at, "id": id_, "limit": limit},
    )


async def forget_attempts(tx: Transaction, *, before: datetime.datetime, limit: int) -> int:
    """Delete some attempts before a time; says how many."""
    return await tx.run(
        """
        delete from webhooks.attempt where id in (
            select id from webhooks.attempt where attempted_at < %(before)s limit %(limit)s)
        """,
        {"before": before, "limit": limit},
    )


def _attempt(*values: Any) -> Attempt:
    return Attempt(**dict(zip(Attempt.__struct_fields__, values, strict=True)))
