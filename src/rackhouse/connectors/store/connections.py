"""Statements on connections and how far they have come."""

import datetime
from typing import Any

import msgspec

from rackhouse.connectors.rules import Connection
from rackhouse.platform.database import Transaction

__all__ = [
    "Progress",
    "connection_of",
    "connection_page",
    "connections_in_use",
    "connections_without_outlet",
    "learn",
    "learnt",
    "lock_connection",
    "note_outlet",
    "note_polled",
    "note_pushed",
    "note_trouble",
    "progress_of",
    "sealed_secrets",
    "take_turn",
    "write_connection",
]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a connection has come: sales that changed before ``sales_until`` are known. What was
    sold before ``sales_from`` is history, and never booked."""

    connection: str
    sales_from: datetime.datetime
    sales_until: datetime.datetime
    polled_at: datetime.datetime | None = None
    learning: bool = False
    learn_cursor: str | None = None
    learnt_at: datetime.datetime | None = None
    push_cursor: str = ""
    pushed_at: datetime.datetime | None = None
    trouble: str | None = None
    trouble_at: datetime.datetime | None = None


async def lock_connection(tx: Transaction, connection_id: str) -> None:
    """Be the only one to change a connection until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('connection:' || %(id)s::text, 2))",
        {"id": connection_id},
    )


async def take_turn(tx: Transaction, connection_id: str) -> bool:
    """Whether it is ours alone to work for a connection until the end of the transaction."""
    return await tx.one(
        bool,
        "select pg_try_advisory_xact_lock(hashtextextended('working:' || %(id)s::text, 2))",
        {"id": connection_id},
    )


async def connection_of(tx: Transaction, connection_id: str) -> Connection | None:
    """A connection, open or closed."""
    return await tx.maybe(
        _connection,
        """
        select id, channel, adapter, name, settings::text, secret_names, enabled, closed, version
        from connectors.connection where id = %(id)s
        """,
        {"id": connection_id},
    )


async def connection_page(
    tx: Transaction, *, after: str | None, channel: str | None, limit: int
) -> list[Connection]:
    """Open connections in the order of their ids."""
    return await tx.all(
        _connection,
        """
        select id, channel, adapter, name, settings::text, secret_names, enabled, closed, version
        from connectors.connection
        where not closed and id > coalesce(%(after)s::text, '')
          and channel = coalesce(%(channel)s::text, channel)
        order by id limit %(limit)s
        """,
        {"after": after, "channel": channel, "limit": limit},
    )


async def connections_in_use(tx: Transaction, *, limit: int) -> list[Connection]:
    """The connections that are enabled."""
    return await tx.all(
        _connection,
        """
        select id, channel, adapter, name, settings::text, secret_names, enabled, closed, version
        from connectors.connection where enabled and not closed order by id limit %(limit)s
        """,
        {"limit": limit},
    )


async def sealed_secrets(tx: Transaction, connection_id: str) -> bytes | None:
    """A connection's secrets, encrypted."""
    return await tx.maybe(
        _bytes,
        "select secrets from connectors.connection where id = %(id)s and secrets is not null",
        {"id": connection_id},
    )


async def write_connection(
    tx: Transaction, connection: Connection, *, secrets: bytes | None, now: datetime.datetime
) -> None:
    """Write a connection down, with its secrets encrypted."""
    await tx.run(
        """
        insert into connectors.connection
            (id, channel, adapter, name, settings, secret_names, secrets, enabled, closed, version)
        values (%(id)s, %(channel)s, %(adapter)s, %(name)s, %(settings)s::json, array(
            select jsonb_array_elements_text(%(names)s::jsonb)), %(secrets)s, %(enabled)s,
            %(closed)s, %(version)s)
        on conflict (id) do update set channel = excluded.channel, adapter = excluded.adapter,
            name = excluded.name, settings = excluded.settings,
            secret_names = excluded.secret_names, secrets = excluded.secrets,
            enabled = excluded.enabled, closed = excluded.closed, version = excluded.version
        """,
        {
            "id": connection.id,
            "channel": connection.channel,
            "adapter": connection.adapter,
            "name": connection.name,
            "settings": bytes(connection.settings).decode(),
            "names": msgspec.json.encode(connection.secrets).decode(),
            "secrets": secrets,
            "enabled": connection.enabled,
            "closed": connection.closed,
            "version": connection.version,
        },
    )
    await tx.run(
        """
        insert into connectors.progress (connection, sales_from, sales_until)
        values (%(id)s, %(now)s, %(now)s) on conflict do nothing
        """,
        {"id": connection.id, "now": now},
    )


async def progress_of(tx: Transaction, connection_id: str) -> Progress:
    """How far a connection has come."""
    return await tx.one(
        _progress,
        """
        select connection, sales_from, sales_until, polled_at, learning, learn_cursor, learnt_at,
            push_cursor, pushed_at, trouble, trouble_at
        from connectors.progress where connection = %(id)s
        """,
        {"id": connection_id},
    )


async def note_polled(
    tx: Transaction,
    connection_id: str,
    *,
    sales_until: datetime.datetime,
    polled_at: datetime.datetime,
) -> None:
    """All sales that changed before a time are known."""
    await tx.run(
        """
        update connectors.progress
        set sales_until = %(until)s, polled_at = %(at)s, trouble = null, trouble_at = null
        where connection = %(id)s
        """,
        {"id": connection_id, "until": sales_until, "at": polled_at},
    )


async def note_pushed(
    tx: Transaction, connection_id: str, cursor: str, at: datetime.datetime | None
) -> None:
    """The channel's figures were compared with ours up to an item; at a time, all of them."""
    await tx.run(
        """
        update connectors.progress
        set push_cursor = %(cursor)s, pushed_at = coalesce(%(at)s::timestamptz, pushed_at)
        where connection = %(id)s
        """,
        {"id": connection_id, "cursor": cursor, "at": at},
    )


async def note_trouble(
    tx: Transaction, connection_id: str, trouble: str, at: datetime.datetime
) -> None:
    """The channel could not be spoken to."""
    await tx.run(
        """
        update connectors.progress
        set trouble = %(trouble)s, trouble_at = %(at)s, polled_at = %(at)s
        where connection = %(id)s
        """,
        {"id": connection_id, "trouble": trouble, "at": at},
    )


async def connections_without_outlet(tx: Transaction, *, limit: int) -> list[Connection]:
    """The connections whose outlet is not what they ask for yet."""
    return await tx.all(
        _connection,
        """
        select c.id, c.channel, c.adapter, c.name, c.settings::text, c.secret_names, c.enabled,
            c.closed, c.version
        from connectors.connection c
        join connectors.progress p on p.connection = c.id and p.outlet_version < c.version
        order by c.id limit %(limit)s
        """,
        {"limit": limit},
    )


async def note_outlet(tx: Transaction, connection_id: str, version: int) -> None:
    """The outlet of a connection is what the connection asked for at a version."""
    await tx.run(
        """
        update connectors.progress set outlet_version = greatest(outlet_version, %(version)s)
        where connection = %(id)s
        """,
        {"id": connection_id, "version": version},
    )


async def learn(tx: Transaction, connection_id: str, cursor: str | None) -> None:
    """The channel's catalog is to be read, from a cursor or from its beginning."""
    await tx.run(
        """
        update connectors.progress set learning = true, learn_cursor = %(cursor)s
        where connection = %(id)s
        """,
        {"id": connection_id, "cursor": cursor},
    )


async def learnt(tx: Transaction, connection_id: str, at: datetime.datetime) -> None:
    """The channel's catalog was read to its end."""
    await tx.run(
        """
        update connectors.progress
        set learning = false, learn_cursor = null, learnt_at = %(at)s where connection = %(id)s
        """,
        {"id": connection_id, "at": at},
    )


def _connection(*values: Any) -> Connection:
    id_, channel, adapter, name, settings, secrets, enabled, closed, version = values
    return Connection(
        id=id_,
        channel=channel,
        adapter=adapter,
        name=name,
        settings=msgspec.Raw(settings.encode()),
        secrets=tuple(secrets),
        enabled=enabled,
        closed=closed,
        version=version,
    )


def _progress(*values: Any) -> Progress:
    return Progress(**dict(zip(Progress.__struct_fields__, values, strict=True)))


def _bytes(value: bytes) -> bytes:
    return bytes(value)
