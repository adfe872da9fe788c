"""What is kept back of a SKU and what is set apart for channels, on the SKU's page."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Request, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from rackhouse.console.names import Names
from rackhouse.console.security import context_of_session, guard_against_forgery, house_of
from rackhouse.inventory import (
    ToKeepBack,
    allotment_rules,
    allotments,
    keep_back,
    kept_back,
)
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MalformedRequest

__all__ = ["kept_back_and_allotted", "post_safety"]

ROWS_SHOWN = 100
QUANTITY_MAX = 1_000_000_000

AnyRequest = Request[Any, Any, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


async def kept_back_and_allotted(
    context: Context, sku: str, locations: Sequence[str]
) -> dict[str, Any]:
    """What the page shows of a stocked SKU: what is kept back, the allotments, their rules."""
    kept = await kept_back(context=context, skus=[sku], channel=None, after=None, limit=ROWS_SHOWN)
    allotted = await allotments(
        context=context, channel=None, sku=sku, location=None, after=None, limit=ROWS_SHOWN
    )
    rules = await allotment_rules(
        context=context, channel=None, sku=sku, after=None, limit=ROWS_SHOWN
    )
    return {
        "kept": kept,
        "allotted": allotted,
        "rules": {(each.channel, each.location): each for each in rules},
        "channels": await context.house.the(Names).of_channels(),
        "locations": sorted({*locations, *(each.location for each in kept)}),
        "may_keep_back": "inventory:write" in context.caller.permissions,
    }


@post("/stock/{sku:str}/safety")
async def post_safety(
    request: AnyRequest, sku: Annotated[str, Parameter(max_length=64)], data: Form
) -> Redirect:
    """Keep so many pieces back at a location, from everybody or from one channel."""
    house = house_of(request)
    context = await context_of_session(house, request)
    guard_against_forgery(house, request)
    level = ToKeepBack(
        sku=sku,
        quantity=_quantity(data.get("quantity", "")),
        location=data.get("location", ""),
        channel=data.get("channel") or None,
    )
    await keep_back(context=context, levels=[level])
    return Redirect(f"/stock/{quote(sku, safe='')}#kept-back", status_code=303)


def _quantity(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= QUANTITY_MAX):
        problem = "write how many pieces, or 0 to keep none back"
        raise MalformedRequest(field="quantity", problem=problem)
    return int(text)
