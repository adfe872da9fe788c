"""The page of one SKU: its levels, what happened to it, and why its figures are what they are."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter

from rackhouse.catalog import Component, SkuUnknown, components_of
from rackhouse.console.explaining import Explanation, explain
from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.console.stock_view import is_low
from rackhouse.console.wording import Happening, told_movement
from rackhouse.inventory import Movement, MovementPlace, Stock, movements, recorded_stock
from rackhouse.platform.house import House

__all__ = ["get_sku"]

MOVEMENTS_SHOWN = 40
EXPLAINED_LIMIT = 5000
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
) -> Response[str]:
    """One SKU. A bundle is shown by the SKUs that it is made of."""
    house = house_of(request)
    context = await context_of_session(house, request)
    components = await _components(house, sku)
    stocked = [each.sku for each in components]
    found = await movements(
        context=context, id=sku, location=None, before=_place(before), limit=EXPLAINED_LIMIT
    )
    levels = await recorded_stock(context=context, skus=stocked, locations=None)
    names = await house.the(Names).of_skus({sku, *stocked})
    shown = found[:MOVEMENTS_SHOWN]
    return whole_page(
        "sku.html",
        sku=sku,
        name=names[sku],
        names=names,
        made_of=[] if _is_itself(sku, components) else list(components),
        levels=sorted(levels, key=lambda row: (row.sku, row.location)),
        is_low=is_low,
        rows=await _told(house, shown),
        older=_older(sku, shown) if len(found) > MOVEMENTS_SHOWN else None,
        first_page=before is None,
        explanations=_explanations(levels, found) if before is None else [],
    )


async def _components(house: House, sku: str) -> Sequence[Component]:
    try:
        return (await components_of(house=house, skus=[sku]))[sku]
    except SkuUnknown:  # it may have left the catalog while its stock is still there
        return (Component(sku=sku, quantity=1),)


def _explanations(levels: Sequence[Stock], found: Sequence[Movement]) -> list[Explanation]:
    complete = len(found) < EXPLAINED_LIMIT
    return [explain(row, found, complete=complete) for row in levels]


async def _told(house: House, found: Sequence[Movement]) -> list[MovementRow]:
    names = await house.the(Names).of_skus({each.sku for each in found})
    channels = await house.the(Names).of_channels()
    return [
        MovementRow(
            each,
            told_movement(each, names, channels),
            each.on_hand - each.held - each.committed,
        )
        for each in found
    ]


def _is_itself(sku: str, components: Sequence[Component]) -> bool:
    return len(components) == 1 and components[0].sku == sku


def _place(text: str | None) -> MovementPlace | None:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=MovementPlace)
    except msgspec.MsgspecError:
        return None


def _older(sku: str, shown: Sequence[Movement]) -> str:
    place = MovementPlace(shown[-1].recorded_at, shown[-1].position)
    return "?" + urlencode({"before": msgspec.json.encode(place).decode()}) + "#movements"
