"""Dispatching: each worker runs the outlets that it can get, and no outlet is run twice."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import structlog

from rackhouse.outlets import store
from rackhouse.outlets.opening import kinds_of
from rackhouse.outlets.running import Runner
from rackhouse.outlets.store import Runnable
from rackhouse.platform.database import DatabaseUnavailable, Transaction
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.tail import Tails
from rackhouse.platform.tasks import ended, set_within

__all__ = ["keep_dispatching", "run_outlet"]

# The tail wakes us when outlets change; this is for workers that end, and to tell how far we are.
ROUND_SECONDS = 1.0
RETRY_SECONDS = 1.0
STOP_SECONDS = 2.0
OUTLETS_OF_ONE_LIMIT = 500
SENDS_AT_ONCE_LIMIT = 64
# Targets that failed wait for one another, and not those that are well for them.
RETRIES_AT_ONCE_LIMIT = 16

_log = structlog.get_logger(__name__)


async def keep_dispatching(house: House) -> None:
    """Run outlets from now on. The leases last as long as one session of the database, so a killed
    worker's are free at once."""
    woken = asyncio.Event()

    def hear(_: Sequence[Event]) -> None:
        woken.set()

    await house.the(Tails).of("outlets").listen(hear)
    while True:
        dispatcher = Dispatcher(house)
        try:
            async with contextlib.aclosing(dispatcher):
                await dispatcher.run(woken)
        except DatabaseUnavailable as reason:
            _log.warning("dispatching_put_off", reason=str(reason))
        except Exception:
            _log.exception("dispatching_failed")
        await asyncio.sleep(RETRY_SECONDS)


async def run_outlet(*, house: House, outlet_id: str, chance: Callable[[], float]) -> None:
    """Send by an outlet what this process has heard of by now, and let go of it: one step of what
    a worker goes on with. An outlet that is not to run, or that somebody else has, stays as it is.
    ``chance`` is from 0 to 1, for how long to wait after a failure."""
    kinds = kinds_of(house)
    async with house.database("outlets").reading() as session:
        wanted = {each.outlet.id: each.outlet for each in await store.runnable(session, [*kinds])}
        outlet = wanted.get(outlet_id)
        if outlet is None or not await store.try_lease(session, outlet_id):
            return
        try:
            progress = await store.take(session, outlet_id)
            kind, one_at_a_time = kinds[outlet.kind], asyncio.Semaphore(1)
            runner = Runner(
                house,
                kind,
                outlet,
                progress,
                sends=one_at_a_time,
                retries=one_at_a_time,
                chance=chance,
            )
            await runner.catch_up()
        finally:
            await store.end_lease(session, outlet_id)


class Dispatcher:
    """The outlets that one session of one worker has."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._kinds = kinds_of(house)
        self._runners: dict[str, Runner] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._sends = asyncio.Semaphore(SENDS_AT_ONCE_LIMIT)
        self._retries = asyncio.Semaphore(RETRIES_AT_ONCE_LIMIT)

    async def run(self, woken: asyncio.Event) -> None:
        """Take and run outlets, until the session breaks."""
        connection = await self._house.database("outlets").connect()
        async with connection:
            session = Transaction(connection, begun=True)
            while True:
                woken.clear()
                await self._round(session)
                await set_within(woken, ROUND_SECONDS)

    async def aclose(self) -> None:
        """Stop every runner."""
        await asyncio.gather(*(self._stop(outlet_id) for outlet_id in tuple(self._tasks)))

    async def _round(self, session: Transaction) -> None:
        wanted = {each.outlet.id: each for each in await store.runnable(session, [*self._kinds])}
        for outlet_id in tuple(self._runners):
            if outlet_id not in wanted or self._tasks[outlet_id].done():
                await self._stop(outlet_id)
                await store.end_lease(session, outlet_id)
            elif wanted[outlet_id].epoch != self._runners[outlet_id].epoch:
                await self._stop(outlet_id)
                await self._start(session, wanted[outlet_id])
        for outlet_id, each in wanted.items():
            if len(self._runners) >= OUTLETS_OF_ONE_LIMIT:
                break
            if outlet_id not in self._runners and await store.try_lease(session, outlet_id):
                await self._start(session, each)
        self._say(wanted)
        await store.tell(session, [runner.told() for runner in self._runners.values()])

    def _say(self, wanted: dict[str, Runnable]) -> None:
        """Tell the runners what they need not restart for."""
        for outlet_id, runner in self._runners.items():
            each = wanted[outlet_id]
            runner.within_seconds = each.within_seconds or runner.within_seconds
            if each.letters:
                runner.letters.set()

    async def _start(self, session: Transaction, each: Runnable) -> None:
        progress = await store.take(session, each.outlet.id)
        kind = self._kinds[each.outlet.kind]
        runner = Runner(
            self._house, kind, each.outlet, progress, sends=self._sends, retries=self._retries
        )
        self._runners[each.outlet.id] = runner
        self._tasks[each.outlet.id] = asyncio.create_task(runner.run())

    async def _stop(self, outlet_id: str) -> None:
        """Stop a runner, at a moment when nothing would be sent twice because of that; one that
        sends for long is not waited for."""
        runner, task = self._runners.pop(outlet_id), self._tasks.pop(outlet_id)
        try:
            async with asyncio.timeout(STOP_SECONDS), runner.busy:
                task.cancel()
        except TimeoutError:
            task.cancel()
        await ended(task)
