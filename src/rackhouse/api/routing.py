"""Routing: from a request's path to what serves it.

Litestar serves the console and the life of the application; it can not route an ASGI handler
with parameters in its path, and endpoints are served below its layers anyway.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

__all__ = ["Routes", "Serve"]

Serve = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Routes:
    """Paths, in which a whole segment may be a parameter in braces."""

    def __init__(self, served: Mapping[str, Serve]) -> None:
        self._fixed = {path: serve for path, serve in served.items() if "{" not in path}
        self._open: dict[int, list[tuple[list[str], Serve]]] = {}
        for path, serve in sorted(served.items()):
            if "{" in path:
                segments = path.split("/")
                self._open.setdefault(len(segments), []).append((segments, serve))

    def find(self, scope: dict[str, Any]) -> Serve | None:
        """What serves a request, with the path's parameters put into its scope."""
        path: str = scope["path"]
        fixed = self._fixed.get(path)
        if fixed is not None:
            scope["path_params"] = {}
            return fixed
        given = path.split("/")
        for segments, serve in self._open.get(len(given), ()):
            parameters = _matched(segments, given)
            if parameters is not None:
                scope["path_params"] = parameters
                return serve
        return None


def _matched(segments: list[str], given: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for segment, value in zip(segments, given, strict=True):
        if segment.startswith("{"):
            if not value:
                return None
            parameters[segment[1:-1]] = value
        elif segment != value:
            return None
    return parameters
