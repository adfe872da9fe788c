"""A town for each file of journeys, in one database unless the file says otherwise."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from towns import Town, founded

from houses import fresh_database
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="module")
def databases_of_modules() -> dict[str, str]:
    """The databases that modules have of their own: none."""
    return {}


@pytest.fixture(scope="module")
def town_settings(
    server_url: str, tmp_path_factory: pytest.TempPathFactory, databases_of_modules: dict[str, str]
) -> Settings:
    """The settings of a town that nobody else uses."""
    return Settings(
        data=Path(tmp_path_factory.mktemp("town")),
        database_url=fresh_database(server_url),
        database_urls=databases_of_modules,
        rate_limit_per_second=0,
    )


@pytest.fixture(scope="module")
async def town(town_settings: Settings) -> AsyncIterator[Town]:
    """A town."""
    async with founded(town_settings) as town:
        yield town
