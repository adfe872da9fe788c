"""What is to come of a SKU, and in which condition its pieces are, on the SKU's page."""

from collections.abc import Sequence
from typing import Annotated, Any, get_args
from urllib.parse import quote

from litestar import Request, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from rackhouse.console.forms import context_of_form, pieces_in, words_in
from rackhouse.console.lot_view import parts_of
from rackhouse.inventory import (
    Condition,
    Pieces,
    change_condition,
    incoming_of,
    promise_of,
)
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MalformedRequest, NotFound

__all__ = ["coming_and_conditions", "post_condition_of_pieces"]

CONDITIONS = get_args(Condition)

AnyRequest = Request[Any, Any, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


async def coming_and_conditions(
    context: Context, sku: str, locations: Sequence[str]
) -> dict[str, Any]:
    """What the page shows of a stocked SKU: what is on its way, what is promised, and what there
    is that is not sellable."""
    incoming = await incoming_of(house=context.house, skus=[sku])
    try:
        promise = await promise_of(context=context, sku=sku)
    except NotFound:
        promise = None
    parts = await parts_of(context, sku)
    return {
        "incoming": incoming.get(sku, {}),
        "promise": promise,
        "unsellable": [part for part in parts if part.condition != "sellable"],
        "conditions": CONDITIONS,
        "condition_locations": sorted({part.location for part in parts}.union(locations)),
        "may_change_condition": "inventory:write" in context.caller.permissions,
    }


@post("/stock/{sku:str}/conditions")
async def post_condition_of_pieces(
    request: AnyRequest, sku: Annotated[str, Parameter(max_length=64)], data: Form
) -> Redirect:
    """Say that pieces are in another condition."""
    context = await context_of_form(request)
    pieces = Pieces(
        sku=sku,
        location=data.get("location", ""),
        quantity=_some(data),
        lot=words_in(data, "lot") or "",
        condition=_condition(data, "before"),
    )
    after: Any = _condition(data, "after")
    if after == pieces.condition:
        raise MalformedRequest(field="after", problem="they are in this condition already")
    await change_condition(
        context=context,
        pieces=pieces,
        after=after,
        reason=words_in(data, "reason") or f"seen as {after.replace('_', ' ')}",
        expected_version=None,
    )
    return Redirect(f"/stock/{quote(sku, safe='')}#conditions", status_code=303)


def _some(data: dict[str, str]) -> int:
    quantity = pieces_in(data, "quantity")
    if not quantity:
        raise MalformedRequest(field="quantity", problem="write how many pieces, in digits")
    return quantity


def _condition(data: dict[str, str], field: str) -> str:
    condition = data.get(field, "")
    if condition not in CONDITIONS:
        raise MalformedRequest(field=field, problem=f"one of {', '.join(CONDITIONS)}")
    return condition
