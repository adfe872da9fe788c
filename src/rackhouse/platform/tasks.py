"""Tasks: waiting for a while, and ending for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any

__all__ = ["ended", "set_within"]

# Long enough for a task to undo what it had begun before it is told again.
AGAIN_SECONDS = 5.0


async def set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait until an event is set, but not longer than so many seconds; says whether it is set.

    Unlike ``asyncio.wait_for``, which until Python 3.12 forgets that it is cancelled if that comes
    in the moment in which the wait is over: a loop around it then goes on for ever.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True


async def ended(*tasks: "asyncio.Task[Any] | None") -> None:
    """Cancel tasks and wait until each has ended; raises the first fault of one that ended by it.

    What a task waits for may be a library that forgets that it is cancelled: it is told again, as
    often as needed. One that was cancelled before this is given time first.
    """
    wanted = {task for task in tasks if task is not None}
    pending = {task for task in wanted if not task.done()}
    told = {task for task in pending if task.cancelling()}
    while pending:
        for task in pending - told:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)
        told = set()
    _raise_faults(wanted)


def _raise_faults(tasks: "Iterable[asyncio.Task[Any]]") -> None:
    faults = [task.exception() for task in tasks if not task.cancelled()]
    for fault in faults:
        if fault is not None:
            raise fault
