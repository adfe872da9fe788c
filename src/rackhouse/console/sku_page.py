"""The page of one SKU: its levels, what happened to it, and why its figures are what they are."""

import datetime
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter

from rackhouse.catalog import Component, SkuUnknown, components_of
from rackhouse.console.coming import coming_and_conditions
from rackhouse.console.kept_back import kept_back_and_allotted
from rackhouse.console.lot_view import STATUS_TAGS, lot_rows, squares_of
from rackhouse.console.names import Names
from rackhouse.console.quota_page import limits_of
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.console.stock_view import is_low
from rackhouse.console.wording import Happening, told_movement
from rackhouse.inventory import (
    PROMISED,
    AvailabilityOfSku,
    Explanation,
    Movement,
    MovementPlace,
    TooMuchToExplain,
    availability,
    explain,
    movements,
)
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.house import House

__all__ = ["get_sku"]

MOVEMENTS_SHOWN = 40
EXPLAINED_EVENTS = 1
LOTS_WITH_SQUARES = 4
LAST_POSITION = 2**63 - 1
SKU_LENGTH_LIMIT = 64

AnyRequest = Request[Any, Any, Any]


class MovementRow(msgspec.Struct, frozen=True):
    """One movement in words, with the figures after it."""

    movement: Movement
    happening: Happening
    available: int


@get("/stock/{sku:str}")
async def get_sku(
    request: AnyRequest,
    sku: Annotated[str, Parameter(max_length=SKU_LENGTH_LIMIT)],
    before: Annotated[str | None, Parameter(max_length=100)] = None,
    as_of: Annotated[str | None, Parameter(max_length=40)] = None,
) -> Response[str]:
    """One SKU, now or as it was at a moment. A bundle is shown by the SKUs that it is made of."""
    house = house_of(request)
    context = await context_of_session(house, request)
    components = await _components(house, sku)
    moment = _moment(as_of) if as_of else None
    found = await movements(
        context=context,
        id=sku,
        location=None,
        before=_place(before) or _until(moment),
        limit=MOVEMENTS_SHOWN + 1,
    )
    shown = found[:MOVEMENTS_SHOWN]
    names = await house.the(Names).of_skus({sku, *(each.sku for each in components)})
    explanation = None if before else await _explanation(context, sku, moment)
    is_now = before is None and moment is None
    return whole_page(
        "sku.html",
        sku=sku,
        name=names[sku],
        names=names,
        bundles=await _bundles(context, sku, components) if is_now else None,
        made_of=[] if _is_itself(sku, components) else list(components),
        is_low=is_low,
        moment=moment,
        rows=await _told(house, shown),
        older=_older(sku, shown) if len(found) > MOVEMENTS_SHOWN else None,
        explanation=explanation,
        first_page=before is None,
        **await _limits(context, sku, components, is_now=is_now),
        **await _lots(context, sku, is_now=is_now),
        **await _kept_back(context, sku, components, explanation, is_now=is_now),
    )


async def _components(house: House, sku: str) -> Sequence[Component]:
    try:
        return (await components_of(house=house, skus=[sku]))[sku]
    except SkuUnknown:  # it may have left the catalog while its stock is still there
        return (Component(sku=sku, quantity=1),)


async def _bundles(
    context: Context, sku: str, components: Sequence[Component]
) -> AvailabilityOfSku | None:
    """How many there are of a bundle; None for what is none."""
    if _is_itself(sku, components):
        return None
    found = await availability(context=context, id=sku)
    return next((each for each in found.skus if each.sku == sku), None)


async def _limits(
    context: Context, sku: str, components: Sequence[Component], *, is_now: bool
) -> dict[str, Any]:
    """The quotas of the SKU, and who waits for it."""
    if not (is_now and _is_itself(sku, components)):
        return {"quotas": [], "waiting": []}
    return await limits_of(context, sku)


async def _lots(context: Context, sku: str, *, is_now: bool) -> dict[str, Any]:
    """The lots of the SKU, and the bottles of those that are numbered."""
    rows = await lot_rows(context, sku) if is_now and sku.isprintable() else []
    numbered = [row.lot for row in rows if row.lot.numbered is not None][:LOTS_WITH_SQUARES]
    bottles = [await squares_of(context, lot) for lot in numbered]
    shown = [squares for squares in bottles if squares is not None and squares.squares]
    return {"lots": rows, "bottles": shown, "tags": STATUS_TAGS}


async def _kept_back(
    context: Context,
    sku: str,
    components: Sequence[Component],
    explanation: Explanation | None,
    *,
    is_now: bool,
) -> dict[str, Any]:
    """What is kept back of the SKU, set apart for channels and to come, where it has stock of its
    own."""
    if not (is_now and explanation is not None and _is_itself(sku, components)):
        return {"shows_kept_back": False}
    places = [each.location for each in explanation.stocks]
    locations = [each for each in places if each != PROMISED]
    return {
        "shows_kept_back": True,
        **await kept_back_and_allotted(context, sku, locations),
        **await coming_and_conditions(context, sku, locations),
    }


async def _explanation(
    context: Context, sku: str, moment: datetime.datetime | None
) -> Explanation | None:
    """Why the figures are what they are, unless they are too many for a page."""
    try:
        return await explain(
            context=context, id=sku, location=None, as_of=moment, limit=EXPLAINED_EVENTS
        )
    except TooMuchToExplain:
        return None


async def _told(house: House, found: Sequence[Movement]) -> list[MovementRow]:
    names = await house.the(Names).of_skus({each.sku for each in found})
    channels = await house.the(Names).of_channels()
    return [
        MovementRow(each, told_movement(each, names, channels), _available(each)) for each in found
    ]


def _available(after: Movement) -> int:
    """What could still be promised to somebody after a movement."""
    claimed = after.held + after.committed + after.unavailable + after.allotted
    return max(0, after.on_hand - claimed - after.safety - after.frozen)


def _is_itself(sku: str, components: Sequence[Component]) -> bool:
    return len(components) == 1 and components[0].sku == sku


def _place(text: str | None) -> MovementPlace | None:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=MovementPlace)
    except msgspec.MsgspecError:
        return None


def _moment(text: str) -> datetime.datetime:
    """A time as a browser's field gives it: without a zone, which here is UTC."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        problem = "not a time such as 2026-11-20T12:00"
        raise MalformedRequest(field="as_of", problem=problem) from error
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def _until(moment: datetime.datetime | None) -> MovementPlace | None:
    """The place in the movements just after a moment."""
    return None if moment is None else MovementPlace(moment, LAST_POSITION)


def _older(sku: str, shown: Sequence[Movement]) -> str:
    place = MovementPlace(shown[-1].recorded_at, shown[-1].position)
    return "?" + urlencode({"before": msgspec.json.encode(place).decode()}) + "#movements"
