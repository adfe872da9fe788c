"""SQL of simulations: a clock of their own, and databases that end with them."""

import datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql

__all__ = [
    "create_database",
    "drop_database",
    "forget_durability",
    "install_clock",
    "set_clock",
]

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
Connection = psycopg.AsyncConnection[tuple[Any, ...]]

# The time is kept in a sequence, in microseconds: to read one takes no query of its own, as reading
# a table would, and everybody sees what it was set to at once.
CLOCK: LiteralString = """
create schema simulated;
create sequence simulated.clock;
create function simulated.clock_timestamp() returns timestamptz language sql volatile
    return to_timestamp(pg_sequence_last_value('simulated.clock') / 1e6);
create function simulated.statement_timestamp() returns timestamptz language sql stable
    return to_timestamp(pg_sequence_last_value('simulated.clock') / 1e6);
create function simulated.now() returns timestamptz language sql stable
    return to_timestamp(pg_sequence_last_value('simulated.clock') / 1e6)
"""
IN_FRONT: LiteralString = "alter database {} set search_path = simulated, pg_catalog, public"


async def install_clock(connection: Connection, begins_at: datetime.datetime) -> None:
    """Put functions that tell another time in front of PostgreSQL's own, for all who connect to
    this database from now on."""
    await connection.execute(CLOCK)
    await set_clock(connection, begins_at)
    await connection.execute(sql.SQL(IN_FRONT).format(sql.Identifier(connection.info.dbname)))


async def set_clock(connection: Connection, at: datetime.datetime) -> None:
    """Let it be another time."""
    microseconds = (at - EPOCH) // datetime.timedelta(microseconds=1)
    await connection.execute("select setval('simulated.clock', %s)", [microseconds])


async def create_database(connection: Connection, name: str, template: str) -> None:
    """Copy a database that nobody is connected to."""
    statement = sql.SQL("create database {} template {}")
    await connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


async def drop_database(connection: Connection, name: str) -> None:
    """Delete a database, whoever is connected to it."""
    await connection.execute(sql.SQL("drop database {} (force)").format(sql.Identifier(name)))


async def forget_durability(connection: Connection) -> None:
    """Let a server that is deleted in the end not wait for the disk, nor tidy up at a time of its
    own, nor get ready for work that is larger than it will ever be here."""
    await connection.execute("alter system set fsync = off")
    await connection.execute("alter system set full_page_writes = off")
    await connection.execute("alter system set synchronous_commit = off")
    await connection.execute("alter system set autovacuum = off")
    await connection.execute("alter system set jit = off")
    await connection.execute("alter system set max_parallel_workers_per_gather = 0")
    await connection.execute("select pg_reload_conf()")
