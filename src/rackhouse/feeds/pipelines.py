"""Pipelines: the commands of one connection, carried out at once, each answered as it ends."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rackhouse.platform.house import House
from rackhouse.platform.http import Command, CommandAnswer, Commands

__all__ = ["PipelinedCommands"]


class PipelinedCommands:
    """Commands that one connection has sent and that were not answered yet.

    There are ``stream_commands_limit`` of them at most: ``begin`` waits for a place, so that what
    comes next is not even read. A place is free again when the answer was written, so that
    answers that nobody reads do not pile up either.
    """

    def __init__(
        self,
        house: House,
        scope: dict[str, Any],
        headers: Mapping[bytes, bytes],
        write: Callable[[str, CommandAnswer], Awaitable[None]],
    ) -> None:
        self._carry_out = house.the(Commands).carry_out
        self._places = asyncio.Semaphore(house.settings.stream_commands_limit)
        self._scope = scope
        self._headers = headers
        self._write = write
        self._running: set[asyncio.Task[None]] = set()

    async def begin(self, command: Command) -> None:
        """Carry a command out, once there is a place for it."""
        await self._places.acquire()
        task = asyncio.create_task(self._answer(command))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def finish(self, limit_seconds: float | None) -> None:
        """Wait for the answers to what was begun, so long at most."""
        if self._running:
            await asyncio.wait(self._running, timeout=limit_seconds)

    async def _answer(self, command: Command) -> None:
        answer = await self._carry_out(self._scope, self._headers, command)
        with contextlib.suppress(OSError):  # who has hung up asks again under the same key
            await self._write(command.id, answer)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._places.release()
