"""Empty, migrated databases to simulate worlds in."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from houses import fresh_database
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from rackhouse.simulation import Cast, SimulationReport, World, simulate

Simulate = Callable[..., Awaitable[tuple[SimulationReport, list[str]]]]


@pytest.fixture(scope="session")
async def template(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a migrated house that nobody uses."""
    settings = Settings(
        data=Path(tmp_path_factory.mktemp("simulated")),
        database_url=fresh_database(server_url),
        rate_limit_per_second=0,
    )
    async with House(settings, MODULES) as house:
        await migrate(house)
    return settings


@pytest.fixture
def simulated(server_url: str, template: Settings) -> Simulate:
    """Simulates a world in a database of its own."""

    async def run(
        seed: int, world: World, cast: Cast | None = None
    ) -> tuple[SimulationReport, list[str]]:
        origin = conninfo_to_dict(template.database_url or "")["dbname"]
        name = f"simulated_{origin}_{seed}"
        async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as server:
            await server.execute(_named("create database {} template {}", name, str(origin)))
            try:
                url = make_conninfo(server_url, dbname=name)
                settings = msgspec.structs.replace(template, database_url=url)
                return await simulate(settings, seed=seed, world=world, cast=cast or Cast())
            finally:
                await server.execute(_named("drop database {} (force)", name))

    return run


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
