"""The tables of the job queue, in a schema of their own: procrastinate's, applied by us."""

import importlib.resources

from rackhouse.platform.database import Database
from rackhouse.platform.house import House
from rackhouse.platform.migrations import LOCK_NAME, Migration

__all__ = ["SCHEMA", "migrate_queue", "queue_options"]

SCHEMA = "jobs"


def queue_options() -> str:
    """The session options under which procrastinate finds its tables."""
    return f"-c search_path={SCHEMA}"


async def migrate_queue(house: House) -> list[Migration]:
    """Bring the queue's tables up to date with the library, and say what was applied.

    A new database gets the library's whole schema at once; one that exists gets the library's
    migrations that came since.
    """
    return await _migrate(house.database("platform"))


async def _migrate(database: Database) -> list[Migration]:
    applied: list[Migration] = []
    connection = await database.connect()
    async with connection:
        await connection.execute("select pg_advisory_lock(%s)", [LOCK_NAME])
        await connection.execute("create schema if not exists jobs")
        await connection.execute("set search_path = jobs")
        cursor = await connection.execute(
            "select name from platform.migration where module = %s", [SCHEMA]
        )
        known = {name for (name,) in await cursor.fetchall()}
        for migration in _library_migrations():
            if migration.name in known:
                continue
            async with connection.transaction():
                if known:
                    await connection.execute(migration.statements.encode())
                elif not applied:
                    await connection.execute(_whole_schema().encode())
                await connection.execute(
                    "insert into platform.migration (module, name, checksum) values (%s, %s, %s)",
                    [SCHEMA, migration.name, migration.checksum],
                )
            applied.append(migration)
    return applied


def _library_migrations() -> list[Migration]:
    folder = importlib.resources.files("procrastinate.sql.migrations")
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return [Migration(SCHEMA, file.name, file.read_text("utf-8")) for file in files]


def _whole_schema() -> str:
    file = importlib.resources.files("procrastinate.sql") / "schema.sql"
    return file.read_text("utf-8")
