"""A house for one command: its database running and up to date, whatever the machine has."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import msgspec

from rackhouse.identity import PERMISSIONS
from rackhouse.platform.context import Context
from rackhouse.platform.environment import read_settings
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.module import Module
from rackhouse.platform.postgres import PostgresServer, start_postgres
from rackhouse.platform.settings import Settings
from rackhouse.platform.settling import refuse_events_ahead
from rackhouse.platform.telemetry import configure_logs

__all__ = [
    "administrator",
    "open_house",
    "reachable_database",
    "run",
    "start_embedded",
]

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a command's work to its end."""
    return asyncio.run(work)


@asynccontextmanager
async def open_house(
    settings: Settings | None = None,
    *,
    modules: Sequence[Module] | None = None,
    unsettled: bool = False,
) -> AsyncIterator[House]:
    """This machine's house, ready for use: as ``settings`` or else the environment say it.

    With some ``modules`` only those are loaded, which is quicker. Without a database URL the
    embedded PostgreSQL of the data directory is attached to, or started for as long as the house
    is open. ``unsettled`` opens it also between the restore of a dump and `settle_events`. Refuses
    with `InvalidSetting`, `PostgresWouldNotStart`, `DatabaseUnavailable`, `MigrationChanged` and
    `EventsAhead`.
    """
    chosen = read_settings() if settings is None else settings
    configure_logs(chosen)
    if modules is None:
        from rackhouse.modules import MODULES

        modules = MODULES
    with reachable_database(chosen) as complete:
        async with House(complete, modules) as house:
            await migrate(house)
            if not unsettled:
                await refuse_events_ahead(house)
            yield house


@contextmanager
def reachable_database(settings: Settings) -> Iterator[Settings]:
    """The settings with the URL of a running database."""
    if settings.database_url is not None:
        yield settings
        return
    server = start_embedded(settings)
    try:
        yield msgspec.structs.replace(settings, database_url=server.url)
    finally:
        server.stop()


def start_embedded(settings: Settings) -> PostgresServer:
    """The PostgreSQL of the data directory: attached to, or started."""
    return start_postgres(data_directory=settings.data / "postgres", bin_directory=settings.pg_bin)


def administrator(house: House) -> Context:
    """The context of somebody who sits at this machine and so may do everything."""
    return Context.of_service(house, "cli", frozenset(PERMISSIONS))
