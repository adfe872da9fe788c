"""The stock rows, page by page: each page is read as of one moment, and that moment is short."""

import msgspec

from rackhouse.inventory.audit.checking import StockPage, found_in
from rackhouse.inventory.audit.explaining import explained
from rackhouse.inventory.audit.findings import Discrepancy
from rackhouse.inventory.audit.log_checking import LogCheck
from rackhouse.inventory.audit.reading import PAGE_ROWS, read_page, read_row
from rackhouse.inventory.rules import Key, Stock
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House
from rackhouse.platform.pacing import Pace

__all__ = ["StockPageAudit", "audit_stock_page", "audit_stock_row", "audited_page"]


class StockPageAudit(msgspec.Struct, frozen=True):
    """The rows of a page, and what was found. The last page is shorter than `PAGE_ROWS`."""

    rows: list[Stock]
    discrepancies: list[Discrepancy]
    ended: bool

    @property
    def end(self) -> Key:
        """The key of its last row."""
        return (self.rows[-1].sku, self.rows[-1].location)


@operation("inventory:read")
async def audit_stock_page(*, context: Context, after: Key | None, pace: Pace) -> StockPageAudit:
    """Compare the next rows after a key with the events, holds and units that explain them."""
    return await audited_page(context, after, pace, None)


@operation("inventory:read")
async def audit_stock_row(
    *, context: Context, sku: str, location: str, pace: Pace
) -> list[Discrepancy]:
    """The same for the row of one SKU at one location."""
    database = context.house.database("inventory")
    async with database.snapshot() as tx:
        page = await read_row(tx, (sku, location))
    return await _found(context.house, page, pace)


async def audited_page(
    context: Context, after: Key | None, pace: Pace, log: LogCheck | None
) -> StockPageAudit:
    """The same, given what was read of the log; else what was kept of it counts."""
    database = context.house.database("inventory")
    async with database.snapshot() as tx:
        page = await read_page(tx, after or ("", ""), log)
    discrepancies = await _found(context.house, page, pace)
    return StockPageAudit(list(page.rows), discrepancies, len(page.rows) < PAGE_ROWS)


async def _found(house: House, page: StockPage, pace: Pace) -> list[Discrepancy]:
    discrepancies: list[Discrepancy] = []
    for found in found_in(page):
        discrepancies += await explained(house, found, pace)
    await pace.rest()
    return discrepancies
