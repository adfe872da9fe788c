"""The clock of a simulation: its database is told what time it is.

Rackhouse reads the time from PostgreSQL and nowhere else, so that is where it is set: the search
path of the simulation's own database has a schema in front of ``pg_catalog`` with functions of the
same names. Nothing of Rackhouse knows that it is simulated.
"""

import datetime

import psycopg
from psycopg import sql

__all__ = ["SimulatedClock"]

SCHEMA = """
create schema simulated;
create table simulated.clock (at timestamptz not null);
create function simulated.clock_timestamp() returns timestamptz
    language sql volatile as 'select at from simulated.clock';
create function simulated.statement_timestamp() returns timestamptz
    language sql stable as 'select at from simulated.clock';
create function simulated.now() returns timestamptz
    language sql stable as 'select at from simulated.clock';
"""


class SimulatedClock:
    """Sets the time of a database. ``begins_at`` is its time at the beginning."""

    def __init__(
        self, connection: psycopg.AsyncConnection[tuple[object, ...]], begins_at: datetime.datetime
    ) -> None:
        self.begins_at = begins_at
        self._connection = connection

    @classmethod
    async def install(cls, url: str, begins_at: datetime.datetime) -> "SimulatedClock":
        """Give a database that nobody uses yet a clock that stands still until it is set."""
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
        for statement in SCHEMA.split(";\n"):
            await connection.execute(statement.encode())
        await connection.execute("insert into simulated.clock (at) values (%s)", [begins_at])
        database = sql.Identifier(connection.info.dbname)
        path = sql.SQL("alter database {} set search_path = simulated, pg_catalog, public")
        await connection.execute(path.format(database))
        return cls(connection, begins_at)

    async def set(self, seconds: float) -> None:
        """Let it be some seconds after the beginning."""
        at = self.begins_at + datetime.timedelta(seconds=seconds)
        await self._connection.execute("update simulated.clock set at = %s", [at])

    async def close(self) -> None:
        """Let the clock stand."""
        await self._connection.close()
