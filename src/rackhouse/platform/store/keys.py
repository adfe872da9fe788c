"""Statements of keys, of subscribers, and of the session itself."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from rackhouse.platform.database import Pending, Transaction

if TYPE_CHECKING:
    from rackhouse.platform.idempotency import IdempotencyKey, Rendered


async def recall_keys(tx: Transaction, names: Sequence[tuple[str, str]]) -> Pending:
    """Send the question for what is remembered of some keys, named by (caller, key)."""
    return await tx.send(
        """
        select k.caller, k.key, k.fingerprint, k.status, k.body
        from jsonb_to_recordset(%(keys)s::jsonb) as asked (caller text, key text)
        join platform.idempotency_key k using (caller, key)
        """,
        {"keys": _encoded([{"caller": caller, "key": key} for caller, key in names])},
    )


async def remember_keys(
    tx: Transaction,
    answers: "Sequence[tuple[IdempotencyKey, Rendered]]",
    answered_at: datetime.datetime,
) -> None:
    """Insert the answers to some keys."""
    await tx.run(
        """
        insert into platform.idempotency_key
            (caller, key, fingerprint, status, body, answered_at)
        select caller, key, fingerprint, status, body, %(answered_at)s
        from json_to_recordset(%(answers)s::json) as new (
            caller text, key text, fingerprint text, status integer, body text)
        """,
        {
            "answered_at": answered_at,
            "answers": _encoded(
                [
                    {
                        "caller": key.caller,
                        "key": key.key,
                        "fingerprint": key.fingerprint,
                        "status": answer.status,
                        "body": answer.body,
                    }
                    for key, answer in answers
                ]
            ),
        },
    )


async def expect_whole_tables(tx: Transaction) -> None:
    """Let the planner read whole tables side by side for the rest of the transaction, which
    otherwise joins by key only (`database.JOIN_BY_KEY`)."""
    await tx.run(
        """
        select set_config('enable_hashjoin', 'on', true),
            set_config('enable_mergejoin', 'on', true)
        """
    )


async def lock_key(tx: Transaction, key: "IdempotencyKey") -> None:
    """Hold a key until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended(%(key)s::text, 0))",
        {"key": f"{key.caller}\x1f{key.key}"},
    )


async def forget_keys(tx: Transaction, *, answered_before: datetime.datetime, limit: int) -> int:
    """Delete some keys that were answered before a time; says how many."""
    return await tx.run(
        """
        delete from platform.idempotency_key where (caller, key) in (
            select caller, key from platform.idempotency_key
            where answered_at < %(answered_before)s limit %(limit)s)
        """,
        {"answered_before": answered_before, "limit": limit},
    )


async def read_cursor(tx: Transaction, *, subscriber: str, log: str) -> str | None:
    """How far a subscriber has read a log, locked until the end of the transaction."""
    return await tx.maybe(
        str,
        """
        select position from platform.subscription
        where subscriber = %(subscriber)s and log = %(log)s for update
        """,
        {"subscriber": subscriber, "log": log},
    )


async def write_cursor(tx: Transaction, *, subscriber: str, log: str, position: str) -> None:
    """Remember how far a subscriber has read a log."""
    await tx.run(
        """
        insert into platform.subscription (subscriber, log, position)
        values (%(subscriber)s, %(log)s, %(position)s)
        on conflict (subscriber, log) do update set position = excluded.position
        """,
        {"subscriber": subscriber, "log": log, "position": position},
    )


async def server_time(tx: Transaction) -> datetime.datetime:
    """The database's clock at this moment."""
    return await tx.one(_itself, "select clock_timestamp()")


def _encoded(rows: object) -> str:
    return msgspec.json.encode(rows).decode()


def _itself(value: datetime.datetime) -> datetime.datetime:
    return value
