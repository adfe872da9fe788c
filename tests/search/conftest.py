"""What every test of search may ask for."""

import contextlib

import pytest

from rackhouse.platform.house import House
from rackhouse.search import SearchNotReady
from rackhouse.search.analysis import Analysis
from rackhouse.search.building import Built
from rackhouse.search.index import SearchIndex


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    """How English is read."""
    return Analysis("english")


@pytest.fixture(scope="session")
async def index(house: House) -> SearchIndex:
    """The index of the house, which is built."""
    index, built = house.the(SearchIndex), None
    for _ in range(20):
        with contextlib.suppress(SearchNotReady):
            built = await index.serving(seconds=None)
            break
    assert isinstance(built, Built)
    return index
