"""The ASGI application: every module's endpoints and streams, and further pages beside them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from rackhouse.api.callers import authenticator
from rackhouse.api.introspection import introspection_endpoints
from rackhouse.api.rate_limits import RateLimits
from rackhouse.api.routing import Routes, Serve
from rackhouse.api.serving import ServedPath
from rackhouse.api.unknown_paths import answer_unknown_path
from rackhouse.platform.database import Database
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.http import Endpoint
from rackhouse.platform.module import Listener
from rackhouse.platform.tail import Tails

__all__ = ["App", "build_app", "listen_to_logs"]


class App:
    """The application. It opens its house when it starts and closes it when it stops."""

    def __init__(self, routes: Routes, pages: Litestar) -> None:
        self._find = routes.find
        self._pages = pages

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one connection."""
        serve = None if scope["type"] == "lifespan" else self._find(scope)
        if serve is not None:
            await serve(scope, receive, send)
        else:
            await self._pages(scope, receive, send)  # type: ignore[arg-type]


def build_app(house: House, *, further_routes: Sequence[ControllerRouterHandler] = ()) -> App:
    """Endpoints and streams of all modules, and Litestar routes for all other paths."""

    @asynccontextmanager
    async def opened(_: Litestar) -> AsyncIterator[None]:
        async with house:
            await listen_to_logs(house)
            yield

    pages = Litestar(
        further_routes,
        lifespan=[opened],
        openapi_config=None,
        logging_config=None,
        exception_handlers={404: answer_unknown_path},
    )
    return App(Routes(_served(house)), pages)


def _served(house: House) -> dict[str, Serve]:
    authenticate, limits = authenticator(house), RateLimits(house.settings)
    by_path: dict[str, list[tuple[Endpoint, Database]]] = {}
    for module in house.modules:
        for endpoint in module.endpoints:
            served_by = (endpoint, house.database(module.name))
            by_path.setdefault(endpoint.path, []).append(served_by)
    for endpoint in introspection_endpoints():
        by_path.setdefault(endpoint.path, []).append((endpoint, house.database("platform")))
    served: dict[str, Serve] = {
        path: ServedPath(house, endpoints, authenticate, limits)
        for path, endpoints in by_path.items()
    }
    for module in house.modules:
        for path, make in module.mounts.items():
            served[path] = make(house, authenticate)
    return served


async def listen_to_logs(house: House) -> None:
    """Let every module hear what it follows in memory, from now on."""
    for module in house.modules:
        for listener in module.listeners:
            await _listen(house, listener)


async def _listen(house: House, listener: Listener) -> None:
    def hear(events: Sequence[Event]) -> None:
        listener.hear(house, events)

    await house.the(Tails).of(listener.log).listen(hear)
