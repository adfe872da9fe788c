"""What the tests of this folder may ask for."""

import contextlib
from collections.abc import AsyncIterator

import msgspec
import pytest
from drops import HouseWith
from rabbitmq_servers import RabbitMq, rabbitmq

from houses import context_of, migrated_database
from rackhouse.broker import keep_relay
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="module")
async def own_settings(settings: Settings, server_url: str) -> Settings:
    """Settings of a house of its own: there is only one relay in each."""
    own = msgspec.structs.replace(
        settings, database_url=migrated_database(server_url), database_urls={}
    )
    async with House(own, MODULES) as house:
        await migrate(house)
    return own


@pytest.fixture(scope="session")
async def rabbitmq_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RabbitMq]:
    """A RabbitMQ, which takes its time to start: one for all."""
    async with rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


@pytest.fixture
def house_with(own_settings: Settings) -> HouseWith:
    """Opens a house with some settings changed, whose relay is as they say."""

    @contextlib.asynccontextmanager
    async def opened(**changed: object) -> AsyncIterator[House]:
        settings = msgspec.structs.replace(own_settings, **changed)
        async with House(settings, MODULES) as house:
            await keep_relay(context=context_of(house))
            yield house

    return opened
