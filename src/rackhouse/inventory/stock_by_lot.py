"""What there is of a product or SKU, parted by location, lot, allotment and condition."""

import datetime
from typing import Any

import msgspec

from rackhouse.catalog import components_of, skus_of
from rackhouse.inventory import store
from rackhouse.inventory.errors import StockNotFound
from rackhouse.inventory.lots import Printed
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House

__all__ = ["PartOfStock", "PartPlace", "stock_by_lot"]

FREE_NUMBERS_LIMIT = 20


class PartPlace(msgspec.Struct, frozen=True):
    """Where a page of parts ended."""

    sku: Printed
    location: Printed
    lot: Printed
    allotment: Printed
    condition: Printed


class PartOfStock(msgspec.Struct, frozen=True):
    """Pieces of a SKU at a location that share a lot, an allotment and a condition.

    ``lot`` is null for pieces of no lot. ``free`` are those that nobody has a claim on, and
    ``available`` those of them that may be sold as far as lot and condition decide it.
    ``free_numbers`` are the lowest numbers that are free, 20 at most.
    """

    sku: str
    location: str
    lot: str | None
    status: str
    allotment: str | None
    condition: str
    on_hand: int
    held: int
    committed: int
    free: int
    available: int
    numbered: int | None
    free_numbers: tuple[int, ...]
    release_at: datetime.datetime | None
    expires_at: datetime.datetime | None

    @property
    def place(self) -> PartPlace:
        """Where in the order of pages it stands."""
        lot, allotment = self.lot or "", self.allotment or ""
        return PartPlace(self.sku, self.location, lot, allotment, self.condition)


@operation("inventory:read")
async def stock_by_lot(
    *,
    context: Context,
    id: str,  # noqa: A002
    location: str | None,
    after: PartPlace | None,
    limit: int,
) -> list[PartOfStock]:
    """The pieces of a product's or SKU's stock as of now; of a bundle those of its components.

    Refuses with `StockNotFound`.
    """
    skus = await _stocked_skus(context.house, id)
    async with context.house.database("inventory").reading() as tx:
        if skus is None and not (id.isprintable() and await store.stock_locations(tx, [id])):
            raise StockNotFound(id=id)
        rows = await store.pieces_by_lot(
            tx,
            skus=skus or [id],
            location=location,
            after=msgspec.structs.astuple(after) if after else ("", "", "", "", ""),
            numbers_limit=FREE_NUMBERS_LIMIT,
            limit=limit,
        )
    return [_part(*row) for row in rows]


async def _stocked_skus(house: House, id: str) -> list[str] | None:  # noqa: A002
    """The stocked SKUs of a product or SKU; None for what the catalog does not know (any more)."""
    product = await skus_of(house=house, id=id)
    if product is None:
        return None
    components = await components_of(house=house, skus=product.skus)
    return sorted({each.sku for found in components.values() for each in found})


def _part(*row: Any) -> PartOfStock:
    sku, location, lot, allotment, condition, on_hand, held, committed, *of_lot = row
    numbered, release_at, expires_at, status, numbers = of_lot
    free = on_hand - held - committed
    return PartOfStock(
        sku,
        location,
        lot or None,
        status,
        allotment or None,
        condition,
        on_hand,
        held,
        committed,
        free,
        free if status == "sellable" and condition == "sellable" else 0,
        numbered,
        tuple(numbers),
        release_at,
        expires_at,
    )
