"""What every test of search may ask for."""

import pytest

from rackhouse.search.analysis import Analysis


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    """How English is read."""
    return Analysis("english")
