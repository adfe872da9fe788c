"""A house in which product types may change as they like: no other test meets them."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from houses import context_of, migrated_database
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="module")
def own_settings(settings: Settings, server_url: str) -> Settings:
    """Settings of a house of its own."""
    return msgspec.structs.replace(
        settings, database_url=migrated_database(server_url), database_urls={}
    )


@pytest.fixture(scope="module")
async def own_house(own_settings: Settings) -> AsyncIterator[House]:
    """A migrated house of its own."""
    async with House(own_settings, MODULES) as house:
        await migrate(house)
        yield house


@pytest.fixture
def own(own_house: House) -> Context:
    """The context of an administrator's request in that house."""
    return context_of(own_house)
