"""What the worker does for connections, and how stock is pushed to them."""

import asyncio
import datetime
import time

import structlog

from rackhouse.connectors.following import settle_outlet
from rackhouse.connectors.rules import Connection
from rackhouse.connectors.store import connections, inbox
from rackhouse.connectors.tending import tend
from rackhouse.connectors.working import WORK_PERMISSIONS, ConnectionBusy, working
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal
from rackhouse.platform.module import Job
from rackhouse.platform.store import server_time

__all__ = ["JOBS", "TEND_CONNECTIONS", "settle_outlets", "tend_connections"]

TEND_CONNECTIONS = "connectors.tend_connections"

CONNECTIONS_LIMIT = 1000
SIDE_BY_SIDE = 4
# Shorter than the time that a worker's turn may take.
AT_A_TIME_SECONDS = 30.0
TURN_SECONDS = 40.0
FORGOTTEN_AT_A_TIME = 5000

_log = structlog.get_logger(__name__)


async def tend_connections(*, context: Context) -> None:
    """Do what is due for every connection, a few side by side."""
    await settle_outlets(context=context)
    async with context.house.database("connectors").reading() as tx:
        found = await connections.connections_in_use(tx, limit=CONNECTIONS_LIMIT)
    turns = asyncio.Semaphore(SIDE_BY_SIDE)
    until = time.monotonic() + AT_A_TIME_SECONDS

    async def one(connection: Connection) -> None:
        async with turns:
            if time.monotonic() < until:
                await _tended(context, connection, until)

    await asyncio.gather(*map(one, found))


async def settle_outlets(*, context: Context) -> None:
    """Let the outlet of each connection be what the connection asks for."""
    async with context.house.database("connectors").reading() as tx:
        without_outlet = await connections.connections_without_outlet(tx, limit=CONNECTIONS_LIMIT)
    for connection in without_outlet:
        try:
            await settle_outlet(context, connection)
        except Refusal as refusal:
            _log.warning("outlet_put_off", connection=connection.id, reason=str(refusal))


async def forget_deliveries(*, context: Context) -> None:
    """Delete deliveries that were read long ago."""
    days = context.house.settings.connector_inbox_days
    async with context.house.database("connectors").transaction() as tx:
        before = await server_time(tx) - datetime.timedelta(days=days)
        await inbox.forget_messages(tx, settled_before=before, limit=FORGOTTEN_AT_A_TIME)


async def _tended(context: Context, connection: Connection, until: float) -> None:
    try:
        async with asyncio.timeout(TURN_SECONDS), working(context, connection) as work:
            await tend(work, until=until)
    except ConnectionBusy:
        return  # somebody else is at it
    except Refusal as refusal:
        _log.warning("connection_put_off", connection=connection.id, reason=str(refusal))
    except TimeoutError:
        _log.warning("connection_put_off", connection=connection.id, reason="it took too long")
    except Exception:
        # One that fails must not keep the others from being seen to.
        _log.exception("connection_failed", connection=connection.id)


JOBS = [
    Job(
        name=TEND_CONNECTIONS,
        every_seconds=1,
        permissions=WORK_PERMISSIONS | {"connections:read", "connections:write"},
        run=tend_connections,
    ),
    Job(
        name="connectors.forget_deliveries",
        every_seconds=3600,
        permissions=frozenset(),
        run=forget_deliveries,
    ),
]
