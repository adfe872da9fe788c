"""Snapshot + changes = fresh snapshot over webhooks too: with a target that fails by chance, with
connections that break after the request was taken, and with workers that come and go."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from shops import Levels, Shop

from houses import context_of, fresh_database
from rackhouse.modules import MODULES
from rackhouse.outlets.rules import trying
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from rackhouse.webhooks import Terms, add_webhook
from receivers import WAIT_SECONDS, Received, Receiver, dispatching, receiving

SEED = 20261120
HAPPENINGS = 60
FATES = [204] * 7 + [500, 503, None]


@pytest.fixture
async def context(settings: Settings, server_url: str) -> AsyncIterator[Context]:
    """A caller of a house whose webhooks may go to the loopback."""
    lenient = msgspec.structs.replace(
        settings,
        database_url=fresh_database(server_url),
        database_urls={},
        outbound_networks="127.0.0.0/8",
        outbound_http=True,
    )
    async with House(lenient, MODULES) as house:
        await migrate(house)
        yield context_of(house)


class Mirror:
    """What a receiver knows that keeps the one rule: what is not above the newest known number of
    its stock is ignored. Nothing may be missing in between."""

    def __init__(self) -> None:
        self.figures: dict[str, Levels] = {}
        self.ids: dict[tuple[str, int], str] = {}
        self.repeats = 0

    def take(self, received: Received) -> None:
        """Learn from a request."""
        for event in received.events:
            self._take(event["id"], event["data"])

    def _take(self, event_id: str, message: dict[str, Any]) -> None:
        if message["type"] == "snapshot":
            for row in message["stock"]:
                self._set(row)
            return
        stream, number = message["stream"], message["sequence"]
        known = self.ids.setdefault((stream, number), event_id)
        assert known == event_id, "the same event has another id"
        before = self.figures.get(stream, (0, 0, 0, 0))[3]
        if "on_hand" not in message or number <= before:
            self.repeats += number <= before
            return
        assert number == before + 1, f"{stream}: {number} follows {before}"
        self._set(message)

    def _set(self, row: dict[str, Any]) -> None:
        if self.figures.get(row["stream"], (0, 0, 0, 0))[3] <= row["sequence"]:
            levels = (row["on_hand"], row["held"], row["committed"], row["sequence"])
            self.figures[row["stream"]] = levels


async def come_and_go(house: House, chance: random.Random) -> None:
    """Workers that stop after a few rounds, and are followed by others."""
    for _ in range(1_000):
        async with dispatching(house):
            for _ in range(chance.randint(20, 200)):
                await asyncio.sleep(0.001)


@pytest.mark.parametrize("form", ["single", "batch"])
async def test_a_receiver_ends_with_what_a_fresh_snapshot_says(
    context: Context, monkeypatch: pytest.MonkeyPatch, form: Any
) -> None:
    monkeypatch.setattr(trying, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(trying, "WAIT_LIMIT_SECONDS", 0.01)
    monkeypatch.setattr(trying, "OPEN_AT_LEAST_SECONDS", 0.001)
    chance = random.Random(SEED)
    shop = await Shop.opened(context)
    mirror = Mirror()
    async with receiving() as receiver:
        receiver.fate = lambda: chance.choice(FATES)
        terms = Terms(url=receiver.url, description="x", format=form, filter={"sku": shop.skus})
        await add_webhook(context=context, terms=terms, channel=None, snapshot=True)
        workers = asyncio.create_task(come_and_go(context.house, random.Random(SEED)))
        try:
            for _ in range(HAPPENINGS):
                await shop.do_something(chance)
            await until_mirrored(receiver, mirror, await shop.figures())
        finally:
            workers.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await workers
    assert mirror.repeats > 0


async def until_mirrored(receiver: Receiver, mirror: Mirror, figures: dict[str, Levels]) -> None:
    """Take what comes until the mirror shows what a fresh snapshot does."""
    taken = 0
    async with asyncio.timeout(WAIT_SECONDS):
        while mirror.figures != figures:
            await receiver.until(taken + 1)
            mirror.take(receiver.got[taken])
            taken += 1
