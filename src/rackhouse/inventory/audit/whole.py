"""The whole audit: every event and every row, by itself and at full speed, changing nothing."""

from collections.abc import Callable, Sequence

from rackhouse.inventory.audit.findings import Audit, Discrepancy
from rackhouse.inventory.audit.log_checking import LogCheck
from rackhouse.inventory.audit.log_legs import row_missing, whole_log
from rackhouse.inventory.audit.sku_pages import audit_sku_page
from rackhouse.inventory.audit.stock_pages import audited_page
from rackhouse.inventory.log import LOG
from rackhouse.inventory.rules import Key, Stock
from rackhouse.platform.archive import archived_files
from rackhouse.platform.context import Context, operation
from rackhouse.platform.pacing import Pace

__all__ = ["audit_stock"]

FINDING_LIMIT = 1000
FULL_SPEED = 1.0


@operation("inventory:read")
async def audit_stock(*, context: Context, progress: Callable[[int], None]) -> Audit:
    """Read the whole log from its start and compare: every event with the figures recorded beside
    it, every row with its events, every row with its holds, every hold and numbered unit with all
    events of its SKU. Where events were archived, it begins
    with what the last of them recorded.

    ``progress`` is told how many events were read so far. Nothing waits for it: each page is as of
    its own moment, so that sums are those of one moment only while nothing is sold.
    """
    pace = Pace(FULL_SPEED)
    log = await whole_log(context, pace, progress)
    rows, discrepancies = await _all_rows(context, pace, log)
    there = {(row.sku, row.location) for row in rows}
    without_row = [key for key in log.streams() if key not in there]
    found = [
        *log.discrepancies,
        *discrepancies,
        *(row_missing(log.told(key).stock) for key in without_row),
        *await _of_all_skus(context, pace, discrepancies),
    ]
    return Audit(
        events=log.events,
        stock_rows=len(rows),
        on_hand=sum(row.on_hand for row in rows),
        held=sum(row.held for row in rows),
        committed=sum(row.committed for row in rows),
        oversold=_oversold(rows, log),
        discrepancies=found[:FINDING_LIMIT],
        clock_steps=log.clock_steps[:FINDING_LIMIT],
        archived_events=await _archived_events(context),
    )


async def _archived_events(context: Context) -> int:
    async with context.house.database("inventory").reading() as tx:
        return sum(each.events for each in await archived_files(tx, LOG.schema))


async def _all_rows(
    context: Context, pace: Pace, log: LogCheck
) -> tuple[list[Stock], list[Discrepancy]]:
    rows: list[Stock] = []
    discrepancies: list[Discrepancy] = []
    after: Key | None = None
    while True:
        page = await audited_page(context, after, pace, log)
        rows += page.rows
        discrepancies += page.discrepancies
        if page.ended:
            return rows, discrepancies
        after = page.end


async def _of_all_skus(
    context: Context, pace: Pace, known: Sequence[Discrepancy]
) -> list[Discrepancy]:
    """What is found of holds and units, without the holds of which more is known already."""
    of_holds = {(each.sku, each.location, each.hold_id) for each in known if each.hold_id}
    found: list[Discrepancy] = []
    after: str | None = None
    while True:
        page = await audit_sku_page(context=context, after=after, pace=pace)
        found += [
            each
            for each in page.discrepancies
            if (each.sku, each.location, each.hold_id) not in of_holds
        ]
        if page.end is None:
            return found
        after = page.end


def _oversold(rows: list[Stock], log: LogCheck) -> int:
    told = [log.told(key).stock for key in log.streams()]
    return sum(row.free < 0 for row in (*rows, *told))
