"""Each module's `schema.sql` is what its migrations add up to."""

from collections.abc import Sequence

import psycopg
import pytest
from sources import PACKAGE

from houses import fresh_database
from rackhouse.modules import MODULES
from rackhouse.platform.migrations import migrations_of

SHAPE = """
    with mine as (
        select c.oid, c.relname, c.relkind, c.reloptions, c.relpersistence
        from pg_class c where c.relnamespace = %(schema)s::regnamespace)
    select 'relation', relname, relkind::text, relpersistence::text, array(
        select unnest(reloptions) order by 1)::text
    from mine
    union all
    select 'column', relname, attname,
        concat_ws(' ', format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
            'identity ' || nullif(attidentity::text, ''),
            'generated ' || nullif(attgenerated::text, ''),
            'collate ' || attcollation::regcollation::text, 'storage ' || attstorage::text),
        pg_get_expr(d.adbin, d.adrelid)
    from mine join pg_attribute a on a.attrelid = mine.oid and attnum > 0 and not attisdropped
    left join pg_attrdef d on d.adrelid = mine.oid and d.adnum = a.attnum
    union all
    select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), null
    from pg_constraint where connamespace = %(schema)s::regnamespace
    union all
    select 'index', relname, pg_get_indexdef(indexrelid), indisvalid::text, null
    from mine join pg_index on indexrelid = mine.oid
    union all
    select 'view', relname, pg_get_viewdef(oid), null, null
    from mine where relkind in ('v', 'm')
    union all
    select 'function', proname, pg_get_functiondef(oid), null, null
    from pg_proc where pronamespace = %(schema)s::regnamespace and prokind in ('f', 'p')
    union all
    select 'trigger', relname, pg_get_triggerdef(t.oid), null, null
    from mine join pg_trigger t on tgrelid = mine.oid and not tgisinternal
    union all
    select 'type', typname, typtype::text, null, null
    from pg_type where typnamespace = %(schema)s::regnamespace and typtype in ('e', 'd')
    order by 1, 2, 3
"""

Shape = list[tuple[str | None, ...]]


def shape_of(server_url: str, schema: str, scripts: Sequence[str]) -> Shape:
    """All that a database's catalogs say of a schema after some scripts ran."""
    with psycopg.connect(fresh_database(server_url), autocommit=True) as connection:
        for script in scripts:
            connection.execute(script.encode())
        return connection.execute(SHAPE, {"schema": schema}).fetchall()


def scripts_of(module: str) -> list[str]:
    return [migration.statements for migration in migrations_of(module)]


@pytest.mark.parametrize("module", ["platform", *(each.name for each in MODULES)])
def test_the_schema_is_the_sum_of_the_migrations(server_url: str, module: str) -> None:
    written = PACKAGE / module / "schema.sql"
    assert written.exists() == bool(scripts_of(module))
    if written.exists():
        shape = shape_of(server_url, module, [written.read_text("utf-8")])
        assert shape
        assert shape_of(server_url, module, scripts_of(module)) == shape


@pytest.mark.parametrize(
    "change",
    [
        "alter table channels.channel add column color text",
        "alter table channels.channel alter column kind set default 'pos'",
        "alter table channels.channel alter column kind drop not null",
        "alter table channels.channel alter column version type integer",
        "alter table channels.channel drop constraint channel_kind_is_known",
        "alter table channels.channel set (fillfactor = 70)",
        "create index channel_name on channels.channel (name)",
        "create view channels.open as select id from channels.channel",
    ],
)
def test_a_migration_that_the_schema_does_not_know_is_found(server_url: str, change: str) -> None:
    grown = shape_of(server_url, "channels", [*scripts_of("channels"), change])
    assert grown != shape_of(server_url, "channels", scripts_of("channels"))
