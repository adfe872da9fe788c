"""Following the stock: the outlet of a connection, through which changes are pushed as they happen.

What is pushed is the figure of the moment, so that of many changes of a SKU one push is enough.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from rackhouse.connectors.errors import ConnectionDisabled
from rackhouse.connectors.pushing import push_skus
from rackhouse.connectors.remote import ChannelTrouble, redacted
from rackhouse.connectors.rules import Connection
from rackhouse.connectors.store import connections
from rackhouse.connectors.working import WORK_PERMISSIONS, ConnectionBusy, Work, working
from rackhouse.outlets import (
    Gone,
    Kind,
    Message,
    NotTaken,
    Outlet,
    OutletNotFound,
    Place,
    close_outlet,
    open_outlet,
    pause_outlet,
    resume_outlet,
)
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal
from rackhouse.platform.ids import derived_id

__all__ = ["KIND", "outlet_id_of", "push_messages", "settle_outlet"]

BATCH_LIMIT = 200
CONFLATE_AFTER = 1000
SEND_SECONDS = 45.0
NOT_ENABLED = "the connection is not enabled"


async def push_messages(context: Context, outlet: Outlet, batch: Sequence[Message]) -> int:
    """Push the figures of what some messages are about; says how many were taken."""
    async with context.house.database("connectors").reading() as tx:
        connection = await connections.connection_of(tx, outlet.name)
    if connection is None or connection.closed:
        raise Gone("the connection was closed")
    skus = sorted({sku for message in batch for sku in _skus(message.members())})
    if not skus:
        return len(batch)
    try:
        async with working(context, connection) as work:
            await _pushed(work, skus)
    except (ConnectionBusy, ConnectionDisabled) as put_off:
        raise NotTaken(str(put_off), retry_after_seconds=1.0) from put_off
    return len(batch)


async def settle_outlet(context: Context, connection: Connection) -> None:
    """Let the outlet of a connection be what the connection asks for. Done twice, it changes
    nothing."""
    acting = Context.of_service(context.house, "connectors", frozenset({"outlets:write"}))
    outlet_id = outlet_id_of(connection)
    if connection.closed:
        with suppress(OutletNotFound):
            await close_outlet(context=acting, outlet_id=outlet_id)
    else:
        outlet = await _opened(acting, connection)
        if not connection.enabled:
            await pause_outlet(context=acting, outlet_id=outlet_id, reason=NOT_ENABLED)
        elif outlet.state == "disabled" or outlet.reason == NOT_ENABLED:
            await resume_outlet(context=acting, outlet_id=outlet_id)
    async with context.house.database("connectors").transaction() as tx:
        await connections.note_outlet(tx, connection.id, connection.version)


def outlet_id_of(connection: Connection) -> str:
    """The outlet of a connection; one that is opened again has another."""
    return derived_id("connection outlet", connection.id)


async def _opened(acting: Context, connection: Connection) -> Outlet:
    return await open_outlet(
        context=acting,
        outlet_id=outlet_id_of(connection),
        kind=KIND.name,
        name=connection.id,
        channel=connection.channel,
        filter_values={},
        hears_orders=False,
        conflate_after=CONFLATE_AFTER,
        place=Place(snapshot=False),
    )


async def _pushed(work: Work, skus: Sequence[str]) -> None:
    try:
        await push_skus(work, skus)
    except (ChannelTrouble, Refusal) as trouble:
        told = redacted(str(trouble), work.setup)
        wait = getattr(trouble, "retry_after_seconds", None)
        raise NotTaken(told, retry_after_seconds=wait) from None


def _skus(members: dict[str, Any]) -> Iterable[str]:
    """The SKUs whose figures a message tells of, or may have changed."""
    rows = [members, members.get("data"), *members.get("stock", [])]
    for row in rows:
        sku = row.get("sku") if isinstance(row, dict) else None
        if isinstance(sku, str):
            yield sku


KIND = Kind(
    name="connection",
    send=push_messages,
    batch_limit=BATCH_LIMIT,
    send_seconds=SEND_SECONDS,
    permissions=WORK_PERMISSIONS,
)
