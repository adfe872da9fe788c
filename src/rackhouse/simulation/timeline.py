"""Simulated time: one actor acts at a time, in an order that depends on nothing but the plan."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

__all__ = ["Timeline"]


class Timeline:
    """What happens when. ``now`` is in seconds since the beginning.

    An actor is a coroutine that waits by ``sleep`` only. Nobody else acts until it sleeps or ends,
    so that the same plan gives the same order of things, however fast the machine is.
    """

    def __init__(self, set_clock: Callable[[float], Awaitable[None]]) -> None:
        self.now = 0.0
        self._set_clock = set_clock
        self._agenda: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._rested = asyncio.Event()
        self._failure: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None], *, after: float = 0.0) -> None:
        """Let an actor begin some seconds from now."""
        first = self._appointment(after)
        task = asyncio.get_running_loop().create_task(self._lead(work, first))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def sleep(self, seconds: float) -> None:
        """Let simulated time pass, and others act."""
        appointment = self._appointment(seconds)
        self._rested.set()
        await appointment

    async def run(self, until: float) -> None:
        """Let everybody act until a time; raises what an actor failed with."""
        while self._agenda and self._agenda[0][0] <= until:
            at, _, appointment = heapq.heappop(self._agenda)
            await self._advance(at)
            self._rested.clear()
            appointment.set_result(None)
            await self._rested.wait()
            if self._failure is not None:
                raise self._failure
        await self._advance(until)

    async def stop(self) -> None:
        """Let everybody go who still waits."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._agenda.clear()

    def _appointment(self, seconds: float) -> asyncio.Future[None]:
        appointment: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._agenda, (self.now + seconds, next(self._order), appointment))
        return appointment

    async def _advance(self, at: float) -> None:
        if at > self.now:
            self.now = at
            await self._set_clock(at)

    async def _lead(self, work: Coroutine[Any, Any, None], first: asyncio.Future[None]) -> None:
        try:
            await first
        except asyncio.CancelledError:
            work.close()
            raise
        try:
            await work
        except Exception as failure:
            self._failure = failure
        finally:
            self._rested.set()
