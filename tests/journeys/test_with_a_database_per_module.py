"""The same journeys where every module lives in a database of its own: no module reaches into
another's tables, so each may move away by a setting."""

import psycopg
import pytest
from test_a_till_that_was_cut_off import *  # noqa: F403 - and the tills, too
from test_journeys import *  # noqa: F403 - every journey, once more, on other databases
from towns import Town

from houses import fresh_database
from rackhouse.modules import MODULES
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="module")
def databases_of_modules(server_url: str) -> dict[str, str]:
    """A database for each module."""
    return {module.name: fresh_database(server_url) for module in MODULES}


def test_each_module_lives_in_its_own_database_alone(town_settings: Settings, town: Town) -> None:
    urls = town_settings.database_urls
    assert urls.keys() == {module.name for module in MODULES}
    assert len({town_settings.database_url, *urls.values()}) == len(MODULES) + 1
    with_schemas = {"platform": town_settings.database_url or "", **urls}
    for name, url in with_schemas.items():
        assert _schemas(url) & urls.keys() <= {name}
    assert {"inventory", "orders", "catalog", "channels"} <= {
        name for name, url in urls.items() if name in _schemas(url)
    }


def _schemas(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select nspname from pg_namespace").fetchall()
    return {name for (name,) in rows}
