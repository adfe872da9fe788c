"""What only webhooks have among the transports: workers that come and go while a receiver fails.
What they have in common with the others is in the suite of conformance."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from shops import Keeper, Levels, Shop

from houses import context_of, migrated_database
from rackhouse.modules import MODULES
from rackhouse.outlets.rules import trying
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from rackhouse.webhooks import Beginning, Terms, add_webhook
from receivers import WAIT_SECONDS, Receiver, dispatching, receiving

SEED = 20261120
HAPPENINGS = 60
FATES = [204] * 7 + [500, 503, None]


@pytest.fixture
async def context(settings: Settings, server_url: str) -> AsyncIterator[Context]:
    """A caller of a house whose webhooks may go to the loopback."""
    lenient = msgspec.structs.replace(
        settings,
        database_url=migrated_database(server_url),
        database_urls={},
        outbound_networks="127.0.0.0/8",
        outbound_http=True,
    )
    async with House(lenient, MODULES) as house:
        await migrate(house)
        yield context_of(house)


async def come_and_go(house: House, chance: random.Random) -> None:
    """Workers that stop after a few rounds, and are followed by others."""
    for _ in range(1_000):
        async with dispatching(house):
            for _ in range(chance.randint(20, 200)):
                await asyncio.sleep(0.001)


@pytest.mark.parametrize("form", ["single", "batch"])
async def test_workers_that_come_and_go_lose_nothing(
    context: Context, monkeypatch: pytest.MonkeyPatch, form: Any
) -> None:
    monkeypatch.setattr(trying, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(trying, "WAIT_LIMIT_SECONDS", 0.01)
    monkeypatch.setattr(trying, "OPEN_AT_LEAST_SECONDS", 0.001)
    chance = random.Random(SEED)
    shop = await Shop.opened(context)
    keeper = Keeper()
    async with receiving() as receiver:
        receiver.fate = lambda: chance.choice(FATES)
        terms = Terms(url=receiver.url, description="x", format=form, filter={"sku": shop.skus})
        begins = Beginning(snapshot=True)
        await add_webhook(context=context, terms=terms, channel=None, begins=begins)
        workers = asyncio.create_task(come_and_go(context.house, random.Random(SEED)))
        try:
            for _ in range(HAPPENINGS):
                await shop.do_something(chance)
            await until_kept(receiver, keeper, await shop.figures())
        finally:
            workers.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await workers
    assert keeper.repeats > 0


async def until_kept(receiver: Receiver, keeper: Keeper, figures: dict[str, Levels]) -> None:
    """Take what comes until the keeper knows what a fresh snapshot says."""
    taken = 0
    ids: dict[tuple[str, int], str] = {}
    async with asyncio.timeout(WAIT_SECONDS):
        while keeper.figures != figures:
            await receiver.until(taken + 1)
            for event in receiver.got[taken].events:
                told = event["data"]
                if "sequence" in told:
                    known = ids.setdefault((told["stream"], told["sequence"]), event["id"])
                    assert known == event["id"], "the same event has another id"
                keeper.take(told)
            taken += 1
