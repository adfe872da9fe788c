"""Paths that do not exist."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response

from rackhouse.platform.errors import NotFound
from rackhouse.platform.http import PROBLEM_MEDIA_TYPE, render_refusal

__all__ = ["PathUnknown", "answer_unknown_path"]


@dataclass(eq=False)
class PathUnknown(NotFound):
    """There is nothing at {path}. The API is described at /docs."""

    path: str


def answer_unknown_path(request: Request[Any, Any, Any], _: Exception) -> Response[bytes]:
    """The problem document for a path that does not exist."""
    rendered = render_refusal(PathUnknown(path=request.url.path))
    return Response(
        rendered.body.encode(),
        status_code=rendered.status,
        media_type=PROBLEM_MEDIA_TYPE.decode(),
    )
