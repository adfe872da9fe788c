"""Serves the API until it is told to stop, however long its connections take; says its port, which
may be given. Where ``SERVED_PROGRAM_SENDS`` is set, it also sends what outlets are to send, and
tries again at once."""

import asyncio
import os
import socket
import sys
from collections.abc import Coroutine

import uvicorn

from rackhouse.api.app import build_app
from rackhouse.modules import MODULES
from rackhouse.outlets.dispatching import keep_dispatching
from rackhouse.outlets.rules import trying
from rackhouse.platform.environment import read_settings
from rackhouse.platform.house import House


class _Server(uvicorn.Server):
    beside: Coroutine[None, None, None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets is not None
        if self.beside is not None:
            self.sending = asyncio.create_task(self.beside)
        print(sockets[0].getsockname()[1], flush=True)


async def main() -> None:
    """Serve."""
    settings = read_settings()
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port = settings.port if "RACKHOUSE_PORT" in os.environ else 0
    listening.bind((settings.host, int(sys.argv[1]) if sys.argv[1:] else port))
    house = House(settings, MODULES)
    config = uvicorn.Config(
        build_app(house), log_config=None, ws="websockets-sansio", access_log=False
    )
    server = _Server(config)
    if "SERVED_PROGRAM_SENDS" in os.environ:
        server.beside = keep_sending(house)
    await server.serve(sockets=[listening])


async def keep_sending(house: House) -> None:
    """Send what outlets are to send."""
    trying.FIRST_WAIT_SECONDS, trying.WAIT_LIMIT_SECONDS = 0.001, 0.01
    trying.OPEN_AT_LEAST_SECONDS = 0.001
    await keep_dispatching(house)


asyncio.run(main())
