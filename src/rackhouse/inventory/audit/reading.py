"""Reading stock rows for the checks, with what stands behind them, as of one short moment."""

from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.checking import AstrayUnit, LastEvent, Misfit, StockPage
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
from rackhouse.platform.database import Pending, Transaction

__all__ = ["PAGE_ROWS", "read_page", "read_row"]

PAGE_ROWS = 300
ODD_ROWS_LIMIT = 1000
EVENTS_SINCE_LIMIT = 500

Known = Mapping[Key, tuple[int, Buckets | None]]
"""The buckets of some rows as far as the log was read, each with the version."""


async def read_page(tx: Transaction, after: Key, log: LogCheck | None) -> StockPage:
    """The next rows after a key. Their buckets are compared with what was read of the log, or else
    with what was kept of it."""
    rows = await store.audited_rows(tx, after=after, limit=PAGE_ROWS)
    upto = (rows[-1].sku, rows[-1].location) if len(rows) == PAGE_ROWS else None
    async with tx.pipeline():
        pending = await store.send_audited_without_row(tx, after=after, upto=upto)
    return await _around(tx, rows, log, await pending.all(whole_row))


async def read_row(tx: Transaction, key: Key) -> StockPage:
    """The row of one key."""
    rows = await store.audited_row(tx, key)
    has_events = bool(await store.stream_version(tx, f"{key[0]}@{key[1]}"))
    return await _around(tx, rows, None, [key] if has_events and not rows else [])


async def _around(
    tx: Transaction, rows: Sequence[Stock], log: LogCheck | None, without_row: Sequence[Key]
) -> StockPage:
    keys = [(row.sku, row.location) for row in rows]
    async with tx.pipeline():
        last = await store.send_last_events(tx, keys)
        pieces = await store.send_pieces(tx, keys)
        misfits = await store.send_misfits(tx, keys, limit=ODD_ROWS_LIMIT)
        buckets = await store.send_buckets(tx, keys)
        details = await store.send_details(tx, keys)
    page = StockPage(
        rows=rows,
        last={
            (sku, location): LastEvent(version, recorded(data), head)
            for sku, location, version, data, head in await last.all(whole_row)
        },
        pieces=await _by_slot(pieces),
        misfits=await misfits.all(Misfit),
        without_row=without_row,
        buckets=_of_rows(await buckets.all(Bucket)),
        details={(sku, location): bits for sku, location, bits in await details.all(whole_row)},
    )
    in_parts = [(row.sku, row.location) for row in rows if row.details & BUCKETS]
    return await _in_depth(tx, page, in_parts, log) if in_parts else page


async def _in_depth(
    tx: Transaction, page: StockPage, keys: Sequence[Key], log: LogCheck | None
) -> StockPage:
    known = await _known_buckets(tx, keys, log)
    async with tx.pipeline():
        versions = {key: version for key, (version, _) in known.items()}
        since = await store.send_events_since(tx, versions, limit=EVENTS_SINCE_LIMIT)
        units = await store.send_unit_counts(tx, keys)
        astray = await store.send_astray_units(tx, keys, limit=ODD_ROWS_LIMIT)
        pending = await store.send_lots(tx, keys, ())
    lots = await pending.all(store.read_lot)
    return msgspec.structs.replace(
        page,
        told_buckets=await _told(page.rows, known, since),
        units=await _unit_counts(units),
        astray=await astray.all(AstrayUnit),
        numbered={(lot.sku, lot.lot) for lot in lots if lot.numbered is not None},
    )


async def _known_buckets(tx: Transaction, keys: Sequence[Key], log: LogCheck | None) -> Known:
    if log is not None:
        told = {key: log.told(key) for key in keys if log.knows(key)}
        return {key: (each.stock.version, each.buckets) for key, each in told.items()}
    kept = await store.read_audit_streams(tx, keys, round_=None)
    return {
        (sku, location): (version, read_buckets(buckets))
        for sku, location, version, _, buckets, _ in kept
    }


async def _told(rows: Sequence[Stock], known: Known, since: Pending) -> dict[Key, Buckets]:
    """The buckets that the events tell of, of those rows for which the events can be told in one
    go: from what is known of the log to the row itself."""
    told = dict(known)
    for stream, version, type_name, data in await since.all(whole_row):
        key = key_of_stream(stream)
        fact = happened(type_name, data)
        if key is None or fact is None or told[key][1] is None:
            continue
        if version != told[key][0] + 1:  # the ones between were archived
            told[key] = (version, None)
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
