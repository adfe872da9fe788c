"""Several processes' worth of houses, for races."""

from collections.abc import AsyncIterator

import pytest
from racing import PROCESSES

from houses import context_of, migrated_database
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


@pytest.fixture
async def processes(house: House) -> AsyncIterator[list[Context]]:
    """Contexts of several houses on the same databases, each with queues of its own."""
    houses = [House(house.settings, MODULES) for _ in range(PROCESSES)]
    for each in houses:
        await each.open()
    yield [context_of(each) for each in houses]
    for each in houses:
        await each.close()


@pytest.fixture
async def unguarded(server_url: str, settings: Settings) -> AsyncIterator[list[Context]]:
    """Processes on a database of their own without constraints on stock and its events."""
    url = migrated_database(server_url)
    alone = Settings(data=settings.data, database_url=url, rate_limit_per_second=0)
    houses = [House(alone, MODULES) for _ in range(PROCESSES)]
    for each in houses:
        await each.open()
    await migrate(houses[0])
    async with houses[0].database("inventory").transaction() as tx:
        await tx.run("alter table inventory.stock drop constraint never_oversell")
        await tx.run("alter table inventory.event drop constraint one_event_a_version")
    yield [context_of(each) for each in houses]
    for each in houses:
        await each.close()
