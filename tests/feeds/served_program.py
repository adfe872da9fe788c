"""Serves the API until it is told to stop, however long its connections take; says its port, which
may be given."""

import asyncio
import os
import socket
import sys

import uvicorn

from rackhouse.api.app import build_app
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.settings import read_settings


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets is not None
        print(sockets[0].getsockname()[1], flush=True)


async def main() -> None:
    """Serve."""
    settings = read_settings()
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port = settings.port if "RACKHOUSE_PORT" in os.environ else 0
    listening.bind((settings.host, int(sys.argv[1]) if sys.argv[1:] else port))
    app = build_app(House(settings, MODULES))
    config = uvicorn.Config(app, log_config=None, ws="websockets-sansio", access_log=False)
    await _Server(config).serve(sockets=[listening])


asyncio.run(main())
