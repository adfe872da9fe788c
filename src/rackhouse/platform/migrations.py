"""Migrations: plain SQL files, forward only, each in a transaction of its own."""

import hashlib
import importlib.resources
from collections.abc import Sequence

import msgspec
import psycopg

from rackhouse.platform.database import Database
from rackhouse.platform.house import House

__all__ = ["Migration", "MigrationChanged", "migrate", "migrations_of"]

LOCK_NAME = 7_265_636_001
LOCK_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 300


class MigrationChanged(Exception):
    """A migration that was applied already reads otherwise now; the message names it."""


class Migration(msgspec.Struct, frozen=True):
    """One file of a module's ``migrations/`` folder."""

    module: str
    name: str
    statements: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.statements.encode()).hexdigest()


def migrations_of(module: str) -> list[Migration]:
    """A module's migrations in order; none for a module without tables."""
    folder = importlib.resources.files(f"rackhouse.{module}") / "migrations"
    if not folder.is_dir():
        return []
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return [Migration(module, file.name, file.read_text("utf-8")) for file in files]


async def migrate(house: House) -> list[Migration]:
    """Bring every database up to date and say what was applied. Safe to run at any time.

    Refuses with `MigrationChanged`.
    """
    applied: list[Migration] = []
    for module, database in house.databases().items():
        applied += await migrate_database(database, ["platform", module])
    return applied


async def migrate_database(database: Database, modules: Sequence[str]) -> list[Migration]:
    """Apply what is missing of some modules' migrations to one database."""
    connection = await database.connect()
    applied = []
    async with connection:
        await connection.execute("select pg_advisory_lock(%s)", [LOCK_NAME])
        await connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
        await connection.execute(f"set statement_timeout = '{STATEMENT_TIMEOUT_SECONDS}s'")
        await connection.execute(_BOOKKEEPING)
        for module in dict.fromkeys(modules):
            for migration in migrations_of(module):
                if await _apply(connection, migration):
                    applied.append(migration)
    return applied


async def _apply(
    connection: psycopg.AsyncConnection[tuple[object, ...]], migration: Migration
) -> bool:
    cursor = await connection.execute(
        "select checksum from platform.migration where module = %s and name = %s",
        [migration.module, migration.name],
    )
    known = await cursor.fetchone()
    if known is not None:
        if known[0] != migration.checksum:
            raise MigrationChanged(
                f"{migration.module}/migrations/{migration.name} was applied with other content. "
                "Restore the file and put the change into a new migration."
            )
        return False
    async with connection.transaction():
        await connection.execute(migration.statements.encode())
        await connection.execute(
            "insert into platform.migration (module, name, checksum) values (%s, %s, %s)",
            [migration.module, migration.name, migration.checksum],
        )
    return True


_BOOKKEEPING = """
    create schema if not exists platform;
    create table if not exists platform.migration (
        module text not null,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default clock_timestamp(),
        primary key (module, name)
    );
"""
