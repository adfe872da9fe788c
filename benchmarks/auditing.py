"""The audit: what holds feel of one over a long history, and that it finds nothing."""

import asyncio
import datetime
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from benchmarks import journeys
from benchmarks.figures import Figure, figure_of
from benchmarks.histories import History, load_histories
from benchmarks.laboratory import HOT_SKU, RACKHOUSE, Laboratory, UnderTest, environment
from benchmarks.load import Sample, closed_loop
from rackhouse.reconciliation import audit_page

__all__ = ["measure_audit"]

SKUS, EVENTS = 10_000, 1_000_000
CLIENTS = 64
WARM_SECONDS = 0.5
AUDIT = (*RACKHOUSE, "audit", "--whole", "--json")
POLL_SECONDS = 0.1
READS_SECONDS = 60
FINISH_SECONDS = 1_800
SEED = 20_261_123


class _Audit(msgspec.Struct, frozen=True):
    events: int
    stock_rows: int
    worked_seconds: float


class _Outcome(msgspec.Struct, frozen=True):
    audit: _Audit
    open_cases: list[Any]


async def measure_audit(lab: Laboratory, service: UnderTest, *, seconds: float) -> list[Figure]:
    """Holds before, during and after an audit at its usual pace, which is then carried on to its
    end at full speed, with nobody there."""
    await _load(lab)
    await _holds(lab, service, WARM_SECONDS)
    quiet = [await _holds(lab, service, seconds)]
    async with _under_way(lab):
        during = await _holds(lab, service, 2 * seconds)
    quiet.append(await _holds(lab, service, seconds))
    outcome = await _carried_on(lab)
    if outcome.open_cases:
        raise RuntimeError(f"The audit found what is not there: {outcome.open_cases[0]}")
    read = outcome.audit
    what = f"POST /api/v1/holds, one hot SKU, {CLIENTS} clients, 1 worker"
    told = f"audit of {read.events:,} events and {read.stock_rows:,} balances, in events"
    worked = Sample(read.events, read.worked_seconds, [])
    return [
        figure_of("holds_unaudited", f"{what}, before and after an audit", quiet),
        figure_of("holds_audited", f"{what}, while an audit runs", [during]),
        figure_of("audit", f"{told}, without its rests", [worked]),
    ]


async def _holds(lab: Laboratory, service: UnderTest, seconds: float) -> Sample:
    go = journeys.hold(lab, service, [HOT_SKU])
    return await closed_loop(service.url, go, clients=CLIENTS, seconds=seconds, at_least=1)


async def _load(lab: Laboratory) -> None:
    until = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    each = EVENTS // SKUS
    histories = [
        History(f"BENCH-YEAR-{number:05d}", events=each, until=until, seed=SEED + number)
        for number in range(SKUS)
    ]
    await load_histories(lab, histories)


@asynccontextmanager
async def _under_way(lab: Laboratory) -> AsyncIterator[None]:
    """An audit that runs as long as the block does; it must not have ended by then."""
    process = await asyncio.create_subprocess_exec(*AUDIT, env=environment(lab), stdout=DEVNULL)
    try:
        await _until_it_reads(lab)
        yield
        if process.returncode is not None:
            raise RuntimeError("The audit ended before what it was to be measured beside.")
    finally:
        process.terminate()
        await process.wait()


async def _until_it_reads(lab: Laboratory) -> None:
    async with asyncio.timeout(READS_SECONDS):
        while True:
            audits = await audit_page(context=lab.context(), before=None, limit=1)
            if audits and audits[0].events:
                return
            await asyncio.sleep(POLL_SECONDS)


async def _carried_on(lab: Laboratory) -> _Outcome:
    """Carry the audit on to its end."""
    process = await asyncio.create_subprocess_exec(
        *AUDIT, "--fast", env=environment(lab), stdout=PIPE
    )
    async with asyncio.timeout(FINISH_SECONDS):
        output, _ = await process.communicate()
    return msgspec.json.decode(output, type=_Outcome)
