"""The audit: does every figure equal the sum of the events and of the holds that explain it?

It reads the log and the rows in pages, each in a transaction of its own, and holds nothing up.
"""

from rackhouse.inventory.audit.findings import Audit, ClockStep, Discrepancy
from rackhouse.inventory.audit.holds import holds_with_memo, recheck_hold
from rackhouse.inventory.audit.kinds import recheck_kind
from rackhouse.inventory.audit.log_legs import (
    LogLeg,
    keep_log_leg,
    read_log_anew,
    read_log_leg,
    recheck_stream,
)
from rackhouse.inventory.audit.lot_pages import (
    LotPageAudit,
    audit_lot_page,
    rewrite_lot,
)
from rackhouse.inventory.audit.quota_pages import (
    QuotaPageAudit,
    audit_quota_page,
    recount_quota_use,
)
from rackhouse.inventory.audit.rebuilding import rebuild_stock
from rackhouse.inventory.audit.rewriting import rewrite_hold, rewrite_stock, rewrite_units
from rackhouse.inventory.audit.sku_pages import SkuPageAudit, audit_sku_page
from rackhouse.inventory.audit.stock_pages import (
    StockPageAudit,
    audit_stock_page,
    audit_stock_row,
)
from rackhouse.inventory.audit.whole import audit_stock

__all__ = [
    "Audit",
    "ClockStep",
    "Discrepancy",
    "LogLeg",
    "LotPageAudit",
    "QuotaPageAudit",
    "SkuPageAudit",
    "StockPageAudit",
    "audit_lot_page",
    "audit_quota_page",
    "audit_sku_page",
    "audit_stock",
    "audit_stock_page",
    "audit_stock_row",
    "holds_with_memo",
    "keep_log_leg",
    "read_log_anew",
    "read_log_leg",
    "rebuild_stock",
    "recheck_hold",
    "recheck_kind",
    "recheck_stream",
    "recount_quota_use",
    "rewrite_hold",
    "rewrite_lot",
    "rewrite_stock",
    "rewrite_units",
]
