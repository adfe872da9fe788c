"""A kind of outlets whose target is in the memory of the test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import msgspec

from rackhouse.modules import MODULES
from rackhouse.outlets import Kind, Message, Outlet
from rackhouse.outlets.dispatching import keep_dispatching
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.module import Module
from rackhouse.platform.settings import Settings

__all__ = ["WAIT_SECONDS", "Target", "dispatching", "house_with"]

WAIT_SECONDS = 60


class Target:
    """What an outlet sends to. ``troubles`` are raised one after the other, one an attempt; while
    ``stuck`` is clear nothing is taken."""

    def __init__(self, name: str = "memory", *, batch_limit: int = 10) -> None:
        self.got: list[Message] = []
        self.attempts: list[tuple[str, ...]] = []
        self.failures_seen: list[int] = []
        self.troubles: list[Exception] = []
        self.open = asyncio.Event()
        self.open.set()
        self.entered = asyncio.Event()
        self._changed = asyncio.Condition()
        self.kind = Kind(name=name, send=self.send, batch_limit=batch_limit, send_seconds=20)

    async def send(self, context: Context, outlet: Outlet, batch: Sequence[Message]) -> int:
        """Take a batch, or raise the next trouble."""
        self.entered.set()
        await self.open.wait()
        async with self._changed:
            self.attempts.append(tuple(each.id for each in batch))
            self.failures_seen.append(outlet.failures)
            self._changed.notify_all()
            if self.troubles:
                trouble = self.troubles.pop(0)
                self.got += batch[: getattr(trouble, "taken", 0)]
                raise trouble
            self.got += batch
        return len(batch)

    async def until(self, count: int) -> list[Message]:
        """What it got, once that is so many messages."""
        async with asyncio.timeout(WAIT_SECONDS), self._changed:
            await self._changed.wait_for(lambda: len(self.got) >= count)
        return self.got

    async def until_attempts(self, count: int) -> None:
        """Wait for so many attempts."""
        async with asyncio.timeout(WAIT_SECONDS), self._changed:
            await self._changed.wait_for(lambda: len(self.attempts) >= count)


@contextlib.asynccontextmanager
async def house_with(
    settings: Settings, *targets: Target, **changed: object
) -> AsyncIterator[House]:
    """A further house on the same database, which has the kinds of some targets."""
    kinds = Module(name="rehearsal", outlet_kinds=[each.kind for each in targets])
    theirs = msgspec.structs.replace(settings, **changed)
    async with House(theirs, (*MODULES, kinds)) as house:
        yield house


@contextlib.asynccontextmanager
async def dispatching(house: House) -> AsyncIterator[None]:
    """A worker that runs outlets."""
    task = asyncio.create_task(keep_dispatching(house))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
