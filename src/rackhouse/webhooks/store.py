"""Every SQL statement of webhooks."""

import base64
import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.platform.database import Transaction
from rackhouse.webhooks.endpoint import Attempt, Beginning, Endpoint, Secret, Terms

__all__ = [
    "attempt_page",
    "count_endpoints",
    "endpoint_page",
    "forget_attempts",
    "forget_secrets",
    "insert_secret",
    "lock_endpoint",
    "lock_endpoints",
    "note_attempts",
    "read_endpoint",
    "read_to_send",
    "retire_secrets",
    "secrets_in_use",
    "settle",
    "unsettled_endpoints",
    "write_endpoint",
]


async def lock_endpoints(tx: Transaction) -> None:
    """Be the only one to add a webhook until the end of the transaction."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended('webhooks.adding', 1))")


async def lock_endpoint(tx: Transaction, endpoint_id: str) -> None:
    """Be the only one to change a webhook until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('webhooks.endpoint:' || %(id)s::text, 1))",
        {"id": endpoint_id},
    )


async def count_endpoints(tx: Transaction) -> int:
    """How many webhooks there are."""
    return await tx.one(int, "select count(*) from webhooks.endpoint where not removed")


async def read_endpoint(tx: Transaction, endpoint_id: str) -> Endpoint | None:
    """A webhook, removed or not."""
    return await tx.maybe(
        _endpoint,
        """
        select id::text, url, description, format, filter, conflate_after, enabled, channel,
            hears_orders, begins, cursor, signals, added_at, version, removed
        from webhooks.endpoint where id = %(id)s::uuid
        """,
        {"id": endpoint_id},
    )


async def read_to_send(
    tx: Transaction, endpoint_id: str
) -> tuple[Endpoint, list[tuple[str, bytes]]] | None:
    """A webhook, removed or not, and the secrets that sign for it as (id, sealed), the newest
    first: in one statement, as it is asked before each sending."""
    return await tx.maybe(
        _with_secrets,
        """
        select array(select array[id::text, encode(sealed, 'base64')] from webhooks.secret
                where endpoint_id = endpoint.id
                  and (retires_at is null or retires_at > clock_timestamp())
                order by made_at desc, id desc),
            id::text, url, description, format, filter, conflate_after, enabled, channel,
            hears_orders, begins, cursor, signals, added_at, version, removed
        from webhooks.endpoint where id = %(id)s::uuid
        """,
        {"id": endpoint_id},
    )


async def endpoint_page(
    tx: Transaction, *, after: str | None, channel: str | None, limit: int
) -> list[Endpoint]:
    """Webhooks in the order of their ids, of a channel or of all."""
    return await tx.all(
        _endpoint,
        """
        select id::text, url, description, format, filter, conflate_after, enabled, channel,
            hears_orders, begins, cursor, signals, added_at, version, removed
        from webhooks.endpoint
        where not removed
          and (%(after)s::uuid is null or id > %(after)s::uuid)
          and (%(channel)s::text is null or channel = %(channel)s::text)
        order by id
        limit %(limit)s
        """,
        {"after": after, "channel": channel, "limit": limit},
    )


async def unsettled_endpoints(tx: Transaction, *, limit: int) -> list[Endpoint]:
    """Webhooks whose outlet is not yet what they ask for."""
    return await tx.all(
        _endpoint,
        """
        select id::text, url, description, format, filter, conflate_after, enabled, channel,
            hears_orders, begins, cursor, signals, added_at, version, removed
        from webhooks.endpoint where outlet_version < version
        order by id limit %(limit)s
        """,
        {"limit": limit},
    )


async def write_endpoint(tx: Transaction, endpoint: Endpoint) -> None:
    """Write a webhook as it is now."""
    terms = endpoint.terms
    await tx.run(
        """
        insert into webhooks.endpoint (id, url, description, format, channel, filter, hears_orders,
            conflate_after, enabled, begins, cursor, signals, added_at, version, removed,
            outlet_version)
        values (%(id)s::uuid, %(url)s, %(description)s, %(format)s, %(channel)s,
            %(filter)s::jsonb, %(hears_orders)s, %(conflate_after)s, %(enabled)s, %(begins)s,
            %(cursor)s, %(signals)s, %(added_at)s, %(version)s, %(removed)s, 0)
        on conflict (id) do update set
            url = excluded.url, description = excluded.description, format = excluded.format,
            filter = excluded.filter, conflate_after = excluded.conflate_after,
            signals = excluded.signals, enabled = excluded.enabled, version = excluded.version,
            removed = excluded.removed
        """,
        {
            "id": endpoint.id,
            "url": terms.url,
            "description": terms.description,
            "format": terms.format,
            "channel": endpoint.channel,
            "filter": msgspec.json.encode(terms.filter).decode(),
            "hears_orders": endpoint.hears_orders,
            "conflate_after": terms.conflate_after,
            "enabled": terms.enabled,
            "begins": "snapshot" if endpoint.begins.snapshot else "now",
            "cursor": endpoint.begins.cursor,
            "signals": terms.signals,
            "added_at": endpoint.added_at,
            "version": endpoint.version,
            "removed": endpoint.removed,
        },
    )


async def settle(tx: Transaction, endpoint_id: str, version: int) -> None:
    """Write that the outlet of a webhook is what a version of it asks for."""
    await tx.run(
        """
        update webhooks.endpoint set outlet_version = greatest(outlet_version, %(version)s)
        where id = %(id)s::uuid
        """,
        {"id": endpoint_id, "version": version},
    )


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


def _endpoint(*values: Any) -> Endpoint:
    id_, url, description, format_, asked, conflate_after, enabled, channel, *rest = values
    hears_orders, begins, cursor, signals, added_at, version, removed = rest
    return Endpoint(
        id=id_,
        terms=Terms(
            url=url,
            description=description,
            format=format_,
            filter=asked,
            conflate_after=conflate_after,
            signals=signals,
            enabled=enabled,
        ),
        channel=channel,
        hears_orders=hears_orders,
        begins=Beginning(cursor=cursor, snapshot=begins == "snapshot"),
        added_at=added_at,
        version=version,
        removed=removed,
    )


def _with_secrets(
    secrets: list[list[str]], *values: Any
) -> tuple[Endpoint, list[tuple[str, bytes]]]:
    return _endpoint(*values), [(id_, base64.b64decode(sealed)) for id_, sealed in secrets]


def _attempt(*values: Any) -> Attempt:
    return Attempt(**dict(zip(Attempt.__struct_fields__, values, strict=True)))


def _pair(id_: str, sealed: bytes) -> tuple[str, bytes]:
    return id_, sealed
