"""The console served for real, and a browser to look at it with."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import msgspec
import uvicorn
from playwright.async_api import Page

from houses import Shop
from rackhouse.api.app import build_app
from rackhouse.console import routes
from rackhouse.identity import mint_token, new_signin_code
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings

LIVE = "#connection[data-state=live]"


@dataclass(frozen=True)
class Site:
    """A service of its own with the console, at an address."""

    house: House
    url: str

    async def sign_in(self, page: Page) -> None:
        """Sign somebody in who may do everything, and wait for the board."""
        code = await new_signin_code(house=self.house, roles=["admin"])
        await page.goto(f"{self.url}/signin?code={code}")
        await page.wait_for_url(f"{self.url}/")

    async def hold(self, shop: Shop, quantity: int) -> None:
        """Place a hold through the API, as a till would."""
        token = await mint_token(house=self.house, roles=["operator"], subject="till")
        lines = [{"sku": shop.sku, "quantity": quantity}]
        async with httpx.AsyncClient(base_url=self.url) as client:
            answer = await client.post(
                "/api/v1/holds",
                json={"channel": shop.channel, "lines": lines, "ttl_seconds": 600},
                headers={"authorization": f"Bearer {token}"},
            )
        assert answer.status_code == 201, answer.text


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to pytest."""
        yield


@contextlib.asynccontextmanager
async def served_console(settings: Settings) -> AsyncIterator[Site]:
    """A process's worth of the service: a house of its own on the given databases."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port: int = listening.getsockname()[1]
        house = House(msgspec.structs.replace(settings, port=port), MODULES)
        app = build_app(house, further_routes=routes(house))
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=1
        )
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        site = Site(house, f"http://127.0.0.1:{port}")
        async with httpx.AsyncClient(timeout=30) as client:
            assert (await client.get(f"{site.url}/health/ready")).status_code == 200
        try:
            yield site
        finally:
            server.should_exit = True
            await running
