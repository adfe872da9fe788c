"""Working for one connection: one at a time, whoever asks for it, on the channel's own account."""

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import TypeVar

import msgspec

from rackhouse.connectors.adapter import Adapter
from rackhouse.connectors.adapters import Adapters
from rackhouse.connectors.errors import ConnectionDisabled
from rackhouse.connectors.lines import Lines, setup_of
from rackhouse.connectors.remote import ChannelTrouble, Misunderstood, Remote, Setup, redacted
from rackhouse.connectors.rules import Connection
from rackhouse.connectors.store import connections
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.database import Database
from rackhouse.platform.errors import Busy
from rackhouse.platform.house import House

__all__ = ["WORK_PERMISSIONS", "ConnectionBusy", "Work", "work_of", "working"]

Result = TypeVar("Result")

TURN_EVERY_SECONDS = 0.05

WORK_PERMISSIONS = frozenset(
    {
        "catalog:read",
        "channels:read",
        "holds:read",
        "inventory:read",
        "inventory:write",
        "orders:read",
        "orders:write",
        "reports:write",
    }
)


@dataclass(eq=False)
class ConnectionBusy(Busy):
    """The connection {connection} is being worked for at the moment. Ask again."""

    connection: str


@dataclass(frozen=True)
class Work:
    """What is needed to work for a connection. ``context`` acts for its channel and no other."""

    connection: Connection
    adapter: Adapter
    remote: Remote
    setup: Setup
    context: Context

    async def ask(self, function: Callable[..., Awaitable[Result]], *arguments: object) -> Result:
        """Ask the channel by a function of the adapter. What the adapter did not foresee is
        `Misunderstood`, with the place where it happened and without the secrets."""
        try:
            return await function(self.remote, *arguments)
        except (ChannelTrouble, msgspec.MsgspecError):
            raise
        except Exception as fault:
            frame = traceback.extract_tb(fault.__traceback__)[-1]
            place = f"{PurePath(frame.filename).name}:{frame.lineno}"
            told = f"the adapter failed at {place}: {type(fault).__name__}: {fault}"
            raise Misunderstood(redacted(told, self.setup)) from None

    @property
    def house(self) -> House:
        """The house that the channel belongs to."""
        return self.context.house

    @property
    def database(self) -> Database:
        """Where connectors' own tables are."""
        return self.house.database("connectors")


@asynccontextmanager
async def working(
    context: Context, connection: Connection, *, patience_seconds: float = 0.0
) -> AsyncIterator[Work]:
    """Be the only one who works for a connection, in all processes; refuses with `ConnectionBusy`,
    where somebody else is at it for longer than one has patience, and `ConnectionDisabled`.

    PostgreSQL gives the turn back when the transaction ends, also that of a killed process.
    """
    if not connection.enabled:
        raise ConnectionDisabled(connection=connection.id)
    async with context.house.database("connectors").transaction() as tx:
        until = time.monotonic() + patience_seconds
        while not await connections.take_turn(tx, connection.id):
            if time.monotonic() >= until:
                raise ConnectionBusy(connection=connection.id)
            await asyncio.sleep(TURN_EVERY_SECONDS)
        yield await work_of(context, connection)


async def work_of(context: Context, connection: Connection) -> Work:
    """What is needed to work for a connection."""
    house = context.house
    adapter = house.the(Adapters).named(connection.adapter)
    async with house.database("connectors").reading() as tx:
        setup = await setup_of(house, tx, connection)
    caller = Caller(
        subject=f"connection:{connection.id}",
        permissions=WORK_PERMISSIONS,
        channel=connection.channel,
    )
    own = Context(house=house, caller=caller, correlation_id=context.correlation_id)
    remote = house.the(Lines).to(connection, adapter, setup)
    return Work(connection, adapter, remote, setup, own)
