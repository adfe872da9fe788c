"""A house that may speak to this machine, with its API served; simulated channels deliver to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from houses import migrated_database
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from serving import served


@pytest.fixture(scope="session")
def settings(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a house whose channels are on this machine."""
    return Settings(
        data=Path(tmp_path_factory.mktemp("connectors")),
        database_url=migrated_database(server_url),
        rate_limit_per_second=0,
        outbound_networks="127.0.0.0/8",
        outbound_http=True,
    )


@pytest.fixture(scope="session")
async def house(settings: Settings) -> AsyncIterator[House]:
    """A migrated house."""
    async with House(settings, MODULES) as house:
        await migrate(house)
        yield house


@pytest.fixture(scope="session")
async def api(house: House, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the house's API."""
    async with served(settings) as client:
        yield client
