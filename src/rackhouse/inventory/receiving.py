"""Stock comes in, and its figures are put right."""

from collections.abc import Sequence

from rackhouse.catalog import components_of
from rackhouse.inventory.commands import (
    Adjust,
    AdjustOnce,
    AdjustStock,
    ChangeCondition,
    ReceiveStock,
)
from rackhouse.inventory.errors import BundleHasNoStock
from rackhouse.inventory.events import SELLABLE, Condition
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.locations import must_exist
from rackhouse.inventory.rules import Line, Pieces, Stock
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House

__all__ = ["adjust_once", "adjust_stock", "change_condition", "must_be_stocked", "receive_stock"]


@operation("inventory:write")
async def receive_stock(
    *,
    context: Context,
    location: str,
    lines: Sequence[Line],
    reference: str | None,
    condition: str = SELLABLE,
) -> list[Stock]:
    """Take pieces in at a location, in a condition; answers the stock of each SKU.

    Refuses with `LocationNotFound`, `BundleHasNoStock`, `LotNotFound`, `LotNotNumbered`,
    `UnitsMustBeNamed`, `UnitNotFree`, and what `catalog` refuses of SKUs.
    """
    await must_exist(context.house, [location])
    await must_be_stocked(context.house, [line.sku for line in lines])
    command = ReceiveStock(
        context=context, location=location, lines=lines, reference=reference, condition=condition
    )
    found: list[Stock] = await context.house.the(StockLane).submit(command)
    return found


@operation("inventory:write")
async def adjust_stock(
    *, context: Context, adjustments: Sequence[Adjust], reason: str
) -> list[Stock]:
    """Correct figures by a delta or to a count, one after another, all of them or none; answers the
    stock of each.

    Refuses with `StockVersionStale`, `FewerThanReserved`, `StockIsParted`, `LocationNotFound`,
    `BundleHasNoStock`, `LotNotFound`, `LotNotNumbered`, `UnitsMustBeNamed`, `UnitNotFree`, and what
    `catalog` refuses of SKUs.
    """
    await must_exist(context.house, [each.location for each in adjustments])
    await must_be_stocked(context.house, [each.sku for each in adjustments])
    command = AdjustStock(context=context, adjustments=adjustments, reason=reason)
    found: list[Stock] = await context.house.the(StockLane).submit(command)
    return found


@operation("inventory:write")
async def change_condition(
    *, context: Context, pieces: Pieces, after: Condition, reason: str, expected_version: int | None
) -> Stock:
    """Say that free pieces are in another condition; answers their stock.

    What is sellable again goes first to those whom it was promised to. Refuses with
    `NotEnoughFree`, `StockVersionStale`, `LocationNotFound`, `BundleHasNoStock`, `LotNotFound`,
    `UnitNotFree`, and what `catalog` refuses of SKUs.
    """
    await must_exist(context.house, [pieces.location])
    await must_be_stocked(context.house, [pieces.sku])
    command = ChangeCondition(
        context=context,
        pieces=pieces,
        after=after,
        reason=reason,
        expected_version=expected_version,
    )
    found: Stock = await context.house.the(StockLane).submit(command)
    return found


@operation("inventory:write")
async def adjust_once(
    *, context: Context, correction_id: str, adjustments: Sequence[Adjust], reason: str
) -> list[Stock]:
    """The same under an id of the caller's choice, which is remembered for good: asked for again,
    it changes nothing.
    """
    await must_exist(context.house, [each.location for each in adjustments])
    await must_be_stocked(context.house, [each.sku for each in adjustments])
    command = AdjustOnce(
        context=context, adjustments=adjustments, reason=reason, correction_id=correction_id
    )
    found: list[Stock] = await context.house.the(StockLane).submit(command)
    return found


async def must_be_stocked(house: House, skus: Sequence[str]) -> None:
    """Refuse with `BundleHasNoStock` what has no stock of its own, and as `catalog` does."""
    components = await components_of(house=house, skus=skus)
    for sku in skus:
        if [component.sku for component in components[sku]] != [sku]:
            raise BundleHasNoStock(sku=sku)
