"""Lots: batches received together. Whether one may be sold is decided by its dates and recalls."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.catalog import components_of
from rackhouse.inventory import store
from rackhouse.inventory.commands import (
    ChangeLot,
    OfLot,
    RecallLot,
    RegisterLot,
    ReinstateLot,
    TurnLot,
)
from rackhouse.inventory.errors import BundleHasNoStock, LotNotFound
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.rules.lots import (
    LotChanges,
    LotFacts,
    LotNow,
    changed_facts,
    is_lot_id,
    lot_now,
    sound_lot,
)
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House

__all__ = [
    "LotPlace",
    "Printed",
    "change_lot",
    "due_lots",
    "lot_of",
    "lots_of",
    "must_be_lot_id",
    "recall_lot",
    "register_lot",
    "reinstate_lot",
    "turn_lot",
]

Printed = Annotated[str, Meta(pattern="^[^\\x00]*$")]


class LotPlace(msgspec.Struct, frozen=True):
    """Where a page of lots ended."""

    sku: Printed
    lot: Printed


@operation("inventory:write")
async def register_lot(*, context: Context, sku: str, lot: str, facts: LotFacts) -> LotNow:
    """Make a lot of a SKU known, so that pieces of it can come in.

    Refuses with `LotExists`, `InvalidLot`, `BundleHasNoStock`, and what `catalog` refuses of SKUs.
    """
    sound_lot(lot, facts)
    components = await components_of(house=context.house, skus=[sku])
    if [each.sku for each in components[sku]] != [sku]:
        raise BundleHasNoStock(sku=sku)
    return await _decided(context, RegisterLot, sku, lot, facts=facts)


@operation("inventory:write")
async def change_lot(
    *, context: Context, sku: str, lot: str, changes: LotChanges, expected_version: int | None
) -> LotNow:
    """Say something else of a lot; the same again changes nothing. Its pieces may be sold, or no
    more, from then on.

    Refuses with `LotNotFound`, `LotVersionStale` (None expects any version), `InvalidLot` and
    `NumberedIsFixed`.
    """
    must_be_lot_id(sku, lot)
    sound_lot(lot, changed_facts(LotFacts(), changes))
    return await _decided(
        context, ChangeLot, sku, lot, changes=changes, expected_version=expected_version
    )


@operation("inventory:recall")
async def recall_lot(*, context: Context, sku: str, lot: str, reason: str) -> LotNow:
    """Freeze a lot everywhere: once this is answered, no more of it is held, sold or sent out.

    `holds_with_lot` says who has it. Refuses with `LotNotFound` and `LotIsRecalled`.
    """
    must_be_lot_id(sku, lot)
    return await _decided(context, RecallLot, sku, lot, reason=reason)


@operation("inventory:recall")
async def reinstate_lot(*, context: Context, sku: str, lot: str, reason: str) -> LotNow:
    """Lift the recall of a lot; its dates decide again. Refuses with `LotNotFound` and
    `LotNotRecalled`."""
    must_be_lot_id(sku, lot)
    return await _decided(context, ReinstateLot, sku, lot, reason=reason)


@operation("inventory:write")
async def turn_lot(*, context: Context, sku: str, lot: str) -> LotNow:
    """Tell of a lot whose status has turned by the clock; again tells nothing. Refuses with
    `LotNotFound`."""
    return await _decided(context, TurnLot, sku, lot)


@operation("inventory:read")
async def lot_of(*, context: Context, sku: str, lot: str) -> LotNow:
    """A lot as it is now; refuses with `LotNotFound`."""
    must_be_lot_id(sku, lot)
    async with context.house.database("inventory").reading() as tx:
        found = await store.recorded_lot_now(tx, sku, lot)
    if found is None:
        raise LotNotFound(sku=sku, lot=lot)
    return lot_now(*found)


@operation("inventory:read")
async def lots_of(
    *, context: Context, sku: str | None, status: str | None, after: LotPlace | None, limit: int
) -> list[LotNow]:
    """Lots as they are now, in order of SKU and id after one: of a SKU or of all, in a status or
    in any."""
    place = (after.sku, after.lot) if after else ("", "")
    async with context.house.database("inventory").reading() as tx:
        found = await store.lot_page(tx, sku=sku, status=status, after=place, limit=limit)
    return [lot_now(*each) for each in found]


async def due_lots(*, house: House, limit: int) -> Sequence[tuple[str, str]]:
    """Lots (SKU and id) whose status has turned by the clock and was not told yet."""
    async with house.database("inventory").reading() as tx:
        return await store.due_lots(tx, limit=limit)


def must_be_lot_id(sku: str, lot: str) -> None:
    """Refuse with `LotNotFound` what no lot can be called."""
    if not is_lot_id(lot) or not sku.isprintable():
        raise LotNotFound(sku=sku, lot=lot)


async def _decided(
    context: Context, command: type[OfLot], sku: str, lot: str, **asked: Any
) -> LotNow:
    async with context.house.database("inventory").reading() as tx:
        rows = await store.stock_locations(tx, [sku])
    decided: LotNow = await context.house.the(StockLane).submit(
        command(context=context, sku=sku, lot=lot, rows=rows, **asked)
    )
    return decided
