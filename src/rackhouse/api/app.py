"""The ASGI application: every module's endpoints, health, metrics and the OpenAPI document."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, asgi
from litestar.types import ControllerRouterHandler

from rackhouse import __version__
from rackhouse.api.callers import authenticator
from rackhouse.api.introspection import introspection_endpoints
from rackhouse.api.rate_limits import RateLimits
from rackhouse.api.serving import ServedPath
from rackhouse.api.unknown_paths import answer_unknown_path
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.http import Endpoint, openapi_document
from rackhouse.platform.module import Listener, Module
from rackhouse.platform.tail import Tails

__all__ = ["api_endpoints", "build_app", "describe_api"]


def api_endpoints(modules: Sequence[Module]) -> list[Endpoint]:
    """Every endpoint of some modules, and those about the service itself."""
    return [each for module in modules for each in module.endpoints] + introspection_endpoints()


def describe_api(house: House) -> dict[str, Any]:
    """The OpenAPI document of this house."""
    return openapi_document(
        api_endpoints(house.modules),
        title="Rackhouse",
        version=__version__,
        server=house.settings.issuer,
    )


def build_app(house: House, *, further_routes: Sequence[ControllerRouterHandler] = ()) -> Litestar:
    """The application. It opens the house when it starts and closes it when it stops."""

    @asynccontextmanager
    async def opened(_: Litestar) -> AsyncIterator[None]:
        async with house:
            for module in house.modules:
                for listener in module.listeners:
                    await _listen(house, listener)
            yield

    return Litestar(
        [*_routes(house), *further_routes],
        lifespan=[opened],
        openapi_config=None,
        debug=False,
        exception_handlers={404: answer_unknown_path},
    )


def _routes(house: House) -> list[ControllerRouterHandler]:
    authenticate, limits = authenticator(house), RateLimits(house.settings)
    by_path: dict[str, list[Endpoint]] = {}
    for endpoint in api_endpoints(house.modules):
        by_path.setdefault(endpoint.path, []).append(endpoint)
    routes = [
        _route(path, ServedPath(house, endpoints, authenticate, limits))
        for path, endpoints in by_path.items()
    ]
    for module in house.modules:
        for path, make in module.mounts.items():
            routes.append(_route(path, make(house, authenticate)))
    return routes


def _route(path: str, serve: Callable[..., Any]) -> ControllerRouterHandler:
    @asgi(path.replace("}", ":str}"), copy_scope=False)
    async def route(scope: Any, receive: Any, send: Any) -> None:
        await serve(scope, receive, send)

    return route


async def _listen(house: House, listener: Listener) -> None:
    def hear(events: Sequence[Event]) -> None:
        listener.hear(house, events)

    await house.the(Tails).of(listener.log).listen(hear)
