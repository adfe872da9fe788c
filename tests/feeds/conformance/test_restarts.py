"""A server process that is killed and started again: its clients resume, whatever the transport."""

import random
from collections.abc import AsyncIterator

import pytest
from following import ROUNDS, SEED, go_on, mirrored, up_to_date
from served_process import ServedProcess
from shops import Mirror, Shop
from stream_clients import Ended, StreamClient
from transports import TRANSPORTS, Place, Transport

from rackhouse.platform.house import House


@pytest.fixture
async def process(house: House) -> AsyncIterator[ServedProcess]:
    """A process that serves the house, on ports that it keeps."""
    process = ServedProcess(house)
    await process.start()
    yield process
    await process.kill()


class Follower:
    """A client of one transport, which comes back whenever it was cut off."""

    def __init__(self, transport: Transport, place: Place, token: str, product: str) -> None:
        self._transport = transport
        self._place = place
        self._token = token
        self._product = product
        self.mirror = Mirror()
        self._client: StreamClient | None = None

    async def come(self) -> StreamClient:
        """Begin, or go on where it was."""
        if self.mirror.cursor is None:
            self.mirror = Mirror()
        self._client = await self._transport.follow(
            self._place, self._token, cursor=self.mirror.cursor, product=self._product
        )
        return self._client

    async def take(self, most: int) -> None:
        """Take so many messages at most, until the connection breaks."""
        assert self._client is not None
        try:
            for _ in range(most):
                self.mirror.take(await self._client.next())
        except Ended:
            return

    async def leave(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            await self._client.close()


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
async def test_clients_of_a_process_that_is_killed_again_and_again_miss_nothing(
    process: ServedProcess, token: str, shop: Shop, seed: int
) -> None:
    chance = random.Random(seed)
    followers = [Follower(each, process.place, token, shop.product) for each in TRANSPORTS.values()]
    for follower in followers:
        await mirrored(await follower.come(), follower.mirror)
    for _ in range(2):
        await go_on(shop, chance, 15)
        for follower in followers:
            await follower.take(chance.randint(0, 5))
        await process.kill()
        for follower in followers:
            await follower.take(chance.choice((0, 1_000)))
            await follower.leave()
        await go_on(shop, chance, 10)
        await process.start()
        for follower in followers:
            await follower.come()
    for follower in followers:
        assert follower._client is not None
        await up_to_date(follower._client, follower.mirror, shop)
        await follower.leave()
