"""Statements about webhooks, and what is asked before each sending."""

import base64
from typing import Any

import msgspec

from rackhouse.platform.database import Transaction
from rackhouse.webhooks.endpoint import Beginning, Endpoint, Terms

__all__ = [
    "count_endpoints",
    "endpoint_page",
    "lock_endpoint",
    "lock_endpoints",
    "read_endpoint",
    "read_to_send",
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
