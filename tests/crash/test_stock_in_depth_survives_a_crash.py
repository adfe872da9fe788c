"""Lots, numbers, transfers, allotments, offline sales, promises, quotas, waiting lists, counts and
recalls, all at once, while an API process and then the database server are killed: whatever anybody
was told is true afterwards, once.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
import pytest
from found import Found, breaches_of, found_in
from stories import Story, Teller, prepared

from cli.rackhouse_program import Running, is_gone, passable_directory, until
from rackhouse.cli.session import reachable_database
from rackhouse.platform.settings import Settings
from rackhouse.rehearsal.http_client import HttpClient

API_WORKERS = 2
OF_EACH = 12
AT_ONCE = 32
ANSWER_SECONDS = 20.0
SETTLED_WITHIN_SECONDS = 20.0
SETTLED_POLL_SECONDS = 0.2
WORKER_DIES_AT, DATABASE_DIES_AT = 0.25, 0.6

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.slow,
]


@pytest.fixture
def running() -> Iterator[Running]:
    """Everything, started and ready, with an empty house."""
    with (
        passable_directory() as directory,
        Running(directory / "data", demo="false", api_workers=API_WORKERS) as running,
    ):
        yield running


@pytest.mark.timeout(240)
async def test_what_people_were_told_of_stock_in_depth_survives_a_crash(running: Running) -> None:
    token = running.rackhouse("token", "--role", "operator").stdout.strip()
    url = f"http://127.0.0.1:{running.port}"
    http = HttpClient(url, connections=AT_ONCE, timeout_seconds=ANSWER_SECONDS)
    await prepared(http, token, sheets=OF_EACH)
    teller = Teller(http, token, of_each=OF_EACH, at_once=AT_ONCE)
    await _told_with_wounds(running, teller)
    assert await teller.answers_otherwise() == []
    found = await _settled(running, teller.stories)
    await http.close()
    assert breaches_of(teller.stories, found) == []
    verified = _asked(running, "rebuild", "--verify", "--json")
    assert (verified["oversold"], verified["discrepancies"]) == (0, [])
    audited = _asked(running, "audit", "--whole", "--fast", "--json")
    assert audited["open_cases"] == []
    _must_catch_doctored(teller.stories, found)
    requests = [request for story in teller.stories for request in story.requests]
    print(
        f"\n{len(requests)} requests, {sum(each.granted for each in requests)} granted; "
        f"{sum(each.cut > 0 for each in requests)} cut off, "
        f"{sum(each.put_off > 0 for each in requests)} put off"
    )


async def _told_with_wounds(running: Running, teller: Teller) -> None:
    """Kill while the stories are told, and wait until all has come back."""
    api, database = running.children("api"), running.database_pid()
    telling = asyncio.create_task(teller.tell())
    await teller.reached(WORKER_DIES_AT)
    os.kill(api[0], signal.SIGKILL)
    await teller.reached(DATABASE_DIES_AT)
    os.kill(database, signal.SIGKILL)
    assert not telling.done()
    await telling
    await asyncio.to_thread(until, lambda: is_gone(database) and running.is_ready())
    await asyncio.to_thread(until, lambda: len(running.children("api")) == API_WORKERS)
    assert running.database_pid() != database
    assert api[0] not in running.children("api")


async def _settled(running: Running, stories: list[Story]) -> Found:
    """The house after the jobs have followed; or as it was when there was no more time."""
    give_up_at = time.monotonic() + SETTLED_WITHIN_SECONDS
    found = _found(running)
    while breaches_of(stories, found) and time.monotonic() < give_up_at:
        await asyncio.sleep(SETTLED_POLL_SECONDS)
        found = _found(running)
    return found


def _found(running: Running) -> Found:
    with (
        reachable_database(Settings(data=running.data)) as settings,
        psycopg.connect(settings.database_url or "") as connection,
    ):
        return found_in(connection)


def _asked(running: Running, *arguments: str) -> Any:
    done = running.rackhouse(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return msgspec.json.decode(done.stdout)


def _must_catch_doctored(stories: list[Story], found: Found) -> None:
    """The check of this very round fails as soon as anything is lost, doubled or otherwise."""
    for kind in ("holds", "orders", "waiting", "transfers", "marked", "units", "recalled"):
        rows = getattr(found, kind)
        kept = [each for each in rows if each[0] is not None]
        for doctored in (kept[1:], [*rows, *kept[:1]] if kind != "units" else []):
            changed = msgspec.structs.replace(found, **{kind: doctored})
            assert breaches_of(stories, changed), kind
    for key in found.stock:
        figures = found.stock[key] | {"committed": found.stock[key]["committed"] + 1}
        stock = found.stock | {key: figures}
        if key[0] != "WAITED":
            assert breaches_of(stories, msgspec.structs.replace(found, stock=stock)), key
    assert breaches_of(stories, msgspec.structs.replace(found, quota_used=0))
