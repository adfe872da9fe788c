"""A PostgreSQL server of a simulation's own, and an empty database for each world."""

import asyncio
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo

from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.postgres import start_postgres
from rackhouse.platform.settings import Settings
from rackhouse.simulation import store

__all__ = ["SimulationServer", "simulation_server"]

EMPTY = "template0"
# As root, PostgreSQL runs under another account, which must be able to enter.
ENTERABLE = 0o711
REQUEST_TIMEOUT_SECONDS = 300.0


class SimulationServer:
    """A server with a migrated database, from which each world's is copied."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._migrated = f"simulation_{uuid.uuid4().hex[:12]}"
        self.settings = Settings(
            data=folder,
            database_url=make_conninfo(url, dbname=self._migrated),
            rate_limit_per_second=0,
            log_level="error",
            # What is audited in between rests no time: nobody else waits here.
            audit_share=1.0,
            audit_interval_seconds=3600,
            connector_poll_seconds=900,
            connector_compare_seconds=3600,
            outlet_limit_seconds=86_400,
            # Nothing may depend on how fast the machine is.
            request_timeout_seconds=REQUEST_TIMEOUT_SECONDS,
        )

    async def prepare(self) -> None:
        """Make the database that worlds are copied from."""
        async with self._connected() as connection:
            await store.create_database(connection, self._migrated, EMPTY)
        async with House(self.settings, MODULES) as house:
            await migrate(house)

    async def forget_durability(self) -> None:
        """Let a server of one's own take no time to keep what nobody wants to keep."""
        async with self._connected() as connection:
            await store.forget_durability(connection)

    @asynccontextmanager
    async def world(self, name: str) -> AsyncIterator[Settings]:
        """Settings of a house in a database of its own, which is deleted in the end."""
        async with self._connected() as connection:
            database = f"{self._migrated}_{name}"
            await store.create_database(connection, database, self._migrated)
            try:
                url = make_conninfo(self._url, dbname=database)
                yield msgspec.structs.replace(self.settings, database_url=url)
            finally:
                await store.drop_database(connection, database)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[store.Connection]:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            yield connection


@contextmanager
def simulation_server() -> Iterator[SimulationServer]:
    """A server that ends with the block, and leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="rackhouse-simulate-") as name:
        folder = Path(name)
        folder.chmod(ENTERABLE)
        postgres = start_postgres(data_directory=folder / "postgres")
        try:
            server = SimulationServer(postgres.url, folder)
            asyncio.run(server.forget_durability())
            asyncio.run(server.prepare())
            yield server
        finally:
            postgres.stop()
