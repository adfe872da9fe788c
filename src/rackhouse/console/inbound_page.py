"""The page of shipments: what is expected, what is in transit and who has it, and taking it in."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from rackhouse.console.forms import context_of_form, pieces_in, words_in
from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.inventory import (
    STILL_COMING,
    Arrival,
    Condition,
    Inbound,
    cancel_inbound,
    inbound_of,
    inbound_page,
    receive_inbound,
)
from rackhouse.platform.errors import MalformedRequest

__all__ = ["get_inbound_page", "post_inbound_step"]

SHOWN = 40
OVER_SHOWN = 10
CONDITIONS = get_args(Condition)
TAGS = {"received": "tag-good", "received_in_part": "tag-low", "cancelled": "tag-none"}

AnyRequest = Request[Any, Any, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Id = Annotated[str, Parameter(max_length=100)]


@get("/inbound")
async def get_inbound_page(request: AnyRequest) -> Response[str]:
    """What is on its way, and what came or was cancelled last."""
    house = house_of(request)
    context = await context_of_session(house, request)
    asked: dict[str, Any] = {"kind": None, "destination": None, "sku": None, "before": None}
    coming = await inbound_page(context=context, statuses=STILL_COMING, limit=SHOWN + 1, **asked)
    over = await inbound_page(
        context=context, statuses=("received", "cancelled"), limit=OVER_SHOWN, **asked
    )
    skus = {line.sku for inbound in (*coming, *over) for line in inbound.lines}
    return whole_page(
        "inbound.html",
        coming=coming[:SHOWN],
        more=len(coming) > SHOWN,
        over=over,
        names=await house.the(Names).of_skus(skus),
        tags=TAGS,
        conditions=CONDITIONS,
        may_receive="inventory:write" in context.caller.permissions,
    )


@post("/inbound/{inbound_id:str}/{step:str}")
async def post_inbound_step(request: AnyRequest, inbound_id: Id, step: Id, data: Form) -> Redirect:
    """Take a shipment in, or call it off."""
    context = await context_of_form(request)
    if step == "receive":
        inbound = await inbound_of(context=context, inbound_id=inbound_id)
        await receive_inbound(
            context=context,
            inbound_id=inbound_id,
            arrivals=_arrivals(inbound, data),
            is_all=data.get("complete") == "yes",
            reason=words_in(data, "reason"),
        )
    elif step == "cancel":
        reason = words_in(data, "reason") or "cancelled"
        await cancel_inbound(context=context, inbound_id=inbound_id, reason=reason)
    else:
        raise MalformedRequest(field="step", problem="receive or cancel")
    return Redirect("/inbound", status_code=303)


def _arrivals(inbound: Inbound, data: Mapping[str, str]) -> list[Arrival]:
    """What was written for each line: how many came, and how they are."""
    arrivals = []
    for line in inbound.lines:
        count = pieces_in(data, f"came-{line.line}")
        condition = data.get(f"condition-{line.line}") or line.condition
        if condition not in CONDITIONS:
            raise MalformedRequest(field="condition", problem=f"one of {', '.join(CONDITIONS)}")
        if count:
            units = line.coming_units if count == len(line.coming_units) else ()
            arrivals.append(
                Arrival(
                    sku=line.sku,
                    quantity=count,
                    lot=words_in(data, f"lot-{line.line}") or line.lot or None,
                    units=_numbers(data, f"units-{line.line}") or units,
                    condition=condition,
                )
            )
    if not arrivals and data.get("complete") != "yes":
        raise MalformedRequest(field="came", problem="write how many came, or that nothing will")
    return arrivals


def _numbers(data: Mapping[str, str], field: str) -> tuple[int, ...]:
    words = data.get(field, "").replace(",", " ").split()
    if not all(each.isascii() and each.isdigit() and len(each) <= 7 for each in words):
        raise MalformedRequest(field=field, problem="write numbers with spaces between them")
    return tuple(map(int, words))
