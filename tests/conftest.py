"""What every test may ask for: a real PostgreSQL, a migrated house, and callers.

``RACKHOUSE_TEST_DATABASE_URL`` runs the suite on a server of your own (its user must be able to
create databases); ``RACKHOUSE_TEST_DATABASES=per-module`` gives each module a database of its own.
"""

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from rackhouse.modules import MODULES
from rackhouse.platform.context import Caller, Context, permissions_in_use
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: the one that was named, or the embedded one."""
    named = os.environ.get("RACKHOUSE_TEST_DATABASE_URL")
    if named:
        yield named
        return
    from rackhouse.platform.postgres import start_postgres

    server = start_postgres(data_directory=tmp_path_factory.mktemp("postgres"))
    yield server.url
    server.stop()


def fresh_database(server_url: str) -> str:
    """The URL of a new, empty database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    return make_conninfo(server_url, dbname=name)


@pytest.fixture(scope="session")
def settings(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a house of its own for this test session."""
    apart = os.environ.get("RACKHOUSE_TEST_DATABASES") == "per-module"
    return Settings(
        data=Path(tmp_path_factory.mktemp("data")),
        database_url=fresh_database(server_url),
        database_urls={each.name: fresh_database(server_url) for each in MODULES} if apart else {},
        rate_limit_per_second=0,
    )


@pytest.fixture(scope="session")
async def house(settings: Settings) -> AsyncIterator[House]:
    """A migrated house. Tests use fresh ids; nothing is cleaned between them."""
    async with House(settings, MODULES) as house:
        await migrate(house)
        yield house


def context_of(house: House, **caller: object) -> Context:
    """The context of a request; the caller may do everything unless told otherwise."""
    facts = {"subject": "test", "permissions": frozenset(permissions_in_use()), **caller}
    return Context(house=house, caller=Caller(**facts), correlation_id=new_id())


@pytest.fixture
def context(house: House) -> Context:
    """The context of an administrator's request."""
    return context_of(house)
