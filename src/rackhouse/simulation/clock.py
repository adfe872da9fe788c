"""The clock of a simulation: its database is told what time it is.

Rackhouse reads the time from PostgreSQL and nowhere else, so that is where it is set: the search
path of the simulation's own database has a schema in front of ``pg_catalog`` with functions of the
same names. Nothing of Rackhouse knows that it is simulated.
"""

import datetime
from typing import Any

import psycopg

from rackhouse.simulation import store

__all__ = ["SimulatedClock"]


class SimulatedClock:
    """Sets the time of a database. ``begins_at`` is its time at the beginning."""

    def __init__(
        self, connection: psycopg.AsyncConnection[tuple[Any, ...]], begins_at: datetime.datetime
    ) -> None:
        self.begins_at = begins_at
        self._connection = connection

    @classmethod
    async def install(cls, url: str, begins_at: datetime.datetime) -> "SimulatedClock":
        """Give a database that nobody uses yet a clock that stands still until it is set."""
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
        await store.install_clock(connection, begins_at)
        return cls(connection, begins_at)

    async def set(self, seconds: float) -> None:
        """Let it be some seconds after the beginning."""
        at = self.begins_at + datetime.timedelta(seconds=seconds)
        await store.set_clock(self._connection, at)

    async def close(self) -> None:
        """Let the clock stand."""
        await self._connection.close()
