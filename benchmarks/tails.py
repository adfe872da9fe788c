"""The tail: how long holds take at half the peak rate, with and without vacuum at work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from benchmarks import journeys
from benchmarks.figures import Figure, figure_of
from benchmarks.laboratory import HOT_SKU, Laboratory, UnderTest
from benchmarks.load import Sample, closed_loop, open_loop

__all__ = ["measure_tails"]

CONNECTIONS = 128
PEAK_CLIENTS = 64
PEAK_SECONDS = 3.0
LOAD_SHARE = 0.5
SEED = 20_261_121
AUTOVACUUM_COST_DELAY_MILLISECONDS = 1  # as the schema sets it for these tables
VACUUMED = ("inventory.event", "inventory.hold", "inventory.allocation", "inventory.stock")


async def measure_tails(
    lab: Laboratory, service: UnderTest, *, peak: float | None, seconds: float
) -> list[Figure]:
    """Open-loop holds on one hot SKU; without a known peak rate it is measured first."""
    if peak is None:
        go = journeys.hold(lab, service, [HOT_SKU])
        found = await closed_loop(
            service.url, go, clients=PEAK_CLIENTS, seconds=PEAK_SECONDS, at_least=1
        )
        peak = found.per_second
    rate = peak * LOAD_SHARE
    quiet = await _open(lab, service, rate, seconds)
    async with _vacuuming(lab):
        disturbed = await _open(lab, service, rate, seconds)
    what = f"holds arriving {rate:,.0f} times a second, one hot SKU, from the time each was due"
    return [
        figure_of("tail", what, [quiet]),
        figure_of("tail_vacuum", f"{what}, while vacuum runs", [disturbed]),
    ]


async def _open(lab: Laboratory, service: UnderTest, rate: float, seconds: float) -> Sample:
    return await open_loop(
        service.url,
        journeys.hold(lab, service, [HOT_SKU]),
        connections=CONNECTIONS,
        seconds=seconds,
        per_second=rate,
        seed=SEED,
    )


@asynccontextmanager
async def _vacuuming(lab: Laboratory) -> AsyncIterator[None]:
    """Vacuum and analyze the tables that holds write, one after another, again and again.

    It makes the pauses that autovacuum makes on these tables, but begins again at once, which is
    more than a service ever sees.
    """
    url = lab.settings.database_url
    assert url is not None
    database = await psycopg.AsyncConnection.connect(url, autocommit=True)
    task = asyncio.create_task(_vacuum(database))
    try:
        yield
        if task.done():
            await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.close()


async def _vacuum(database: "psycopg.AsyncConnection[tuple[object, ...]]") -> None:
    await database.execute(f"set vacuum_cost_delay = '{AUTOVACUUM_COST_DELAY_MILLISECONDS}ms'")
    while True:
        for table in VACUUMED:
            await database.execute(f"vacuum (analyze) {table}".encode())
