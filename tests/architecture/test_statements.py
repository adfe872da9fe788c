"""SQL: it stands in the stores only, on the module's own schema only, and PostgreSQL takes it."""

from collections.abc import Iterator

import psycopg
import pytest
from sources import example, package_sources
from statements import (
    Statement,
    as_prepared,
    foreign,
    sql_out_of_place,
    statements_of,
    statements_of_stores,
    unpreparable,
)

from houses import fresh_database
from rackhouse.modules import MODULES
from rackhouse.platform.events import Outgoing
from rackhouse.platform.migrations import migrations_of

WITH_TABLES = ["platform", *(module.name for module in MODULES if migrations_of(module.name))]


def all_statements() -> list[Statement]:
    logs = [
        Statement(f"the log of {module.name}", module.name, text)
        for module in MODULES
        if module.event_log is not None
        for text in (*module.event_log.statements(), *Outgoing(module.event_log).statements())
    ]
    return statements_of_stores(package_sources()) + logs


@pytest.fixture
def migrated(server_url: str, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """A database that holds the schema of one module and nothing else."""
    with psycopg.connect(fresh_database(server_url), autocommit=True) as connection:
        for migration in migrations_of(request.param):
            connection.execute(migration.statements.encode())
        connection.execute("set search_path = ''")
        yield connection


def test_sql_stands_in_stores_only() -> None:
    assert sql_out_of_place(package_sources()) == []


@pytest.mark.parametrize(
    "text",
    [
        "select sku from inventory.stock",
        "select pg_sleep(1)",
        "\n    insert into inventory.stock (sku) values ('A')",
        "UPDATE inventory.stock SET held = 0",
        "delete from inventory.stock",
        "with asked as (select 1) select * from asked",
        "lock table inventory.stock",
    ],
)
def test_sql_elsewhere_is_found(text: str) -> None:
    source = f"async def sell(tx):\n    await tx.run({text!r})"
    assert sql_out_of_place([example(source, "rackhouse.inventory.holds")])
    assert not sql_out_of_place([example(source, "rackhouse.inventory.store")])
    assert not sql_out_of_place([example(source, "rackhouse.catalog.store.pages")])


@pytest.mark.parametrize("text", ["Select a product first.", "updates arrive", "Lock the door"])
def test_plain_words_are_not_taken_for_sql(text: str) -> None:
    assert not sql_out_of_place([example(f"say({text!r})", "rackhouse.console.pages")])


@pytest.mark.parametrize("migrated", WITH_TABLES, indirect=True)
def test_postgresql_takes_every_statement(
    migrated: psycopg.Connection, request: pytest.FixtureRequest
) -> None:
    module = request.node.callspec.params["migrated"]
    own = [each for each in all_statements() if _home_of(each) == module]
    assert own
    assert unpreparable(migrated, own) == []


def _home_of(statement: Statement) -> str:
    """The schema that a statement needs: an entry point has none but the platform's."""
    return statement.module if statement.module in WITH_TABLES else "platform"


@pytest.mark.parametrize("migrated", ["channels"], indirect=True)
@pytest.mark.parametrize(
    "text",
    [
        "select missing from channels.channel",
        "select id from channel",
        "select on_hand from inventory.stock",
        "select id from channels.channel where id = %(id)s and version = %(id)s::integer[]",
        "selekt 1",
    ],
)
def test_a_statement_that_can_not_run_is_found(migrated: psycopg.Connection, text: str) -> None:
    assert unpreparable(migrated, [Statement("here", "channels", text)])


def test_every_statement_keeps_to_the_schema_of_its_module() -> None:
    assert foreign(all_statements(), WITH_TABLES) == []


def test_a_statement_on_the_schema_of_another_module_is_found() -> None:
    text = "select sku from inventory.stock join channels.channel on true"
    assert foreign([Statement("here", "channels", text)], WITH_TABLES) == [
        "here of channels names inventory"
    ]


def test_every_way_to_send_a_statement_is_read() -> None:
    text = """
async def read(tx):
    await tx.one(int, "select 1")
    await tx.maybe(int, COUNT)
    await tx.all(int, COUNT + " where true", {})
    await tx.run("lock table x")
    (await tx.send("select 2")).all(int)
"""
    found = statements_of(example(text, "rackhouse.orders.store"), {"COUNT": "select 3"})
    assert sorted(each.text for each in found) == [
        "lock table x",
        "select 1",
        "select 2",
        "select 3",
        "select 3 where true",
    ]


def test_a_statement_that_is_put_together_while_running_is_found() -> None:
    source = example(
        "async def read(tx, table):\n    await tx.run(table)", "rackhouse.orders.store"
    )
    with pytest.raises(AssertionError, match="not a literal"):
        statements_of(source, {})


def test_named_parameters_become_numbered_ones() -> None:
    text = "select %(a)s, %(b)s, %(a)s like 'x%%'"
    assert as_prepared(text) == "select $1, $2, $1 like 'x%'"
