"""One at a time: of several workers, one does a piece of work, and a dead one hinders nobody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rackhouse.platform.database import Database
from rackhouse.worker import store

__all__ = ["TURN_SECONDS", "turn_at"]

# Shorter than the time for which PostgreSQL lets a transaction idle: the lock is in one.
TURN_SECONDS = 50


@asynccontextmanager
async def turn_at(database: Database, name: str) -> AsyncIterator[bool]:
    """Whether it is our turn at a piece of work; nobody else's as long as the block lasts.

    PostgreSQL gives the turn back when the connection ends, so that a killed worker's is free at
    once.
    """
    async with database.transaction() as tx:
        yield await store.try_lock(tx, name)
