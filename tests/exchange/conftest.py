"""A house whose catalog is exported and imported, and one to import it into: no other test meets
them."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from houses import context_of, fresh_database
from rackhouse.modules import MODULES, modules_named
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from real_catalog import real_house

__all__ = ["real_house"]


@pytest.fixture(scope="module")
def house_settings(settings: Settings, server_url: str) -> Settings:
    """Settings of a house of its own."""
    return msgspec.structs.replace(
        settings, database_url=fresh_database(server_url), database_urls={}
    )


@pytest.fixture(scope="module")
async def own_house(house_settings: Settings) -> AsyncIterator[House]:
    """A migrated house of its own."""
    async with House(house_settings, MODULES) as house:
        await migrate(house)
        yield house


@pytest.fixture
def own(own_house: House) -> Context:
    """The context of an administrator's request in that house."""
    return context_of(own_house)


@pytest.fixture
async def empty(settings: Settings, server_url: str) -> AsyncIterator[Context]:
    """The context of an administrator's request in an empty house."""
    fresh = msgspec.structs.replace(
        settings, database_url=fresh_database(server_url), database_urls={}
    )
    async with House(fresh, modules_named(["catalog"])) as house:
        await migrate(house)
        yield context_of(house)
