"""A drop during which an API process and then the database server are killed: whatever a buyer was
told is true afterwards, once, and nothing else is.

``RACKHOUSE_CRASH_ROUNDS`` says how many rounds, each with another seed; ``RACKHOUSE_CRASH_SEED``
makes the first seed one that you have seen before.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Iterator

import msgspec
import psycopg
import pytest
from crowd import AT_ONCE_LIMIT, Crowd, answers_otherwise
from purchases import (
    FoundHold,
    FoundOrder,
    FoundStock,
    House,
    Purchase,
    breaches_of,
)

from cli.rackhouse_program import Running, is_gone, passable_directory, until
from rackhouse.cli.session import reachable_database
from rackhouse.platform.settings import Settings
from rackhouse.rehearsal import DropPlan
from rackhouse.rehearsal.audit import audit
from rackhouse.rehearsal.http_client import HttpClient
from rackhouse.rehearsal.staging import Stage, staged

ROUNDS = int(os.environ.get("RACKHOUSE_CRASH_ROUNDS", "1"))
SEED = os.environ.get("RACKHOUSE_CRASH_SEED")
UNITS = 300
BUYERS = 420
API_WORKERS = 2
ANSWER_SECONDS = 20.0
SETTLED_WITHIN_SECONDS = 20.0
SETTLED_POLL_SECONDS = 0.2
CHANNELS = 2

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.slow,
]


class Wounds(msgspec.Struct, frozen=True, kw_only=True):
    """Who is killed after how many buyers went home, all from one seed."""

    worker: int
    worker_after: int
    database_after: int

    @staticmethod
    def drawn(seed: int) -> "Wounds":
        """The wounds of a seed."""
        chance = random.Random(seed)
        return Wounds(
            worker=chance.randrange(API_WORKERS),
            worker_after=int(BUYERS * chance.uniform(0.1, 0.4)),
            database_after=int(BUYERS * chance.uniform(0.45, 0.8)),
        )


@pytest.fixture
def running() -> Iterator[Running]:
    """Everything, started and ready, with an empty house."""
    with (
        passable_directory() as directory,
        Running(directory / "data", demo="false", api_workers=API_WORKERS) as running,
    ):
        yield running


@pytest.fixture(params=range(ROUNDS))
def seed(request: pytest.FixtureRequest) -> int:
    """Another seed for each round."""
    turn: int = request.param
    return random.randrange(1_000_000) if SEED is None else int(SEED) + turn


@pytest.mark.timeout(240)
async def test_what_buyers_were_told_survives_a_killed_api_process_and_a_killed_database_server(
    running: Running, seed: int
) -> None:
    wounds = Wounds.drawn(seed)
    print(f"\nseed {seed}: {wounds}")
    started = time.monotonic()
    token = running.rackhouse("token", "--role", "operator").stdout.strip()
    url = f"http://127.0.0.1:{running.port}"
    http = HttpClient(url, connections=AT_ONCE_LIMIT, timeout_seconds=ANSWER_SECONDS)
    plan = DropPlan(units=UNITS, channels=CHANNELS, prefix="CRASH", name="Dropped in a storm")
    async with staged(plan, http, token=token) as stage:
        crowd = Crowd(http, stage, buyers=BUYERS, seed=seed)
        await _drop_with(running, crowd, wounds)
        purchases = crowd.purchases
        assert await answers_otherwise(http, stage, purchases) == [], f"seed {seed}"
        house = await _settled(running, stage, purchases)
        assert breaches_of(purchases, house, units=UNITS) == [], f"seed {seed}"
        ledger = (await audit(http, stage, token=token)).ledger
    await http.close()
    assert (ledger.faults, ledger.worst_excess) == ([], 0), f"seed {seed}"
    assert (ledger.on_hand, ledger.held, ledger.committed) == msgspec.structs.astuple(house.stock)
    _verify(running)
    _must_catch_doctored(purchases, house)
    print(_told(purchases, house, time.monotonic() - started))


async def _drop_with(running: Running, crowd: Crowd, wounds: Wounds) -> None:
    """Let the crowd in, kill while it buys, and wait until all has come back."""
    api, database = running.children("api"), running.database_pid()
    dropping = asyncio.create_task(crowd.go())
    await crowd.reached(wounds.worker_after)
    os.kill(api[wounds.worker], signal.SIGKILL)
    await crowd.reached(wounds.database_after)
    os.kill(database, signal.SIGKILL)
    assert not dropping.done()
    await dropping
    await asyncio.to_thread(until, lambda: is_gone(database) and running.is_ready())
    await asyncio.to_thread(until, lambda: len(running.children("api")) == API_WORKERS)
    assert running.database_pid() != database
    assert api[wounds.worker] not in running.children("api")
    assert api[1 - wounds.worker] in running.children("api")


async def _settled(running: Running, stage: Stage, purchases: list[Purchase]) -> House:
    """The house after the jobs have tidied up and the orders have followed their holds; or as it
    was when there was no more time for that."""
    give_up_at = time.monotonic() + SETTLED_WITHIN_SECONDS
    house = _found(running, stage)
    while breaches_of(purchases, house, units=UNITS) and time.monotonic() < give_up_at:
        await asyncio.sleep(SETTLED_POLL_SECONDS)
        house = _found(running, stage)
    return house


def _found(running: Running, stage: Stage) -> House:
    with (
        reachable_database(Settings(data=running.data)) as settings,
        psycopg.connect(settings.database_url or "") as connection,
    ):
        connection.execute("set transaction isolation level repeatable read")
        (durable,) = connection.execute("show fsync").fetchone() or ("",)
        assert durable == "on"
        holds = connection.execute(
            """
            select h.id::text, h.customer_id, h.status, sum(a.held)::int, sum(a.committed)::int,
                sum(a.shipped)::int
            from inventory.hold h left join inventory.allocation a on a.hold_id = h.id
            group by h.id
            """
        ).fetchall()
        orders = connection.execute(
            """
            select id::text, customer_id, hold_id::text, status, (
                select sum((line ->> 'shipped')::int) from jsonb_array_elements(lines) as x (line)
                )::int
            from orders."order"
            """
        ).fetchall()
        stock = connection.execute(
            "select on_hand, held, committed from inventory.stock where sku = %s", [stage.sku]
        ).fetchone()
        (now,) = connection.execute("select clock_timestamp()").fetchone() or (None,)
    assert stock is not None
    assert now is not None
    return House(
        now=now,
        holds=[
            FoundHold(id=id_, name=name, status=status, held=held, committed=sold, shipped=shipped)
            for id_, name, status, held, sold, shipped in holds
        ],
        orders=[
            FoundOrder(id=id_, name=name, hold_id=hold_id, status=status, shipped=shipped)
            for id_, name, hold_id, status, shipped in orders
        ],
        stock=FoundStock(*stock),
    )


def _verify(running: Running) -> None:
    done = running.rackhouse("rebuild", "--verify", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = msgspec.json.decode(done.stdout)
    assert (told["oversold"], told["discrepancies"]) == (0, [])


def _must_catch_doctored(purchases: list[Purchase], house: House) -> None:
    """The check of this very round fails as soon as one hold or order is lost or doubled."""
    for kind in ("holds", "orders"):
        rows = getattr(house, kind)
        twin = msgspec.structs.replace(rows[0], id="another")
        for doctored in (rows[1:], [*rows, twin]):
            changed = msgspec.structs.replace(house, **{kind: doctored})
            assert breaches_of(purchases, changed, units=UNITS)


def _told(purchases: list[Purchase], house: House, seconds: float) -> str:
    requests = [request for purchase in purchases for request in purchase.requests]
    unsure = [request for request in requests if request.cut or request.put_off]
    stock = house.stock
    return (
        f"{len(requests)} requests, {sum(each.granted for each in requests)} granted; "
        f"{sum(each.cut > 0 for each in requests)} cut off, "
        f"{sum(each.put_off > 0 for each in requests)} put off, of these "
        f"{sum(each.replayed for each in unsure)} had been carried out; "
        f"{len(house.holds)} holds, {len(house.orders)} orders; of {UNITS} units "
        f"{UNITS - stock.on_hand} shipped, {stock.committed} committed, {stock.held} held; "
        f"{seconds:.1f} s"
    )
