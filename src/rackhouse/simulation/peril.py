"""Peril: a worker that is killed in the middle of what it does, after a number of steps."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from rackhouse.platform.database import Database, Transaction
from rackhouse.platform.house import House

__all__ = ["PerilousHouse", "WorkerKilled", "in_peril", "step"]

_STEPS_LEFT: ContextVar[list[int] | None] = ContextVar("steps_left", default=None)
# Whose transactions are steps: that which is worked for connections.
STEPPED = "connectors"


class WorkerKilled(BaseException):
    """The process of a worker ended. Nothing in it hears of that."""


@contextmanager
def in_peril(steps: int | None) -> Iterator[None]:
    """Whoever works in this block is killed after so many steps; with None nobody is."""
    token = _STEPS_LEFT.set(None if steps is None else [steps])
    try:
        yield
    finally:
        _STEPS_LEFT.reset(token)


def step() -> None:
    """Go a step further; the last one is not survived."""
    left = _STEPS_LEFT.get()
    if left is None:
        return
    if left[0] == 0:
        raise WorkerKilled()
    left[0] -= 1


class PerilousHouse(House):
    """A house in which each transaction of a worker's own is a step."""

    def database(self, module: str) -> Database:
        """The database of a module."""
        found = super().database(module)
        if module == STEPPED and _STEPS_LEFT.get() is not None:
            return _PerilousDatabase(found)
        return found


class _PerilousDatabase(Database):
    """The same connections to the same database."""

    def __init__(self, database: Database) -> None:
        self.url = database.url
        self._pool = database._pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with super().transaction() as tx:
            yield tx
            step()  # killed just before it commits
        step()  # killed just after it committed
