"""The channel's own figures: told to reconciliation, which compares them with the ledger."""

import datetime
from collections.abc import Sequence
from contextlib import suppress

from rackhouse.connectors.facts import RemoteLevel
from rackhouse.connectors.store import mappings
from rackhouse.connectors.working import Work
from rackhouse.reconciliation import ReportedFigure, ReportTooOld, report_stock

__all__ = ["report_figures"]


async def report_figures(
    work: Work, levels: Sequence[RemoteLevel], as_of: datetime.datetime
) -> None:
    """Report what the channel can sell by its own count, of the SKUs that are mapped; refuses with
    what `reconciliation.report_stock` refuses. Figures that were told too long ago to be compared,
    as before nobody worked for a day, say nothing any more."""
    if not levels:
        return
    items = sorted({level.item for level in levels})
    async with work.database.reading() as tx:
        found = await mappings.by_stock_id(tx, work.connection.id, items)
        places = await mappings.mapping_page(
            tx, work.connection.id, kind="location", mapped=True, after=("", ""), limit=1000
        )
    if len(places) != 1:
        return  # a figure at one of several places is not what the channel can sell
    own = {each.stock_id: each.own for each in found if each.own is not None}
    figures = {
        own[level.item]: max(level.quantity, 0)
        for level in levels
        if level.item in own and level.place == places[0].remote_id
    }
    if not figures:
        return
    with suppress(ReportTooOld):
        await report_stock(
            context=work.context,
            channel=work.connection.channel,
            as_of=as_of,
            figures=[ReportedFigure(str(sku), figures[sku]) for sku in sorted(map(str, figures))],
        )
