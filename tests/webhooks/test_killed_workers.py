"""A worker that is killed in the middle: nothing is lost, and what comes twice has the same id."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from test_delivering_webhooks import hook, receive, stream_of

from houses import Shop
from rackhouse.platform.settings import Settings
from receivers import WAIT_SECONDS, Receiver

CHANGES = 150


@contextlib.asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker process, killed at the end."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("RACKHOUSE_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rackhouse.cli", "work"),
        env={
            **kept,
            "RACKHOUSE_DATABASE_URL": str(settings.database_url),
            "RACKHOUSE_DATA": str(settings.data),
            "RACKHOUSE_OUTBOUND_NETWORKS": "127.0.0.0/8",
            "RACKHOUSE_OUTBOUND_HTTP": "true",
        },
        stderr=asyncio.subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def test_a_killed_worker_loses_nothing_and_keeps_the_order(
    own_settings: Settings, shop: Shop, receiver: Receiver
) -> None:
    await hook(shop, receiver)
    await receive(shop, CHANGES)
    for reached in (40, 90):
        async with worker(own_settings), asyncio.timeout(WAIT_SECONDS):
            while len(set(receiver.sequences(stream_of(shop)))) < reached:
                await receiver.until(len(receiver.got) + 1)
    async with worker(own_settings), worker(own_settings), asyncio.timeout(WAIT_SECONDS):
        while CHANGES not in receiver.sequences(stream_of(shop)):
            await receiver.until(len(receiver.got) + 1)
    told = receiver.sequences(stream_of(shop))
    assert set(told) == set(range(1, CHANGES + 1))
    assert in_order_but_for_beginning_again(told)
    ids = {}
    for received in receiver.got:
        first = received.events[0]["subject"], received.events[0]["sequence"]
        assert ids.setdefault(first, received.id) == received.id


def in_order_but_for_beginning_again(told: list[int]) -> bool:
    """Whether each number follows the one before it, or one begins again after a crash where not
    everything was acknowledged."""
    highest = 0
    again = 0
    for before, number in zip([0, *told], told, strict=False):
        if number != before + 1:
            again += 1
            if number > highest + 1:
                return False
        highest = max(highest, number)
    return again <= 2


def test_a_gap_and_a_mess_would_be_found() -> None:
    assert in_order_but_for_beginning_again([1, 2, 3, 2, 3, 4])
    assert not in_order_but_for_beginning_again([1, 3])
    assert not in_order_but_for_beginning_again([1, 2, 1, 2, 1, 2, 1])
