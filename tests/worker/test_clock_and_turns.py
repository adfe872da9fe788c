"""What is done every few seconds: by one worker at a time, again and again, whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.module import Job
from rackhouse.worker.clock import do_once, keep_doing
from rackhouse.worker.turns import turn_at

WAIT_SECONDS = 60


def job(run: Callable[[], Awaitable[None]], *, every_seconds: int = 1) -> Job:
    """A job of a fresh name."""

    async def with_context(context: Context) -> None:
        assert context.caller.permissions == {"inventory:read"}
        await run()

    return Job(
        name=f"test.{new_id()}",
        every_seconds=every_seconds,
        permissions=frozenset({"inventory:read"}),
        run=with_context,
    )


async def test_a_piece_of_work_is_done_by_one_at_a_time(house: House) -> None:
    database, name = house.database("platform"), new_id()
    async with turn_at(database, name) as first, turn_at(database, name) as second:
        assert (first, second) == (True, False)
    async with turn_at(database, name) as third:
        assert third


async def test_different_work_goes_on_side_by_side(house: House) -> None:
    database = house.database("platform")
    async with turn_at(database, new_id()) as one, turn_at(database, new_id()) as other:
        assert one
        assert other


async def test_the_turn_of_a_dead_worker_is_free_at_once(house: House, server_url: str) -> None:
    database, name = house.database("platform"), new_id()
    with pytest.raises(Exception, match="database does not answer"):
        async with turn_at(database, name) as ours:
            assert ours
            await _end_connections(server_url, holding=name)
    async with turn_at(database, name) as free:
        assert free


async def test_a_job_is_left_alone_while_another_worker_does_it(house: House) -> None:
    done = []

    async def run() -> None:
        done.append("done")

    database, work = house.database("platform"), job(run)
    async with turn_at(database, work.name):
        assert not await do_once(house, database, work)
    assert await do_once(house, database, work)
    assert done == ["done"]


async def test_a_job_that_fails_is_done_again_at_its_time(house: House) -> None:
    done: asyncio.Queue[str] = asyncio.Queue()

    async def run() -> None:
        done.put_nowait("done")
        raise RuntimeError("it fails")

    working = asyncio.create_task(keep_doing(house, house.database("platform"), job(run)))
    async with asyncio.timeout(WAIT_SECONDS):
        assert [await done.get(), await done.get()] == ["done", "done"]
    working.cancel()


async def _end_connections(server_url: str, *, holding: str) -> None:
    """End the connection that holds a name, as if its worker had been killed."""
    async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as connection:
        await connection.execute(
            """
            select pg_terminate_backend(pid) from pg_locks
            where locktype = 'advisory' and objsubid = 1
              and (classid::bigint << 32 | objid::bigint) = hashtextextended(%s, 1)
            """,
            [holding],
        )
