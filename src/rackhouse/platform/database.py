"""Database access: a pool, transactions, and verbs that say how many rows they expect."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import AsyncPipeline
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from rackhouse.platform.errors import Busy

__all__ = ["Database", "DatabaseUnavailable", "Pending", "Transaction"]

Row = TypeVar("Row")
Connection = psycopg.AsyncConnection[tuple[Any, ...]]

LOCK_TIMEOUT_MILLISECONDS = 10_000
STATEMENT_TIMEOUT_MILLISECONDS = 60_000
IDLE_TIMEOUT_MILLISECONDS = 60_000
CONNECT_TIMEOUT_SECONDS = 10.0
# Requests touch a few rows of large tables by their keys. With figures that are minutes old the
# planner takes such a table for a small one and reads all of it: measured on the idempotency keys
# of 60,000 requests, 4.5 ms a batch instead of 0.3 ms.
JOIN_BY_KEY = {"enable_hashjoin": "off", "enable_mergejoin": "off"}
SNAPSHOT: LiteralString = "begin isolation level repeatable read read only"
NO_PARAMETERS: Mapping[str, Any] = {}


@dataclass(eq=False)
class DatabaseUnavailable(Busy):
    """The database does not answer at the moment ({reason}). Send the request again."""

    reason: str


class Pending:
    """The answer to a statement that was sent in a pipeline; read it after the pipeline closed."""

    def __init__(self, cursor: psycopg.AsyncCursor[tuple[Any, ...]]) -> None:
        self._cursor = cursor

    async def all(self, row: Callable[..., Row]) -> list[Row]:
        """Every row of the answer."""
        return [row(*values) for values in await self._cursor.fetchall()]

    async def one(self, row: Callable[..., Row]) -> Row:
        """The one row of the answer."""
        (found,) = await self.all(row)
        return found


class _HeldPipeline(AsyncPipeline):
    """A pipeline that sends nothing before its end, or before an answer is wanted.

    psycopg's own talks to the server at each statement. In a batch of a dozen, waking up for each
    costs more than the statements: 1.1 ms of 4.6 ms, measured on 31 holds.
    """

    ended = False

    def _communicate_gen(self) -> PQGen[None]:
        if self.ended:
            yield from super()._communicate_gen()

    def _fetch_gen(self, *, flush: bool) -> PQGen[None]:
        try:
            if not self.ended:
                yield from super()._communicate_gen()
        finally:
            # The sync that ends a pipeline flushes, once it was sent; a flush besides would cost
            # each side another system call.
            synced = self.ended and not self.command_queue
            yield from super()._fetch_gen(flush=flush and not synced)


class Transaction:
    """One transaction, begun with its first statement. Columns come back in order as the arguments
    of ``row``. On a connection in autocommit mode, one that counts as ``begun`` gives each
    statement a transaction of its own.
    """

    def __init__(
        self, connection: Connection, *, begun: bool = False, begin: LiteralString = "begin"
    ) -> None:
        self._connection = connection
        self._begun = begun
        self._begin: LiteralString = begin

    async def one(
        self,
        row: Callable[..., Row],
        statement: LiteralString,
        parameters: Mapping[str, Any] = NO_PARAMETERS,
    ) -> Row:
        """Exactly one row; anything else is a broken invariant."""
        found = await self.all(row, statement, parameters)
        assert len(found) == 1, f"one row expected, {len(found)} found"
        return found[0]

    async def maybe(
        self,
        row: Callable[..., Row],
        statement: LiteralString,
        parameters: Mapping[str, Any] = NO_PARAMETERS,
    ) -> Row | None:
        """One row or none."""
        found = await self.all(row, statement, parameters)
        assert len(found) <= 1, f"at most one row expected, {len(found)} found"
        return found[0] if found else None

    async def all(
        self,
        row: Callable[..., Row],
        statement: LiteralString,
        parameters: Mapping[str, Any] = NO_PARAMETERS,
    ) -> list[Row]:
        """Every row, none being fine."""
        cursor = await self._execute(statement, parameters)
        return [row(*values) for values in await cursor.fetchall()]

    async def rows(
        self, statement: LiteralString, parameters: Mapping[str, Any] = NO_PARAMETERS
    ) -> list[Any]:
        """Every row as the tuple that it is, for reading very many."""
        cursor = await self._execute(statement, parameters)
        return await cursor.fetchall()

    async def run(
        self, statement: LiteralString, parameters: Mapping[str, Any] = NO_PARAMETERS
    ) -> int:
        """Change rows and say how many; in a pipeline the number is not known yet (-1)."""
        cursor = await self._execute(statement, parameters)
        return cursor.rowcount

    async def send(
        self, statement: LiteralString, parameters: Mapping[str, Any] = NO_PARAMETERS
    ) -> Pending:
        """Send a statement inside ``pipeline`` without waiting for its answer."""
        return Pending(await self._execute(statement, parameters))

    @asynccontextmanager
    async def pipeline(self, *, commit: bool = False) -> AsyncIterator[None]:
        """Statements inside travel to the server in one round trip; with ``commit`` so does the
        end of the transaction. Asking for an answer inside (``one``, ``all``) takes a further
        round trip for all that was sent before."""
        pipeline = self._connection._pipeline = _HeldPipeline(self._connection)
        try:
            async with pipeline:
                try:
                    yield
                    if commit:
                        await self._execute("commit", NO_PARAMETERS)
                except BaseException:
                    pipeline.command_queue.clear()
                    pipeline.result_queue.clear()
                    raise
                finally:
                    pipeline.ended = True
        finally:
            self._connection._pipeline = None

    async def _execute(
        self, statement: LiteralString, parameters: Mapping[str, Any]
    ) -> psycopg.AsyncCursor[tuple[Any, ...]]:
        if not self._begun:
            self._begun = True
            await self._connection.execute(self._begin)
        return await self._connection.execute(statement, parameters or None)


class Database:
    """A PostgreSQL database and this process's connections to it."""

    def __init__(self, url: str, *, connections: int) -> None:
        self.url = url
        self._pool = AsyncConnectionPool(
            make_conninfo(url, options=_session_options(), connect_timeout=10),
            min_size=1,
            max_size=connections,
            timeout=CONNECT_TIMEOUT_SECONDS,
            kwargs={"autocommit": True},
            open=False,
        )

    async def open(self) -> None:
        """Connect; refuses with `DatabaseUnavailable`."""
        await self._pool.open()
        with _refusals():
            await self._pool.wait(timeout=CONNECT_TIMEOUT_SECONDS)

    async def close(self) -> None:
        """Let every connection go."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A READ COMMITTED transaction that commits at the end of the block, or undoes all of it.

        Refuses with `DatabaseUnavailable` when no connection can be had.
        """
        with _refusals():
            async with self._pool.connection() as connection:
                yield Transaction(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """Statements that only read, each by itself and in one round trip.

        Refuses with `DatabaseUnavailable` when no connection can be had.
        """
        with _refusals():
            async with self._pool.connection() as connection:
                yield Transaction(connection, begun=True)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """Statements that only read, all as of the moment of the first one. To be ended soon: as
        long as it lasts, no dead version of any row can be cleaned up.

        Refuses with `DatabaseUnavailable` when no connection can be had.
        """
        with _refusals():
            async with self._pool.connection() as connection:
                yield Transaction(connection, begin=SNAPSHOT)

    async def connect(self) -> psycopg.AsyncConnection[tuple[Any, ...]]:
        """A connection of its own in autocommit mode, for listening; the caller closes it."""
        with _refusals():
            return await psycopg.AsyncConnection.connect(
                make_conninfo(self.url, options=_session_options(), connect_timeout=10),
                autocommit=True,
            )


@contextmanager
def _refusals() -> Iterator[None]:
    """Turns the driver's ways to say "no connection" into the refusal."""
    try:
        yield
    except psycopg.errors.QueryCanceled:
        raise
    except (PoolTimeout, psycopg.OperationalError) as error:
        raise DatabaseUnavailable(reason=type(error).__name__) from error


def _session_options() -> str:
    return " ".join(
        f"-c {name}={value}"
        for name, value in {
            **JOIN_BY_KEY,
            "lock_timeout": LOCK_TIMEOUT_MILLISECONDS,
            "statement_timeout": STATEMENT_TIMEOUT_MILLISECONDS,
            "idle_in_transaction_session_timeout": IDLE_TIMEOUT_MILLISECONDS,
            "timezone": "UTC",
        }.items()
    )
