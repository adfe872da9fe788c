"""A served house with a shop, and those who follow what happens in it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import websockets

from houses import Shop
from rackhouse.platform.house import House
from receivers import WAIT_SECONDS

__all__ = ["SALES", "World", "followers"]

SALES = 24
AT_ONCE = 4


class World:
    """A served house with a shop, and those who follow its first SKU."""

    def __init__(self, house: House, shop: Shop, api: httpx.AsyncClient, token: str) -> None:
        self.house = house
        self.shop = shop
        self.api = api
        self.token = token
        self.stream = f"{shop.sku}@{shop.location}"

    async def follow(self, url: str) -> str:
        """Add a webhook and answer its id."""
        told = {"url": url, "description": "x", "filter": {"sku": [self.shop.sku]}}
        answer = await self.api.post("/api/v1/webhooks", json=told)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def sell(self) -> None:
        """Hold a piece and confirm it, over HTTP."""
        line = {"sku": self.shop.sku, "quantity": 1}
        asked = {"channel": self.shop.channel, "lines": [line], "ttl_seconds": 600}
        held = await self.api.post("/api/v1/holds", json=asked)
        assert held.status_code == 201, held.text
        confirmed = await self.api.post(f"/api/v1/holds/{held.json()['id']}/confirm")
        assert confirmed.status_code == 200, confirmed.text

    async def sell_all(self) -> None:
        """Sell, some at a time; every sale succeeds."""
        for _ in range(SALES // AT_ONCE):
            await asyncio.gather(*(self.sell() for _ in range(AT_ONCE)))

    async def outlet(self, webhook_id: str) -> dict[str, Any]:
        """How a webhook does."""
        found: dict[str, Any] = (await self.api.get(f"/api/v1/outlets/{webhook_id}")).json()
        return found

    async def until_open(self, webhook_id: str) -> dict[str, Any]:
        """How a webhook does once its breaker is open."""
        async with asyncio.timeout(WAIT_SECONDS):
            while (found := await self.outlet(webhook_id))["breaker"] != "open":
                await asyncio.sleep(0.05)
        return found

    @property
    def everything(self) -> list[int]:
        """The numbers of all that happens to the SKU: what was received, held and confirmed."""
        return list(range(1, 2 * SALES + 2))


class Follower:
    """What somebody hears of the SKU, up to all that happens to it."""

    def __init__(self, world: World) -> None:
        self.heard: list[int] = []
        self.live = asyncio.Event()
        self.may_read = asyncio.Event()
        self.may_read.set()
        self._world = world
        self._asked = f"sku={world.shop.sku}&snapshot=false"

    async def by_events(self) -> None:
        """Follow by Server-Sent Events; whoever may not read yet leaves it all lying."""
        path = f"/api/v1/stream?{self._asked}"
        async with self._world.api.stream("GET", path, timeout=WAIT_SECONDS) as answer:
            async for line in answer.aiter_lines():
                if not self.may_read.is_set():
                    self.live.set()
                    await self.may_read.wait()
                name, _, data = line.partition(": ")
                if name == "data" and self._learn(data):
                    return

    async def by_socket(self) -> None:
        """Follow by the WebSocket."""
        url = str(self._world.api.base_url.copy_with(scheme="ws", path="/api/v1/socket"))
        bearer = {"authorization": f"Bearer {self._world.token}"}
        connecting = websockets.connect(
            f"{url}?{self._asked}", additional_headers=bearer, proxy=None
        )
        async with connecting as connection:
            async for text in connection:
                if self._learn(text):
                    return

    def _learn(self, text: str | bytes) -> bool:
        told = json.loads(text)
        if told["type"] == "live":
            self.live.set()
        if told.get("stream") == self._world.stream:
            self.heard.append(told["sequence"])
        return len(self.heard) == len(self._world.everything)


@contextlib.asynccontextmanager
async def followers(world: World) -> AsyncIterator[list[Follower]]:
    """One who follows by Server-Sent Events, one by the WebSocket, and one who reads nothing until
    the others have everything, which they have in the end."""
    by_events, by_socket, late = everyone = [Follower(world) for _ in range(3)]
    late.may_read.clear()
    acts: list[Callable[[], Any]] = [by_events.by_events, by_socket.by_socket, late.by_events]
    tasks = [asyncio.create_task(act()) for act in acts]
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            for each in everyone:
                await each.live.wait()
        yield everyone
        async with asyncio.timeout(WAIT_SECONDS):
            await asyncio.gather(*tasks[:2])
            late.may_read.set()
            await tasks[2]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
