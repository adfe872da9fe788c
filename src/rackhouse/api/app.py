"""The ASGI application: every module's endpoints and streams, and further pages beside them."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from rackhouse.api.callers import Authenticator, authenticator
from rackhouse.api.commands import ServedCommand
from rackhouse.api.graphql import GRAPHQL_PATH, graphql_route, is_served
from rackhouse.api.introspection import introspection_endpoints
from rackhouse.api.origins import Origins
from rackhouse.api.rate_limits import RateLimits
from rackhouse.api.routing import Routes, Serve
from rackhouse.api.served import ServedEndpoint
from rackhouse.api.serving import ServedPath
from rackhouse.api.unknown_paths import answer_unknown_path
from rackhouse.platform.database import Database
from rackhouse.platform.house import House
from rackhouse.platform.http import Commands, Endpoint
from rackhouse.platform.tail import listen_to_logs

__all__ = ["App", "build_app"]


class App:
    """The application. It opens its house when it starts and closes it when it stops."""

    def __init__(self, routes: Routes, pages: Litestar, origins: Origins) -> None:
        self._find = routes.find
        self._origins = origins
        self._pages = pages

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one connection."""
        serve = None if scope["type"] == "lifespan" else self._find(scope)
        if serve is not None:
            await self._origins.serve(scope, receive, send, serve)
        else:
            await self._pages(scope, receive, send)  # type: ignore[arg-type]


def build_app(house: House, *, further_routes: Sequence[ControllerRouterHandler] = ()) -> App:
    """Endpoints and streams of all modules, and Litestar routes for all other paths."""

    authenticate = authenticator(house)

    @asynccontextmanager
    async def opened(_: Litestar) -> AsyncIterator[None]:
        async with house, AsyncExitStack() as serving:
            await listen_to_logs(house)
            for module in house.modules:
                for server in module.servers:
                    await serving.enter_async_context(server(house, authenticate))
            yield

    pages = Litestar(
        further_routes,
        lifespan=[opened],
        openapi_config=None,
        logging_config=None,
        exception_handlers={404: answer_unknown_path},
    )
    return App(Routes(_served(house, authenticate)), pages, Origins(house.settings))


def _served(house: House, authenticate: Authenticator) -> dict[str, Serve]:
    limits = RateLimits(house.settings)
    by_path: dict[str, list[ServedEndpoint]] = {}
    for endpoint, database in _endpoints(house):
        served = ServedEndpoint(house, endpoint, database, authenticate, limits)
        by_path.setdefault(endpoint.path, []).append(served)
        if endpoint.command:
            house.the(Commands).offer(endpoint.name, ServedCommand(served))
    mounted: dict[str, Serve] = {
        path: make(house, authenticate)
        for module in house.modules
        for path, make in module.mounts.items()
    }
    paths: dict[str, Serve] = {path: ServedPath(each) for path, each in by_path.items()}
    over_http = paths.pop(GRAPHQL_PATH)
    if is_served(house):
        paths[GRAPHQL_PATH] = graphql_route(house, authenticate, limits, over_http)
    return paths | mounted


def _endpoints(house: House) -> Iterator[tuple[Endpoint, Database]]:
    for module in house.modules:
        for endpoint in module.endpoints:
            yield endpoint, house.database(module.name)
    for endpoint in introspection_endpoints():
        yield endpoint, house.database("platform")
