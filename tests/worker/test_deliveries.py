"""Subscriptions: every event once at least, in order, to the one who asked."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from houses import migrated_database
from rackhouse.channels import Terms, open_channel
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context, permissions_in_use
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.module import Module, Subscription
from rackhouse.platform.settings import Settings
from rackhouse.worker.deliveries import keep_delivering

WAIT_SECONDS = 60


class Subscriber:
    """A module that follows the channels; it fails as often as it is told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self._failures = failures
        self.subscription = Subscription(
            name="test.follow_channels",
            log="channels",
            after_seconds=0,
            permissions=frozenset(),
            receive=self.receive,
        )
        self.module = Module(name="platform", subscriptions=[self.subscription])

    async def receive(self, context: Context, events: Sequence[Event]) -> None:
        if self._failures:
            self._failures -= 1
            raise RuntimeError("it fails")
        for event in events:
            self.heard.put_nowait(event.stream)

    async def hear(self, count: int) -> list[str]:
        """The next streams of which something was heard."""
        async with asyncio.timeout(WAIT_SECONDS):
            return [await self.heard.get() for _ in range(count)]


@pytest.fixture
async def quiet_house(server_url: str, settings: Settings) -> AsyncIterator[House]:
    """A house in which nothing happens but what the test does."""
    alone = Settings(data=settings.data, database_url=migrated_database(server_url))
    async with House(alone, MODULES) as house:
        await migrate(house)
        yield house


@asynccontextmanager
async def delivering(house: House, subscriber: Subscriber) -> AsyncIterator[None]:
    """A worker that delivers."""
    task = asyncio.create_task(keep_delivering(house, subscriber.module, subscriber.subscription))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def open_channels(house: House, *names: str) -> None:
    context = Context.of_service(house, "test", frozenset(permissions_in_use()))
    terms = Terms(name="Shop", kind="web_shop", locations=("somewhere",), enabled=True)
    for name in names:
        await open_channel(context=context, channel_id=name, terms=terms)


async def test_events_arrive_in_order_and_once(quiet_house: House) -> None:
    subscriber = Subscriber()
    await open_channels(quiet_house, "one", "two")
    async with delivering(quiet_house, subscriber):
        assert await subscriber.hear(2) == ["one", "two"]
        await open_channels(quiet_house, "three")
        assert await subscriber.hear(1) == ["three"]
    assert subscriber.heard.empty()


async def test_a_worker_goes_on_where_the_last_one_stopped(quiet_house: House) -> None:
    subscriber = Subscriber()
    async with delivering(quiet_house, subscriber):
        await open_channels(quiet_house, "one")
        assert await subscriber.hear(1) == ["one"]
        await open_channels(quiet_house, "two")
        assert await subscriber.hear(1) == ["two"]
    await open_channels(quiet_house, "three")
    async with delivering(quiet_house, subscriber):
        heard = await subscriber.hear(1)
        if heard == ["two"]:  # the last one may have been cut off before it noted its place
            heard = await subscriber.hear(1)
    assert heard == ["three"]


async def test_what_fails_is_delivered_again(quiet_house: House) -> None:
    subscriber = Subscriber(failures=2)
    await open_channels(quiet_house, "one")
    async with delivering(quiet_house, subscriber):
        assert await subscriber.hear(1) == ["one"]


async def test_two_workers_deliver_each_event_once(quiet_house: House) -> None:
    subscriber = Subscriber()
    async with delivering(quiet_house, subscriber), delivering(quiet_house, subscriber):
        names = [f"channel-{number}" for number in range(20)]
        await open_channels(quiet_house, *names)
        assert await subscriber.hear(20) == names
    assert subscriber.heard.empty()
