"""A site for the rounds of this folder, with a database of its own for those with planted bugs."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from isolation.controls import use_unguarded
from isolation.site import Site, site_on

PROCESSES = 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Rounds stop and kill processes in the way of Linux."""
    skipped = pytest.mark.skipif(sys.platform != "linux", reason="stops processes by signals")
    for item in items:
        if "site" in getattr(item, "fixturenames", ()):
            item.add_marker(skipped)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
async def running_site() -> AsyncIterator[Site]:
    """A PostgreSQL server that may be killed, and places for processes."""
    async with site_on(processes=PROCESSES) as site:
        yield site


@pytest.fixture(scope="session")
def databases(running_site: Site) -> dict[str, str]:
    """The databases that were made so far."""
    return {"guarded": running_site.database_url}


@pytest.fixture
def site(running_site: Site, databases: dict[str, str]) -> Site:
    """The site on a database as the program makes it."""
    running_site.use(databases["guarded"])
    return running_site


@pytest.fixture
async def unguarded_site(site: Site, databases: dict[str, str]) -> Site:
    """The site on a database without the constraints that stop what the code should have."""
    if "unguarded" not in databases:
        databases["unguarded"] = await use_unguarded(site)
    site.use(databases["unguarded"])
    return site


@pytest.fixture
def history_path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Where a round writes its history; the place is told, for when it is needed."""
    path = tmp_path / "history.jsonl"
    print(f"\nhistory: {path}")
    yield path
