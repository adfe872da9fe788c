"""The page of promises: what is sold before it comes, and how much of that waits."""

from typing import Any

from litestar import Request, Response, get

from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.inventory import promises

__all__ = ["get_promise_page"]

SHOWN = 200


@get("/promises")
async def get_promise_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Open promises, and closed ones for which somebody still waits."""
    house = house_of(request)
    context = await context_of_session(house, request)
    found = await promises(context=context, after="", is_open=None, limit=SHOWN + 1)
    shown = [
        each
        for each in found[:SHOWN]
        if each.promise.closed_at is None or any(part.sold for part in each.parts)
    ]
    return whole_page(
        "promises.html",
        promises=shown,
        more=len(found) > SHOWN,
        names=await house.the(Names).of_skus({each.promise.sku for each in shown}),
        channels=await house.the(Names).of_channels(),
    )
