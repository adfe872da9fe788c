"""The stock rows, page by page: each page is read as of one moment, and that moment is short.

What is wrong with a page is said by the checks of `checking`, which are pure; what they look at is
read before, in one snapshot.
"""

from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit import checking
from rackhouse.inventory.audit.checking import AstrayUnit, LastEvent, Misfit, StockPage
from rackhouse.inventory.audit.explaining import explained
from rackhouse.inventory.audit.findings import Discrepancy
from rackhouse.inventory.audit.log_checking import (
    Buckets,
    LogCheck,
    happened,
    key_of_stream,
    parted,
    recorded,
)
from rackhouse.inventory.audit.log_legs import read_buckets
from rackhouse.inventory.rules import BUCKETS, Bucket, Key, Stock
from rackhouse.inventory.store.parameters import whole_row
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Pending, Transaction
from rackhouse.platform.pacing import Pace

__all__ = ["StockPageAudit", "audit_stock_page", "audited_page"]

PAGE_ROWS = 300
ODD_ROWS_LIMIT = 1000
EVENTS_SINCE_LIMIT = 500


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


async def audited_page(
    context: Context, after: Key | None, pace: Pace, log: LogCheck | None
) -> StockPageAudit:
    """The same, given what was read of the log; else what was kept of it counts."""
    database = context.house.database("inventory")
    async with database.snapshot() as tx:
        page = await _read(tx, after or ("", ""), log)
    discrepancies: list[Discrepancy] = []
    for found in checking.found_in(page):
        discrepancies += await explained(database, found, pace)
    await pace.rest()
    return StockPageAudit(list(page.rows), discrepancies, len(page.rows) < PAGE_ROWS)


async def _read(tx: Transaction, after: Key, log: LogCheck | None) -> StockPage:
    rows = await store.audited_rows(tx, after=after, limit=PAGE_ROWS)
    keys = [(row.sku, row.location) for row in rows]
    upto = keys[-1] if len(rows) == PAGE_ROWS else None
    in_parts = [(row.sku, row.location) for row in rows if row.details & BUCKETS]
    known = await _known_buckets(tx, in_parts, log) if in_parts else {}
    async with tx.pipeline():
        last = await store.send_last_events(tx, keys)
        pieces = await store.send_pieces(tx, keys)
        misfits = await store.send_misfits(tx, keys, limit=ODD_ROWS_LIMIT)
        without_row = await store.send_audited_without_row(tx, after=after, upto=upto)
        buckets = await store.send_buckets(tx, keys)
        if in_parts:
            versions = {key: version for key, (version, _) in known.items()}
            since = await store.send_events_since(tx, versions, limit=EVENTS_SINCE_LIMIT)
            units = await store.send_unit_counts(tx, in_parts)
            astray = await store.send_astray_units(tx, in_parts, limit=ODD_ROWS_LIMIT)
            lots = await store.send_lots(tx, in_parts, ())
    page = StockPage(
        rows=rows,
        last={
            (sku, location): LastEvent(version, recorded(data), head)
            for sku, location, version, data, head in await last.all(whole_row)
        },
        pieces=await _by_slot(pieces),
        misfits=await misfits.all(Misfit),
        without_row=await without_row.all(whole_row),
        buckets=_of_rows(await buckets.all(Bucket)),
    )
    if not in_parts:
        return page
    return msgspec.structs.replace(
        page,
        told_buckets=await _told(rows, known, since),
        units=await _unit_counts(units),
        astray=await astray.all(AstrayUnit),
        numbered={
            (lot.sku, lot.lot) for lot in await lots.all(store.read_lot) if lot.numbered is not None
        },
    )


async def _known_buckets(
    tx: Transaction, keys: Sequence[Key], log: LogCheck | None
) -> dict[Key, tuple[int, Buckets | None]]:
    """The buckets of some rows as far as the log was read, each with the version."""
    if log is not None:
        told = {key: log.told(key) for key in keys if log.knows(key)}
        return {key: (each.stock.version, each.buckets) for key, each in told.items()}
    return {
        (sku, location): (version, read_buckets(buckets))
        for sku, location, version, _, buckets, _ in await store.read_audit_streams(
            tx, keys, round_=None
        )
    }


async def _told(
    rows: Sequence[Stock], known: Mapping[Key, tuple[int, Buckets | None]], since: Pending
) -> dict[Key, Buckets]:
    """The buckets that the events tell of, of those rows for which the events can be told in one
    go: from what is known of the log to the row itself."""
    told = dict(known)
    for stream, version, type_name, data in await since.all(whole_row):
        key = key_of_stream(stream)
        fact = happened(type_name, data)
        if key is None or fact is None or told[key][1] is None:
            continue
        told[key] = (version, parted(told[key][1], Stock(*key), fact.parts()))
    version_of = {(row.sku, row.location): row.version for row in rows}
    return {
        key: buckets
        for key, (version, buckets) in told.items()
        if buckets is not None and version == version_of[key]
    }


async def _by_slot(pending: Pending) -> dict[Key, dict[tuple[str, str], tuple[int, int]]]:
    pieces: dict[Key, dict[tuple[str, str], tuple[int, int]]] = {}
    for sku, location, lot, allotment, held, committed in await pending.all(whole_row):
        pieces.setdefault((sku, location), {})[(lot, allotment)] = (held, committed)
    return pieces


async def _unit_counts(pending: Pending) -> dict[Key, Buckets]:
    counts: dict[Key, Buckets] = {}
    for sku, location, lot, allotment, condition, free, held, sold in await pending.all(whole_row):
        slot = (lot, allotment, condition)
        counts.setdefault((sku, location), {})[slot] = (free + held + sold, held, sold)
    return counts


def _of_rows(found: Sequence[Bucket]) -> dict[Key, Buckets]:
    buckets: dict[Key, Buckets] = {}
    for each in found:
        figures = (each.on_hand, each.held, each.committed)
        buckets.setdefault((each.sku, each.location), {})[each.slot] = figures
    return buckets
