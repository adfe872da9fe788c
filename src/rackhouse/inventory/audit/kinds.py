"""Looking again at what was found of one kind."""

from rackhouse.inventory.audit.findings import Discrepancy
from rackhouse.inventory.audit.lot_pages import recheck_lot
from rackhouse.inventory.audit.sku_rechecks import recheck_kept_back, recheck_units
from rackhouse.platform.context import Context, operation

__all__ = ["recheck_kind"]


@operation("inventory:read")
async def recheck_kind(
    *, context: Context, kind: str, sku: str, location: str | None, lot: str | None
) -> list[Discrepancy]:
    """Compare a lot (``lot_row``), its units (``units``), or what is kept back at a location
    (``kept_back``) with its events; nothing of other kinds."""
    if kind == "lot_row" and lot is not None:
        return await recheck_lot(context=context, sku=sku, lot=lot)
    if kind == "units" and lot is not None:
        return await recheck_units(context=context, sku=sku, lot=lot)
    if kind == "kept_back" and location is not None:
        return await recheck_kept_back(context=context, sku=sku, location=location)
    return []
