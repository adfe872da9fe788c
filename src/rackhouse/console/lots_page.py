"""The page of all lots, by SKU: what may be sold, and what may not, and why."""

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter

from rackhouse.console.lot_view import STATUS_TAGS
from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.inventory import LotPlace, lots_of

__all__ = ["get_lots_page"]

LOTS_SHOWN = 50
STATUSES = ("sellable", "unreleased", "expired", "recalled")

AnyRequest = Request[Any, Any, Any]


@get("/lots")
async def get_lots_page(
    request: AnyRequest,
    status: Annotated[
        str | None, Parameter(pattern="^(sellable|unreleased|expired|recalled)$")
    ] = None,
    after: Annotated[str | None, Parameter(max_length=300)] = None,
) -> Response[str]:
    """Lots in the order of their SKUs, in one status or in any."""
    house = house_of(request)
    context = await context_of_session(house, request)
    found = await lots_of(
        context=context, sku=None, status=status, after=_place(after), limit=LOTS_SHOWN + 1
    )
    shown = found[:LOTS_SHOWN]
    further = None
    if len(found) > LOTS_SHOWN:
        place = msgspec.json.encode(LotPlace(shown[-1].sku, shown[-1].lot)).decode()
        further = "?" + urlencode({"after": place} | ({"status": status} if status else {}))
    return whole_page(
        "all_lots.html",
        lots=shown,
        wanted=status,
        statuses=STATUSES,
        tags=STATUS_TAGS,
        names=await house.the(Names).of_skus({each.sku for each in shown}),
        further=further,
    )


def _place(text: str | None) -> LotPlace | None:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=LotPlace)
    except msgspec.MsgspecError:
        return None
