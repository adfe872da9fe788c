"""Waiting for a while, and ending tasks for certain, whatever forgets that it is cancelled."""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable

import pytest

from rackhouse.platform import tasks
from rackhouse.platform.tasks import ended, set_within

# Turns of the loop between an event and the moment in which the task that waits for it goes on.
TURNS = range(6)
LONG_SECONDS = 60.0


async def forget(event: asyncio.Event, seconds: float) -> None:
    """What the tails did once."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def heeds(wait: Callable[[asyncio.Event, float], Awaitable[object]], turns: int) -> bool:
    """Whether a loop that waits ends, when it is cancelled some turns after an event."""
    event = asyncio.Event()

    async def follow() -> None:
        while True:
            await wait(event, LONG_SECONDS)
            event.clear()

    task = asyncio.create_task(follow())
    for _ in TURNS:
        await asyncio.sleep(0)
    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    for _ in TURNS:
        await asyncio.sleep(0)
    heeded = task.done()
    await ended(task)
    return heeded


@pytest.mark.parametrize("turns", TURNS)
async def test_a_wait_for_an_event_never_forgets_that_it_is_cancelled(turns: int) -> None:
    assert await heeds(set_within, turns)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.12 mended it")
async def test_control_what_the_standard_library_has_for_it_forgets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.0)
    assert not all([await heeds(forget, turns) for turns in TURNS])


async def test_a_wait_says_whether_the_event_was_set() -> None:
    event = asyncio.Event()
    assert not await set_within(event, 0.0)
    asyncio.get_running_loop().call_soon(event.set)
    assert await set_within(event, LONG_SECONDS)


async def test_a_task_that_forgets_that_it_is_cancelled_is_told_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.0)
    forgotten = []

    async def forgetful() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                forgotten.append(True)
                if len(forgotten) == 3:
                    raise

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    await ended(task, None)
    assert task.cancelled()


async def test_a_task_that_was_cancelled_before_is_given_time_to_tidy_up() -> None:
    tidied = asyncio.Event()
    may_go_on = asyncio.Event()

    async def tidy() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await may_go_on.wait()
            tidied.set()

    task = asyncio.create_task(tidy())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    ending = asyncio.create_task(ended(task))
    await asyncio.sleep(0)
    may_go_on.set()
    await ending
    assert tidied.is_set()


async def test_the_fault_of_a_task_is_raised_when_it_is_ended() -> None:
    async def fail() -> None:
        raise LookupError("a fault")

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    with pytest.raises(LookupError):
        await ended(task)
