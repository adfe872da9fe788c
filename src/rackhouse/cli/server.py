"""One API process: the whole application on a socket that is already listened on."""

import gc
import socket
from collections.abc import Sequence

import msgspec
import uvicorn

from rackhouse import console
from rackhouse.api.app import App
from rackhouse.api.app import build_app as build_api
from rackhouse.cli.corked import CorkedProtocol
from rackhouse.modules import MODULES, modules_named
from rackhouse.platform.house import House
from rackhouse.platform.module import Module
from rackhouse.platform.settings import Settings

__all__ = ["build_app", "serve", "serving"]

# Streams never end by themselves; their clients resume elsewhere where they left off.
SHUTDOWN_SECONDS = 2
# What a busy process makes between two collections: a request leaves no cycles behind, so the
# default of 700 would only walk through live objects again and again, in the middle of requests.
COLLECT_AFTER_OBJECTS = 50_000


def build_app(house: House) -> App:
    """The API and the console of a house."""
    return build_api(house, further_routes=console.routes(house))


def serving(names: Sequence[str]) -> tuple[Module, ...]:
    """Every module, but only the named ones with endpoints: the others are still listened to and
    asked through their doors."""
    served = {module.name for module in modules_named(names)}
    return tuple(
        module
        if module.name in served
        else msgspec.structs.replace(module, endpoints=(), mounts={}, servers=())
        for module in MODULES
    )


def serve(settings: Settings, modules: Sequence[str], listening: socket.socket) -> None:
    """Serve some modules until this process is told to end."""
    house = House(settings, serving(modules))
    config = uvicorn.Config(
        build_app(house),
        loop="uvloop",
        http=CorkedProtocol,
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # a level changes too little to pay for compressing it
        lifespan="on",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # `api.callers` reads what little is needed of them
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    _Server(config).run(sockets=[listening])


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and then leave what was loaded out of every later garbage collection."""
        await super().startup(sockets)
        gc.collect()
        # Half a million objects live as long as the process; walking through them again on every
        # full collection would stop all requests for a tenth of a second.
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER_OBJECTS, 20, 100)
