"""Every test of this folder runs once for each engine."""

from collections.abc import Callable, Iterator

import pytest
from stones import STONE

from rackhouse.search.analysis import Analysis
from rackhouse.search.engine import Engine, TantivyEngine
from rackhouse.search.rules.fields import Fields, fields_of

ENGINES = {"tantivy": TantivyEngine}


@pytest.fixture(scope="session")
def stone_fields() -> Fields:
    return fields_of([STONE])


@pytest.fixture(params=sorted(ENGINES))
def make_engine(
    request: pytest.FixtureRequest, stone_fields: Fields, analysis: Analysis
) -> Iterator[Callable[[], Engine]]:
    """Makes engines of one kind, which are closed at the end."""
    made: list[Engine] = []

    def make() -> Engine:
        made.append(ENGINES[request.param](stone_fields, analysis))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def engine(make_engine: Callable[[], Engine]) -> Engine:
    return make_engine()
