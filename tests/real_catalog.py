"""The three public data sets that stand beside the project, and the demo, in one catalog: about
49,500 products, put in once a test run.

A test that wants them asks for the fixture ``real_house`` (import it in the folder's conftest) and
only reads: other tests read the same catalog. ``real_products`` are they without a database.
"""

import os
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from houses import context_of
from rackhouse.catalog import (
    BadRow,
    ReadProduct,
    built_in_types,
    drafts,
    import_products,
    load_demo_catalog,
    load_mapping,
    products_of,
    read_rows,
)
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings

__all__ = ["FILES", "ROOT", "found_in", "real_file", "real_house", "real_products"]

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
FILES = {
    "x-wines": "wines/XWines_Slim_1K_wines.csv.gz",
    "fashion": "fashion/styles.csv.gz",
    "online-retail": "online_retail/online_retail.csv.gz",
}
BUILT = "it is whole"


def real_file(name: str) -> Path:
    """One of the files; without it a test is skipped, and in CI fails."""
    path = DATA / FILES[name]
    if not path.exists():
        told = f"{name}: the data set is not beside the project, at {path}"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    return path


def found_in(name: str) -> Iterator[ReadProduct | BadRow]:
    """What one of the files comes to by its example map."""
    mapping = load_mapping(ROOT / "examples" / f"{name}.toml")
    return products_of(drafts(read_rows(real_file(name), mapping), mapping), built_in_types())


@cache
def real_products(name: str) -> tuple[ReadProduct, ...]:
    """The valid products of one of the files."""
    return tuple(each for each in found_in(name) if isinstance(each, ReadProduct))


@pytest.fixture(scope="session")
async def real_house(settings: Settings, server_url: str) -> AsyncIterator[House]:
    """A house with all of them. Processes of one test run that share a server share it, too."""
    for name in FILES:
        real_file(name)
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    name = f"test_real_catalog_{run}"
    own = msgspec.structs.replace(
        settings, database_url=make_conninfo(server_url, dbname=name), database_urls={}
    )
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name])
        if not _is_whole(connection, name):
            quoted = sql.Identifier(name)
            connection.execute(sql.SQL("drop database if exists {}").format(quoted))
            connection.execute(sql.SQL("create database {}").format(quoted))
            await _fill(own)
            marked = sql.SQL("comment on database {} is {}").format(quoted, sql.Literal(BUILT))
            connection.execute(marked)
    async with House(own, MODULES) as house:
        yield house


def _is_whole(connection: psycopg.Connection, name: str) -> bool:
    found = connection.execute(
        "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [name]
    ).fetchone()
    return found is not None and found[0] == BUILT


async def _fill(settings: Settings) -> None:
    async with House(settings, MODULES) as house:
        await migrate(house)
        context = context_of(house)
        await load_demo_catalog(context=context)
        for name in FILES:
            report = await import_products(context=context, found=found_in(name))
            assert report.created == report.products > 0, report.reasons
