"""The page of one lot: what is known of it, its bottles, who has some, and its recall."""

from typing import Annotated, Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from rackhouse.console.lot_view import STATUS_TAGS, parts_of, squares_of
from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, guard_against_forgery, house_of
from rackhouse.inventory import (
    HoldWithLot,
    UnitWithHistory,
    holds_with_lot,
    lot_of,
    recall_lot,
    reinstate_lot,
    unit_of,
)
from rackhouse.orders import orders_of_holds
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MalformedRequest

__all__ = ["get_lot", "post_recall", "post_reinstatement"]

NUMBER_MAX = 10_000
HOLDS_SHOWN = 200
REASON_LENGTH_LIMIT = 200

AnyRequest = Request[Any, Any, Any]
Sku = Annotated[str, Parameter(max_length=64)]
Lot = Annotated[str, Parameter(max_length=64)]
Number = Annotated[int | None, Parameter(ge=1, le=NUMBER_MAX)]
After = Annotated[int, Parameter(ge=0, le=NUMBER_MAX)]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/stock/{sku:str}/lots/{lot:str}")
async def get_lot(
    request: AnyRequest, sku: Sku, lot: Lot, number: Number = None, after: After = 0
) -> Response[str]:
    """One lot; with a ``number`` also what happened to that bottle."""
    house = house_of(request)
    context = await context_of_session(house, request)
    found = await lot_of(context=context, sku=sku, lot=lot)
    holds = await _who_has(context, sku, lot)
    names = await house.the(Names).of_skus([sku])
    return whole_page(
        "lot.html",
        lot=found,
        name=names[sku],
        tags=STATUS_TAGS,
        parts=[each for each in await parts_of(context, sku) if each.lot == lot],
        squares=await squares_of(context, found, after=after),
        unit=None if number is None else await _unit(context, sku, lot, number),
        holds=holds[:HOLDS_SHOWN],
        more_holds=len(holds) > HOLDS_SHOWN,
        channels=await house.the(Names).of_channels(),
        may_recall="inventory:recall" in context.caller.permissions,
    )


@post("/stock/{sku:str}/lots/{lot:str}/recall")
async def post_recall(request: AnyRequest, sku: Sku, lot: Lot, data: Form) -> Redirect:
    """Freeze the lot everywhere, and show who has some of it."""
    context = await _context_of_form(request)
    await recall_lot(context=context, sku=sku, lot=lot, reason=_reason(data))
    return _back_to(sku, lot)


@post("/stock/{sku:str}/lots/{lot:str}/reinstate")
async def post_reinstatement(request: AnyRequest, sku: Sku, lot: Lot, data: Form) -> Redirect:
    """Lift the recall."""
    context = await _context_of_form(request)
    await reinstate_lot(context=context, sku=sku, lot=lot, reason=_reason(data))
    return _back_to(sku, lot)


async def _context_of_form(request: AnyRequest) -> Context:
    house = house_of(request)
    context = await context_of_session(house, request)
    guard_against_forgery(house, request)
    return context


def _reason(data: dict[str, str]) -> str:
    reason = data.get("reason", "").strip()
    if not reason or len(reason) > REASON_LENGTH_LIMIT or not reason.isprintable():
        problem = f"say why, in 1 to {REASON_LENGTH_LIMIT} characters"
        raise MalformedRequest(field="reason", problem=problem)
    return reason


def _back_to(sku: str, lot: str) -> Redirect:
    return Redirect(f"/stock/{quote(sku, safe='')}/lots/{quote(lot, safe='')}", status_code=303)


async def _unit(context: Context, sku: str, lot: str, number: int) -> UnitWithHistory:
    return await unit_of(context=context, sku=sku, lot=lot, number=number)


async def _who_has(context: Context, sku: str, lot: str) -> list[tuple[HoldWithLot, str | None]]:
    """The holds that have pieces of a lot, each with its order, for those who may read them."""
    if not context.caller.permissions >= {"holds:read", "orders:read"}:
        return []
    found = await holds_with_lot(
        context=context, sku=sku, lot=lot, after=None, limit=HOLDS_SHOWN + 1
    )
    orders = await orders_of_holds(context=context, hold_ids=[each.hold_id for each in found])
    return [
        (each, orders[each.hold_id].id if each.hold_id in orders else each.order_id)
        for each in found
    ]
