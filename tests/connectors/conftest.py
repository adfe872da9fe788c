"""A house with its API served, to which simulated channels deliver."""

from collections.abc import AsyncIterator

import httpx
import pytest

from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings
from serving import served


@pytest.fixture(scope="session")
async def api(house: House, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the house's API."""
    async with served(settings) as client:
        yield client
