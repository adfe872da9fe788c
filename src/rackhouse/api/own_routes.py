"""Routes to the endpoints that a house's own data make: asked where no other path is meant."""

from collections.abc import Sequence
from typing import Any

from rackhouse.api.callers import Authenticator
from rackhouse.api.rate_limits import RateLimits
from rackhouse.api.routing import Routes, Serve
from rackhouse.api.served import ServedEndpoint
from rackhouse.api.serving import ServedPath
from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.house import House
from rackhouse.platform.http import PROBLEM_MEDIA_TYPE, Endpoint, render_refusal
from rackhouse.platform.module import Module

__all__ = ["OwnRoutes"]

BELOW = "/api/v1/"


class OwnRoutes:
    """The routes of each module whose data make endpoints, made anew when these change."""

    def __init__(self, house: House, authenticate: Authenticator, limits: RateLimits) -> None:
        self._house = house
        self._authenticate = authenticate
        self._limits = limits
        self._modules = [each for each in house.modules if each.own_endpoints is not None]
        self._made: dict[str, tuple[Sequence[Endpoint], Routes]] = {}

    async def find(self, scope: dict[str, Any]) -> Serve | None:
        """What serves a request, with the path's parameters put into its scope."""
        if scope["type"] != "http" or not scope["path"].startswith(BELOW):
            return None
        for module in self._modules:
            try:
                routes = await self._routes_of(module)
            except DatabaseUnavailable as refusal:
                return _refusing(refusal)
            serve = routes.find(scope)
            if serve is not None:
                return serve
        return None

    async def _routes_of(self, module: Module) -> Routes:
        assert module.own_endpoints is not None
        endpoints = await module.own_endpoints(self._house)
        made = self._made.get(module.name)
        if made is None or made[0] is not endpoints:
            made = self._made[module.name] = (endpoints, self._routes(module, endpoints))
        return made[1]

    def _routes(self, module: Module, endpoints: Sequence[Endpoint]) -> Routes:
        database = self._house.database(module.name)
        by_path: dict[str, list[ServedEndpoint]] = {}
        for each in endpoints:
            served = ServedEndpoint(self._house, each, database, self._authenticate, self._limits)
            by_path.setdefault(each.path, []).append(served)
        return Routes({path: ServedPath(each) for path, each in by_path.items()})


def _refusing(refusal: DatabaseUnavailable) -> Serve:
    """Answers that nobody knows at the moment whether there is such a path."""
    rendered = render_refusal(refusal)
    headers = [(b"content-type", PROBLEM_MEDIA_TYPE), (b"retry-after", b"1")]

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": rendered.status, "headers": headers})
        await send({"type": "http.response.body", "body": rendered.body.encode()})

    return serve
