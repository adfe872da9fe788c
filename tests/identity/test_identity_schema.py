"""The schema files of the lowest modules equal the sum of their migrations."""

import importlib.resources

import psycopg
import pytest

from houses import fresh_database
from rackhouse.platform.migrations import migrations_of

SHAPE = """
    select table_name, column_name, data_type, column_default, is_nullable, identity_generation
    from information_schema.columns where table_schema = %(schema)s
    union all
    select c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), null, null, null
    from pg_constraint c where c.connamespace = %(schema)s::regnamespace
    union all
    select tablename, indexname, indexdef, null, null, null
    from pg_indexes where schemaname = %(schema)s
    order by 1, 2, 3
"""


def shape_of(server_url: str, schema: str, statements: list[str]) -> list[tuple[object, ...]]:
    with psycopg.connect(fresh_database(server_url), autocommit=True) as connection:
        for each in statements:
            connection.execute(each.encode())
        return connection.execute(SHAPE, {"schema": schema}).fetchall()


@pytest.mark.parametrize("module", ["identity", "channels"])
def test_the_schema_equals_the_sum_of_the_migrations(server_url: str, module: str) -> None:
    folder = importlib.resources.files(f"rackhouse.{module}")
    written = shape_of(server_url, module, [(folder / "schema.sql").read_text("utf-8")])
    grown = shape_of(server_url, module, [each.statements for each in migrations_of(module)])
    assert written
    assert grown == written
