"""The queue of periodic jobs, and its tables."""

import asyncio
from collections.abc import AsyncIterator

import procrastinate
import psycopg
import pytest
from procrastinate.exceptions import ConnectorException

from houses import fresh_database
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.module import Job
from rackhouse.platform.settings import Settings
from rackhouse.worker import migrate_queue
from rackhouse.worker.queue import cron_of, keep_queue
from rackhouse.worker.upkeep import JOBS, forget_old_keys

WAIT_SECONDS = 90
TABLES = "select table_schema from information_schema.tables where table_name ^@ 'procrastinate'"


@pytest.fixture
async def queue_house(server_url: str, settings: Settings) -> AsyncIterator[House]:
    """A house with an empty queue."""
    alone = Settings(data=settings.data, database_url=fresh_database(server_url))
    async with House(alone, MODULES) as house:
        await migrate(house)
        await migrate_queue(house)
        yield house


def rows(house: House, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(house.database("platform").url, autocommit=True) as connection:
        answer = connection.execute(statement)
        return answer.fetchall() if answer.description else []


def minutely(run: "asyncio.Queue[str]") -> Job:
    async def put(context: Context) -> None:
        run.put_nowait("ran")

    return Job(name="test.minutely", every_seconds=60, permissions=frozenset(), run=put)


@pytest.mark.parametrize(
    ("every_seconds", "cron"),
    [
        (60, "*/1 * * * *"),
        (600, "*/10 * * * *"),
        (3_600, "0 */1 * * *"),
        (21_600, "0 */6 * * *"),
        (86_400, "0 0 * * *"),
    ],
)
def test_a_distance_becomes_a_cron_expression(every_seconds: int, cron: str) -> None:
    assert cron_of(every_seconds) == cron


@pytest.mark.parametrize("every_seconds", [90, 420, 18_000, 100_000])
def test_a_distance_that_would_be_uneven_is_refused(every_seconds: int) -> None:
    with pytest.raises(ValueError, match="evenly"):
        cron_of(every_seconds)


def test_every_job_of_the_house_has_its_time() -> None:
    for each in [*JOBS, *(each for module in MODULES for each in module.jobs)]:
        assert each.every_seconds < 60 or cron_of(each.every_seconds)


async def test_the_queue_keeps_to_its_own_schema_and_is_made_once(queue_house: House) -> None:
    assert {schema for (schema,) in rows(queue_house, TABLES)} == {"jobs"}
    assert await migrate_queue(queue_house) == []


async def test_a_library_migration_that_came_later_is_applied(queue_house: House) -> None:
    last = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
    rows(queue_house, f"delete from platform.migration where module = 'jobs' and name = '{last}'")
    rows(queue_house, "drop function jobs.procrastinate_retry_job_v2 cascade")
    assert [each.name for each in await migrate_queue(queue_house)] == [last]


async def test_a_periodic_job_runs_and_leaves_no_row(queue_house: House) -> None:
    ran: asyncio.Queue[str] = asyncio.Queue()
    working = asyncio.create_task(keep_queue(queue_house, [minutely(ran)]))
    async with asyncio.timeout(WAIT_SECONDS):
        assert await ran.get() == "ran"
        left = "select 1 from jobs.procrastinate_jobs where task_name = 'test.minutely'"
        while rows(queue_house, left) != []:
            await asyncio.sleep(0.05)
    working.cancel()
    await asyncio.wait([working])


async def test_the_queue_begins_anew_when_its_connections_break(queue_house: House) -> None:
    ran: asyncio.Queue[str] = asyncio.Queue()
    working = asyncio.create_task(keep_queue(queue_house, [minutely(ran)]))
    async with asyncio.timeout(WAIT_SECONDS):
        await ran.get()
        rows(
            queue_house,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()",
        )
        assert await ran.get() == "ran"
    working.cancel()
    await asyncio.wait([working])


async def test_a_run_that_a_killed_worker_left_behind_hinders_no_later_one(
    queue_house: House,
) -> None:
    rows(
        queue_house,
        "insert into jobs.procrastinate_jobs (queue_name, task_name, lock, status)"
        " values ('test.minutely', 'test.minutely', 'test.minutely', 'doing')",
    )
    ran: asyncio.Queue[str] = asyncio.Queue()
    working = asyncio.create_task(keep_queue(queue_house, [minutely(ran)]))
    async with asyncio.timeout(WAIT_SECONDS):
        assert await ran.get() == "ran"
    working.cancel()
    await asyncio.wait([working])


async def test_idempotency_keys_are_forgotten_after_a_day(queue_house: House) -> None:
    rows(
        queue_house,
        "insert into platform.idempotency_key"
        " select 'somebody', name, '', 200, '', now() - age * interval '1 hour'"
        " from (values ('old', 25), ('young', 23)) as keys (name, age)",
    )
    await forget_old_keys(Context.of_service(queue_house, "test", frozenset()))
    assert rows(queue_house, "select key from platform.idempotency_key") == [("young",)]


async def test_a_queue_that_can_not_say_good_bye_to_its_database_ends_all_the_same(
    queue_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = asyncio.Event()

    async def work_until_cancelled(self: procrastinate.App, **_: object) -> None:
        works.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectorException from None

    monkeypatch.setattr(procrastinate.App, "run_worker_async", work_until_cancelled)
    keeping = asyncio.create_task(keep_queue(queue_house, ()))
    await works.wait()
    keeping.cancel()
    done, _ = await asyncio.wait([keeping], timeout=WAIT_SECONDS)
    assert done and keeping.cancelled()
