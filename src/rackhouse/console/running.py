"""The button that runs a demo drop."""

from typing import Any

from litestar import Request, Response, post
from litestar.response import Redirect

from rackhouse.console.demo_drop import DropStage
from rackhouse.console.security import context_of_session, guard_against_forgery, house_of
from rackhouse.platform.house import House

__all__ = ["post_drop"]

AnyRequest = Request[Any, Any, Any]


@post("/console/drop")
async def post_drop(request: AnyRequest) -> Response[Any]:
    """Start a demo drop; the live stream shows how it goes."""
    house = house_of(request)
    context = await context_of_session(house, request)
    guard_against_forgery(house, request)
    stage = await house.the(DropStage).open()
    await stage.start(context=context, url=_own_url(house, request))
    if "hx-request" in request.headers:
        return Response(None, status_code=204)
    return Redirect("/#drop", status_code=303)


def _own_url(house: House, request: AnyRequest) -> str:
    """Where this very service is reached from within: the socket that the request came in by."""
    server = request.scope.get("server")
    if server is None or server[1] is None:
        return house.settings.issuer
    host, port = server
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
