"""Statements about the secrets that sign."""

import datetime

import msgspec

from rackhouse.platform.database import Transaction
from rackhouse.webhooks.endpoint import Secret

__all__ = [
    "forget_secrets",
    "insert_secret",
    "retire_secrets",
    "secrets_in_use",
]


async def insert_secret(tx: Transaction, endpoint_id: str, secret: Secret) -> None:
    """Keep a new secret."""
    await tx.run(
        """
        insert into webhooks.secret (id, endpoint_id, sealed, made_at, retires_at)
        values (%(id)s::uuid, %(endpoint_id)s::uuid, %(sealed)s, %(made_at)s, %(retires_at)s)
        """,
        {"endpoint_id": endpoint_id, **msgspec.structs.asdict(secret)},
    )


async def secrets_in_use(tx: Transaction, endpoint_id: str) -> list[tuple[str, bytes]]:
    """The secrets that sign for a webhook as (id, sealed), the newest first."""
    return await tx.all(
        _pair,
        """
        select id::text, sealed from webhooks.secret
        where endpoint_id = %(id)s::uuid
          and (retires_at is null or retires_at > clock_timestamp())
        order by made_at desc, id desc
        """,
        {"id": endpoint_id},
    )


async def retire_secrets(tx: Transaction, endpoint_id: str, retires_at: datetime.datetime) -> None:
    """Let the secrets of a webhook that have no end yet, or a later one, end at a time."""
    await tx.run(
        """
        update webhooks.secret
        set retires_at = least(retires_at, %(retires_at)s::timestamptz)
        where endpoint_id = %(id)s::uuid
        """,
        {"id": endpoint_id, "retires_at": retires_at},
    )


async def forget_secrets(tx: Transaction, *, limit: int) -> int:
    """Delete secrets that have retired, and those of removed webhooks; says how many."""
    return await tx.run(
        """
        delete from webhooks.secret where id in (
            select secret.id from webhooks.secret
            join webhooks.endpoint on endpoint.id = endpoint_id
            where retires_at < clock_timestamp() or removed
            limit %(limit)s)
        """,
        {"limit": limit},
    )


def _pair(id_: str, sealed: bytes) -> tuple[str, bytes]:
    return id_, sealed
