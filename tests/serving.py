"""The API of a house, served for real on a free port of the loopback."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx
import uvicorn

from rackhouse.api.app import build_app
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings

__all__ = ["served"]


class _Server(uvicorn.Server):
    """A server that says when it listens, and leaves the signals of this process alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that it listens."""
        await super().startup(sockets)
        self.listens.set()

    @contextlib.contextmanager
    def capture_signals(self):
        """Leave them to pytest."""
        yield


@contextlib.asynccontextmanager
async def served(settings: Settings, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API of a house of its own with these settings."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        app = build_app(House(settings, MODULES))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on")
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        listens = asyncio.create_task(server.listens.wait())
        await asyncio.wait([running, listens], return_when=asyncio.FIRST_COMPLETED)
        url = "http://{}:{}".format(*listening.getsockname())
        try:
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
                yield client
        finally:
            server.should_exit = True
            await running
