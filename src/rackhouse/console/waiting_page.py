"""The page of the waiting list: who waits for what, and who has an offer."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import Parameter
from litestar.response import Redirect

from rackhouse.console.forms import context_of_form
from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.inventory import leave_waiting_list, waiting_list

__all__ = ["get_waiting_page", "post_waiting_leave"]

SHOWN = 100
LAST_PLACE = 2**53

AnyRequest = Request[Any, Any, Any]
Status = Annotated[str, Parameter(pattern="^(waiting|offered|left)$")]


@get("/waiting")
async def get_waiting_page(
    request: AnyRequest,
    status: Status = "waiting",
    sku: Annotated[str | None, Parameter(max_length=64)] = None,
    after: Annotated[int, Parameter(ge=0, le=LAST_PLACE)] = 0,
) -> Response[str]:
    """Places in line in their order, in one status."""
    house = house_of(request)
    context = await context_of_session(house, request)
    found, places = await waiting_list(
        context=context,
        after=after,
        sku=sku or None,
        channel=None,
        customer_id=None,
        status=status,
        limit=SHOWN + 1,
    )
    shown = found[:SHOWN]
    return whole_page(
        "waiting.html",
        places=shown,
        wanted=status,
        sku=sku,
        further=places[SHOWN - 1] if len(found) > SHOWN else None,
        names=await house.the(Names).of_skus({each.sku for each in shown}),
        channels=await house.the(Names).of_channels(),
        may_change="holds:write" in context.caller.permissions,
    )


@post("/waiting/{waiting_id:str}/leave")
async def post_waiting_leave(
    request: AnyRequest, waiting_id: Annotated[str, Parameter(max_length=100)]
) -> Redirect:
    """Take somebody out of the line."""
    context = await context_of_form(request)
    await leave_waiting_list(context=context, waiting_id=waiting_id)
    return Redirect("/waiting", status_code=303)
