"""Opening, changing, closing and reading connections."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rackhouse.channels import BoundToAnotherChannel, read_channel
from rackhouse.connectors import rules
from rackhouse.connectors.adapter import Adapter
from rackhouse.connectors.adapters import Adapters
from rackhouse.connectors.errors import ConnectionNotFound
from rackhouse.connectors.events import (
    LOG,
    ConnectionChanged,
    ConnectionClosed,
    ConnectionEvent,
    ConnectionOpened,
    ConnectionSecretsChanged,
)
from rackhouse.connectors.lines import sealed, unsealed
from rackhouse.connectors.rules import Connection
from rackhouse.connectors.setting_up import (
    refuse_missing_secrets,
    refuse_other_target,
    refuse_unknown_secrets,
    settings_of,
)
from rackhouse.connectors.store import connections
from rackhouse.platform.context import Context, operation
from rackhouse.platform.events import NewEvent
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.outbound import Outbound
from rackhouse.platform.store import server_time

__all__ = [
    "change_connection",
    "change_secrets",
    "close_connection",
    "connection_page",
    "list_adapters",
    "open_connection",
    "progress_of",
    "reachable",
    "read_connection",
]

Change = Callable[[Connection | None, dict[str, str]], tuple[Connection, ConnectionEvent] | None]


@operation("connections:read")
async def list_adapters(*, context: Context) -> list[Adapter]:
    """What channels can be connected through, in the order of their names."""
    return context.house.the(Adapters).all()


@operation("connections:write")
async def open_connection(
    *,
    context: Context,
    connection_id: str,
    channel: str,
    adapter: str,
    name: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    enabled: bool,
) -> Connection:
    """Connect a channel to where it really sells, or connect it again. What it sells from now on is
    booked; its catalog is learnt at once.

    Refuses with `ConnectionAlreadyOpen`, `AdapterUnknown`, `InvalidConnection`,
    `ChannelNotFound` and `BoundToAnotherChannel`.
    """
    bound_to = context.caller.channel
    if bound_to not in (None, channel):
        subject = context.caller.subject
        raise BoundToAnotherChannel(subject=subject, bound_to=bound_to, channel=channel)
    found = context.house.the(Adapters).named(adapter)
    rules.refuse_unreadable_name(name)
    given = settings_of(context.house.the(Outbound), found, settings)
    refuse_unknown_secrets(found, secrets)
    refuse_missing_secrets(found, secrets)
    await _refuse_unknown_channel(context, channel)

    def decide(
        known: Connection | None, kept: dict[str, str]
    ) -> tuple[Connection, ConnectionEvent]:
        rules.refuse_open(known, connection_id)
        kept.clear()
        kept.update(secrets)
        opened = Connection(
            id=connection_id,
            channel=channel,
            adapter=adapter,
            name=name,
            settings=given,
            secrets=tuple(sorted(secrets)),
            enabled=enabled,
            closed=False,
            version=1 if known is None else known.version + 1,
        )
        event = ConnectionOpened(
            channel=channel,
            adapter=adapter,
            name=name,
            settings=msgspec.json.decode(given),
            secrets=opened.secrets,
            enabled=enabled,
        )
        return opened, event

    return await _changed(context, connection_id, decide)


@operation("connections:write")
async def change_connection(
    *,
    context: Context,
    connection_id: str,
    name: str,
    settings: Mapping[str, Any],
    enabled: bool,
    expected_version: int | None,
) -> Connection:
    """Set a connection up anew, enable it or disable it; the same again changes nothing.

    Refuses with `ConnectionNotFound`, `InvalidConnection` and `VersionIsStale` (None expects any).
    """
    known = await reachable(context, connection_id)
    rules.refuse_unreadable_name(name)
    adapter = context.house.the(Adapters).named(known.adapter)
    given = settings_of(context.house.the(Outbound), adapter, settings)
    refuse_other_target(adapter, known, given)

    def decide(
        known: Connection | None, _: dict[str, str]
    ) -> tuple[Connection, ConnectionEvent] | None:
        current = _current(known, connection_id, expected_version)
        if (current.name, bytes(current.settings), current.enabled) == (
            name,
            bytes(given),
            enabled,
        ):
            return None
        event = ConnectionChanged(name=name, settings=msgspec.json.decode(given), enabled=enabled)
        changed = msgspec.structs.replace(
            current, name=name, settings=given, enabled=enabled, version=current.version + 1
        )
        return changed, event

    return await _changed(context, connection_id, decide)


@operation("connections:write")
async def change_secrets(
    *, context: Context, connection_id: str, secrets: Mapping[str, str | None]
) -> Connection:
    """Give a connection some secrets anew, or take one away with null; the others stay. They are
    kept encrypted and never shown again. Refuses with `ConnectionNotFound`, `InvalidConnection`.
    """
    known = await reachable(context, connection_id)
    adapter = context.house.the(Adapters).named(known.adapter)
    given = {name: text for name, text in secrets.items() if text is not None}
    refuse_unknown_secrets(adapter, secrets)
    refuse_unknown_secrets(adapter, given)

    def decide(
        known: Connection | None, kept: dict[str, str]
    ) -> tuple[Connection, ConnectionEvent] | None:
        current = _current(known, connection_id, None)
        before = dict(kept)
        for name, text in secrets.items():
            kept.pop(name, None) if text is None else kept.update({name: text})
        refuse_missing_secrets(adapter, kept)
        if kept == before:
            return None
        names = tuple(sorted(kept))
        changed = msgspec.structs.replace(current, secrets=names, version=current.version + 1)
        return changed, ConnectionSecretsChanged(secrets=names)

    return await _changed(context, connection_id, decide)


@operation("connections:write")
async def close_connection(
    *, context: Context, connection_id: str, expected_version: int | None
) -> None:
    """Use a connection no more, and forget its secrets. What was booked stays.

    Refuses with `ConnectionNotFound` and `VersionIsStale` (None expects any version).
    """
    await reachable(context, connection_id)

    def decide(
        known: Connection | None, kept: dict[str, str]
    ) -> tuple[Connection, ConnectionEvent]:
        current = _current(known, connection_id, expected_version)
        kept.clear()
        closed = msgspec.structs.replace(
            current, secrets=(), closed=True, enabled=False, version=current.version + 1
        )
        return closed, ConnectionClosed()

    await _changed(context, connection_id, decide)


@operation("connections:read")
async def read_connection(*, context: Context, connection_id: str) -> Connection:
    """A connection; refuses with `ConnectionNotFound`, also one of another's channel."""
    return await reachable(context, connection_id)


@operation("connections:read")
async def progress_of(*, context: Context, connection_id: str) -> connections.Progress:
    """How far a connection has come, and what stands in its way; refuses with
    `ConnectionNotFound`."""
    await reachable(context, connection_id)
    async with context.house.database("connectors").reading() as tx:
        return await connections.progress_of(tx, connection_id)


@operation("connections:read")
async def connection_page(*, context: Context, after: str | None, limit: int) -> list[Connection]:
    """The connections in the order of their ids; a caller that is bound to a channel sees those of
    that channel."""
    async with context.house.database("connectors").reading() as tx:
        return await connections.connection_page(
            tx, after=after, channel=context.caller.channel, limit=limit
        )


async def reachable(context: Context, connection_id: str) -> Connection:
    """The connection if it is open and the caller may reach it; refuses with
    `ConnectionNotFound`."""
    known = None
    if rules.is_handle(connection_id):
        async with context.house.database("connectors").reading() as tx:
            known = await connections.connection_of(tx, connection_id)
    found = rules.required_version(known, connection_id)
    if context.caller.channel not in (None, found.channel):
        raise ConnectionNotFound(connection=connection_id)
    return found


async def _changed(context: Context, connection_id: str, decide: Change) -> Connection:
    house = context.house
    async with house.database("connectors").transaction() as tx:
        await claim(tx, context.idempotency)
        await connections.lock_connection(tx, connection_id)
        known = await connections.connection_of(tx, connection_id)
        sealed_before = await connections.sealed_secrets(tx, connection_id)
        kept = {} if sealed_before is None else unsealed(house, connection_id, sealed_before)
        decided = decide(known, kept)
        now = await server_time(tx)
        if decided is None:
            assert known is not None
            await remember_answer(tx, context.idempotency, known, answered_at=now)
            return known
        connection, event = decided
        secrets = None if connection.closed else sealed(house, connection_id, kept)
        await connections.write_connection(tx, connection, secrets=secrets, now=now)
        if isinstance(event, ConnectionOpened):
            await connections.learn(tx, connection_id, None)
        recorded = NewEvent(connection_id, connection.version, event, context, connection.channel)
        await LOG.append(tx, [recorded], now)
        await remember_answer(tx, context.idempotency, connection, answered_at=now)
    return connection


def _current(
    known: Connection | None, connection_id: str, expected_version: int | None
) -> Connection:
    current = rules.required_version(known, connection_id)
    if expected_version not in (None, current.version):
        raise VersionIsStale(current=current.version)
    return current


async def _refuse_unknown_channel(context: Context, channel: str) -> None:
    caller = msgspec.structs.replace(
        context.caller, permissions=context.caller.permissions | {"channels:read"}
    )
    await read_channel(context=msgspec.structs.replace(context, caller=caller), channel_id=channel)
