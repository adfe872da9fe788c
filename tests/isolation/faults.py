"""The table of faults: what is broken while clients are at work. Each breaks something, lets the
clients feel it, and mends it again; the last line of each is back in order.

To add a fault, write a function of a ``Storm`` and a line in ``FAULTS``.
"""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import psycopg

from isolation.history import Scene
from isolation.site import ApiProcess, Site
from isolation.wire import Wire

__all__ = ["FAULTS", "SKEWED", "Blow", "Storm", "drawn_skew"]

SKEW_LIMIT_SECONDS = 900.0
FELT_SECONDS = 0.5
FELT_ANSWERS = 25
SKEWED = "a process has a wrong clock"

_SESSIONS = """
    select pid from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and backend_type = 'client backend'
"""


class Blow(msgspec.Struct, frozen=True):
    """A fault that comes after so many answers."""

    after: int
    fault: str


class Storm:
    """What faults reach, and the chance that chooses among it."""

    def __init__(self, site: Site, wire: Wire, scene: Scene, seed: str) -> None:
        self.site = site
        self.scene = scene
        self.chance = random.Random(f"{seed}/storm")
        self.over = asyncio.Event()
        self._wire = wire

    async def rage(self, blows: Sequence[Blow]) -> None:
        """Deal the blows, each when its time has come, until it is ``over``."""
        over = asyncio.create_task(self.over.wait())
        for blow in sorted(blows, key=lambda each: each.after):
            due = asyncio.create_task(self._wire.after(blow.after).wait())
            await asyncio.wait([due, over], return_when=asyncio.FIRST_COMPLETED)
            due.cancel()
            if over.done():
                return
            await FAULTS[blow.fault](self)
        over.cancel()

    def broke(self, fault: str, facts: str) -> None:
        """Write down what is broken."""
        self._wire.recorder.broke(fault, facts)

    async def felt(self) -> None:
        """Wait until clients have felt it: so many answers, or some moments if there are none."""
        event = self._wire.after(self._wire.recorder.answers + FELT_ANSWERS)
        try:
            await asyncio.wait_for(event.wait(), FELT_SECONDS)
        except TimeoutError:
            return

    def process(self) -> ApiProcess:
        """One of the API processes."""
        return self.chance.choice(self.site.api)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[psycopg.AsyncConnection[tuple[Any, ...]]]:
        """A session of our own."""
        url = self.site.database_url
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            yield connection


def drawn_skew(chance: random.Random) -> float:
    """By how many seconds the clock of a process is wrong: one in four is right."""
    if chance.random() < 0.25:
        return 0.0
    return round(chance.uniform(-SKEW_LIMIT_SECONDS, SKEW_LIMIT_SECONDS), 1)


async def _kill_process(storm: Storm) -> None:
    process = storm.process()
    storm.broke("an API process is killed", process.name)
    process.kill()
    skew_seconds = drawn_skew(storm.chance)
    storm.site.start(process, skew_seconds=skew_seconds)
    if skew_seconds:
        storm.broke(SKEWED, f"{process.name} by {skew_seconds} s")


async def _kill_database(storm: Storm) -> None:
    storm.broke("the database server is killed", "")
    await storm.site.kill_database()


async def _end_sessions(storm: Storm) -> None:
    async with storm.session() as session:
        pids = [pid for (pid,) in await (await session.execute(_SESSIONS)).fetchall()]
        ended = [pid for pid in pids if storm.chance.random() < 0.6]
        storm.broke("sessions are ended", f"{len(ended)} of {len(pids)}")
        for pid in ended:
            await session.execute("select pg_terminate_backend(%s)", [pid])


async def _pause_process(storm: Storm) -> None:
    process = storm.process()
    storm.broke("an API process is paused", process.name)
    process.pause()
    await storm.felt()
    process.resume()


async def _pause_session(storm: Storm) -> None:
    """A connection that says nothing for a while, perhaps in the middle of a transaction."""
    async with storm.session() as session:
        busy = _SESSIONS + "order by state = 'idle', random() limit 1"
        (pid,) = await (await session.execute(busy)).fetchone() or (None,)
    if pid is None:
        return
    storm.broke("a session is paused", "")
    os.kill(pid, signal.SIGSTOP)
    await storm.felt()
    os.kill(pid, signal.SIGCONT)


async def _lock_stock(storm: Storm) -> None:
    """A transaction of somebody else that keeps a stock for a while."""
    stock = (storm.chance.choice(storm.scene.skus), storm.chance.choice(storm.scene.locations))
    async with storm.session() as session, session.transaction():
        turn = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
        await session.execute(turn, ["@".join(stock)])
        await session.execute(
            "select from inventory.stock where sku = %s and location = %s for update", stock
        )
        storm.broke("a stock is kept locked", "@".join(stock))
        await storm.felt()


FAULTS: dict[str, Callable[[Storm], Awaitable[None]]] = {
    "an API process is killed": _kill_process,
    "the database server is killed": _kill_database,
    "sessions are ended": _end_sessions,
    "an API process is paused": _pause_process,
    "a session is paused": _pause_session,
    "a stock is kept locked": _lock_stock,
}
