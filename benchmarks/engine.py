"""The hold engine without HTTP: tasks of this process that place holds on one hot SKU."""

import asyncio
import itertools
import time
from array import array

import msgspec

from benchmarks.journeys import HOLD_SECONDS
from benchmarks.laboratory import CHANNEL, HOT_SKU, Laboratory
from benchmarks.load import Sample
from rackhouse.identity import permissions_of
from rackhouse.inventory import Hold, Line, place_hold
from rackhouse.inventory.http import hold_answer
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import IdempotencyKey, Rendered
from rackhouse.platform.ids import new_id

__all__ = ["engine"]

DEADLINE_SECONDS = 30.0

_numbers = itertools.count()


async def engine(lab: Laboratory, *, clients: int, seconds: float) -> Sample:
    """So many tasks that each place hold after hold, with a key and an answer to remember."""
    latencies = array("d")
    started = time.perf_counter()
    ends = started + seconds
    caller = Caller(subject="benchmark", permissions=permissions_of(["channel"]), channel=CHANNEL)
    lines = [Line(HOT_SKU, 1)]

    async def go() -> None:
        now = time.perf_counter()
        while now < ends:
            context = _context(lab.house, caller, f"{lab.run}-engine-{next(_numbers)}")
            await place_hold(
                context=context, channel=CHANNEL, lines=lines, ttl_seconds=HOLD_SECONDS
            )
            done = time.perf_counter()
            latencies.append((done - now) * 1000)
            now = done

    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(go())
    elapsed = time.perf_counter() - started
    return Sample(len(latencies), elapsed, sorted(latencies))


def _context(house: House, caller: Caller, key: str) -> Context:
    return Context(
        house=house,
        caller=caller,
        correlation_id=new_id(),
        deadline=time.monotonic() + DEADLINE_SECONDS,
        idempotency=IdempotencyKey(caller=caller.subject, key=key, fingerprint=key, render=_render),
    )


def _render(hold: Hold) -> Rendered:
    return Rendered(201, msgspec.json.encode(hold_answer(hold)).decode())
