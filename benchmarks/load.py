"""Load: so many clients that each wait for their answer, or arrivals that wait for nobody."""

import asyncio
import itertools
import random
import time
from array import array
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from rackhouse.rehearsal.http_client import HttpAnswer, HttpConnection

__all__ = ["Journey", "Sample", "UnexpectedAnswer", "closed_loop", "expect", "open_loop"]

TIMEOUT_SECONDS = 20.0
GIVE_UP_SECONDS = 20.0

Journey = Callable[[HttpConnection, int], Awaitable[None]]
"""What one client does over a connection; the number is never given twice."""

_numbers: Iterator[int] = itertools.count()


class UnexpectedAnswer(Exception):
    """A benchmark got an answer that it can not count."""


class Sample(msgspec.Struct, frozen=True):
    """What one run measured: journeys, the seconds they took together, each one's latency."""

    journeys: int
    seconds: float
    latencies_ms: list[float]

    @property
    def per_second(self) -> float:
        """Journeys a second."""
        return self.journeys / self.seconds


async def expect(connection: HttpConnection, request: bytes, status: int) -> HttpAnswer:
    """The answer to a request; refuses with `UnexpectedAnswer` any other status."""
    answer = await connection.ask(request, timeout_seconds=TIMEOUT_SECONDS)
    if answer.status != status:
        raise UnexpectedAnswer(f"{answer.status} instead of {status}: {answer.body[:500]!r}")
    return answer


async def closed_loop(
    url: str, journey: Journey, *, clients: int, seconds: float, at_least: int
) -> Sample:
    """Clients that send their next request once the last was answered.

    Goes on past ``seconds`` until ``at_least`` journeys were made, `GIVE_UP_SECONDS` at most.
    """
    connections = await _connect(url, clients)
    latencies = array("d")
    started = time.perf_counter()
    ends = started + seconds

    async def go(connection: HttpConnection) -> None:
        now = time.perf_counter()
        while now < ends or (len(latencies) < at_least and now < started + GIVE_UP_SECONDS):
            await journey(connection, next(_numbers))
            done = time.perf_counter()
            latencies.append((done - now) * 1000)
            now = done

    try:
        await _all(go(connection) for connection in connections)
        elapsed = time.perf_counter() - started
    finally:
        _disconnect(connections)
    return Sample(len(latencies), elapsed, sorted(latencies))


async def open_loop(
    url: str, journey: Journey, *, connections: int, seconds: float, per_second: float, seed: int
) -> Sample:
    """Poisson arrivals at a rate, each timed from the moment it was due, so that a stall is
    counted against every arrival that it kept waiting."""
    opened = await _connect(url, connections)
    idle: asyncio.Queue[HttpConnection] = asyncio.Queue()  # in turn: an idle one is cut off
    for connection in opened:
        idle.put_nowait(connection)
    latencies = array("d")
    started = time.perf_counter()

    async def arrive(due: float) -> None:
        connection = await idle.get()
        await journey(connection, next(_numbers))
        latencies.append((time.perf_counter() - due) * 1000)
        idle.put_nowait(connection)

    try:
        async with asyncio.TaskGroup() as group:
            for offset in _arrivals(seconds, per_second, seed):
                due = started + offset
                if (ahead := due - time.perf_counter()) > 0:
                    await asyncio.sleep(ahead)
                group.create_task(arrive(due))
        elapsed = time.perf_counter() - started
    finally:
        _disconnect(opened)
    return Sample(len(latencies), elapsed, sorted(latencies))


def _arrivals(seconds: float, per_second: float, seed: int) -> Iterator[float]:
    chance = random.Random(seed)
    at = chance.expovariate(per_second)
    while at < seconds:
        yield at
        at += chance.expovariate(per_second)


async def _all(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do all at once; the first failure ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _connect(url: str, count: int) -> list[HttpConnection]:
    parts = urlsplit(url)
    assert parts.hostname is not None and parts.port is not None
    opening = [HttpConnection.open(parts.hostname, parts.port) for _ in range(count)]
    return list(await asyncio.gather(*opening))


def _disconnect(connections: list[HttpConnection]) -> None:
    for connection in connections:
        connection.close()
