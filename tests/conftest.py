"""What every test may ask for: a real PostgreSQL, a migrated house, and callers.

``RACKHOUSE_TEST_DATABASE_URL`` runs the suite on a server of your own (its user must be able to
create databases); ``RACKHOUSE_TEST_DATABASES=per-module`` gives each module a database of its own.
"""

import functools
import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

from houses import Shop, context_of, fresh_database, shop_in
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background job ignores Ctrl-C, and so would the programs that tests stop with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# How long an example takes depends on what else the machine does; tests assert no times.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that in the end no process waits for another one."""
    tests = Counter(item.path for item in items)
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in long, -tests[item.path], str(item.path)))


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: the one that was named, or the embedded one."""
    named = os.environ.get("RACKHOUSE_TEST_DATABASE_URL")
    if named:
        yield named
        return
    from rackhouse.platform.postgres import start_postgres

    folder = Path(tempfile.mkdtemp(prefix="rackhouse-tests-"))
    folder.chmod(0o755)
    server = start_postgres(data_directory=folder)
    with psycopg.connect(server.url, autocommit=True) as connection:
        # Tests kill processes, never the machine: what was written is there without waiting for it.
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")
    yield server.url
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def settings(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a house of its own for this test session."""
    apart = os.environ.get("RACKHOUSE_TEST_DATABASES") == "per-module"
    return Settings(
        data=Path(tmp_path_factory.mktemp("data")),
        database_url=fresh_database(server_url),
        database_urls={each.name: fresh_database(server_url) for each in MODULES} if apart else {},
        rate_limit_per_second=0,
        search_at_start=False,
    )


@pytest.fixture(scope="session")
async def house(settings: Settings) -> AsyncIterator[House]:
    """A migrated house. Tests use fresh ids; nothing is cleaned between them."""
    async with House(settings, MODULES) as house:
        await migrate(house)
        yield house


@pytest.fixture
def context(house: House) -> Context:
    """The context of an administrator's request."""
    return context_of(house)


@pytest.fixture
def open_shop(context: Context) -> Callable[..., Awaitable[Shop]]:
    """Opens a shop with fresh ids."""
    return functools.partial(shop_in, context)
