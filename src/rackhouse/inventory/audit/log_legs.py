"""The log, leg by leg: read in the order of its positions, below what is still being written.

How far it was read, and where each stream had led by then, is kept; so the next leg, in whichever
process, goes on from there. A leg is kept only after its findings were written down by whoever
asked for it: a crash in between repeats the leg.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.archived import without_archived
from rackhouse.inventory.audit.findings import Discrepancy, figures_of
from rackhouse.inventory.audit.log_checking import (
    Buckets,
    LogCheck,
    LoggedEvent,
    Told,
    key_of_stream,
    stock_told,
)
from rackhouse.inventory.levels import Levels
from rackhouse.inventory.log import LOG
from rackhouse.inventory.reaching_back import stream_page
from rackhouse.inventory.rules import Key, Stock
from rackhouse.platform.archive import archived_position
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Database
from rackhouse.platform.events import START, Position
from rackhouse.platform.house import House
from rackhouse.platform.pacing import Pace

__all__ = [
    "LogLeg",
    "keep_log_leg",
    "read_buckets",
    "read_log_anew",
    "read_log_leg",
    "recheck_stream",
    "row_missing",
    "whole_log",
]

LEG_EVENTS = 50_000
PAGE_EVENTS = 2_000
KEEP_LIMIT = 2_000


class LogLeg(msgspec.Struct, frozen=True):
    """One leg: how many events it read, what it found, and which holds it heard of.

    ``ended`` says that nothing was left to read. ``round`` and ``position`` are where it came to,
    ``streams`` where each stream that it touched has led.
    """

    round: int
    position: str
    events: int
    ended: bool
    hold_ids: list[str]
    discrepancies: list[Discrepancy]
    streams: list[Told]


@operation("inventory:write")
async def read_log_anew(*, context: Context) -> None:
    """Let the next leg begin at the start of the log, and know nothing."""
    async with context.house.database("inventory").transaction() as tx:
        await store.begin_audit_round(tx)


@operation("inventory:read")
async def read_log_leg(*, context: Context, pace: Pace, progress: Callable[[int], None]) -> LogLeg:
    """Check the next events of the log, `LEG_EVENTS` at most; ``keep_log_leg`` goes past them.

    ``progress`` is told how many events were read so far. Nothing waits for it.
    """
    database = context.house.database("inventory")
    async with database.reading() as tx:
        round_, text = await store.read_audit_place(tx)
    place = START if text is None else Position.parse(text)
    check = LogCheck()
    ended = False
    while check.events < LEG_EVENTS and not ended:
        page = await _page(database, place)
        await _learn(database, check, page, round_)
        for event in await _after_archive(context.house, check, page):
            check.read(event)
        if page:
            place = page[-1].place
        ended = len(page) < PAGE_EVENTS
        progress(check.events)
        await pace.rest()
    touched = sorted(check.changed)
    without_row = await _without_row(database, touched)
    return LogLeg(
        round_,
        str(place),
        check.events,
        ended,
        sorted(check.hold_ids),
        check.discrepancies + [row_missing(check.told(key).stock) for key in without_row],
        [check.told(key) for key in touched],
    )


@operation("inventory:write")
async def keep_log_leg(*, context: Context, leg: LogLeg) -> None:
    """Remember a leg, so that the next one goes on from there."""
    database = context.house.database("inventory")
    for start in range(0, len(leg.streams), KEEP_LIMIT):
        part = leg.streams[start : start + KEEP_LIMIT]
        async with database.transaction() as tx:
            await store.write_audit_streams(tx, [_kept(each) for each in part], round_=leg.round)
    async with database.transaction() as tx:
        await store.write_audit_place(tx, round_=leg.round, position=leg.position)


@operation("inventory:read")
async def recheck_stream(
    *, context: Context, sku: str, location: str, pace: Pace
) -> list[Discrepancy]:
    """Check the events of one SKU at one location from the first to the last."""
    database = context.house.database("inventory")
    check = LogCheck()
    after = 0
    while True:
        async with database.reading() as tx:
            rows = await stream_page(
                tx, context.house, f"{sku}@{location}", after=after, upto=None, limit=PAGE_EVENTS
            )
        for row in rows:
            event = LoggedEvent(*row)
            check.read(event)
            after = event.version
        await pace.rest()
        if len(rows) < PAGE_EVENTS:
            break
    without_row = await _without_row(database, sorted(check.changed))
    return check.discrepancies + [row_missing(check.told(key).stock) for key in without_row]


def row_missing(stock: Stock) -> Discrepancy:
    """What is found where events tell of stock that has no row."""
    return Discrepancy(
        kind="stock_row_missing",
        sku=stock.sku,
        location=stock.location,
        finding=f"{stock.version} events tell of it, and there is no row",
        expected=figures_of(stock),
        versions=(stock.version,),
    )


async def whole_log(context: Context, pace: Pace, progress: Callable[[int], None]) -> LogCheck:
    """Check every settled event, and remember nothing of it."""
    database = context.house.database("inventory")
    check = LogCheck()
    place = START
    while True:
        page = await _page(database, place)
        for event in await _after_archive(context.house, check, page):
            check.read(event)
        progress(check.events)
        await pace.rest()
        if len(page) < PAGE_EVENTS:
            return check
        place = page[-1].place


async def _page(database: Database, place: Position) -> list[LoggedEvent]:
    async with database.reading() as tx:
        rows = await store.event_page(
            tx,
            transaction_id=place.transaction_id,
            position=place.position,
            limit=PAGE_EVENTS,
        )
    return [LoggedEvent(*row) for row in rows]


async def _after_archive(
    house: House, check: LogCheck, page: Sequence[LoggedEvent]
) -> Sequence[LoggedEvent]:
    """Those events of a page that are to be checked; where a stream was archived, it begins."""
    async with house.database("inventory").reading() as tx:
        archived = await archived_position(tx, LOG.schema)
        if not page or page[0].place > archived:
            return page
        return await without_archived(tx, house, check, page, archived)


async def _learn(
    database: Database, check: LogCheck, page: Iterable[LoggedEvent], round_: int
) -> None:
    """Recall where the streams of a page had led when they were read last."""
    keys = {key_of_stream(event.stream) for event in page} - {None}
    unknown = [key for key in keys if key is not None and not check.knows(key)]
    if not unknown:
        return
    async with database.reading() as tx:
        for sku, location, version, figures, buckets, head in await store.read_audit_streams(
            tx, unknown, round_=round_
        ):
            levels = msgspec.json.decode(figures, type=Levels)
            stock = stock_told((sku, location), version, levels, head)
            check.begin(stock, read_buckets(buckets))


def read_buckets(text: str | None) -> Buckets | None:
    """Buckets as they were kept."""
    if text is None:
        return None
    rows = msgspec.json.decode(text, type=list[tuple[str, str, str, int, int, int]])
    return {
        (lot, allotment, condition): (on_hand, held, committed)
        for lot, allotment, condition, on_hand, held, committed in rows
    }


def _kept(told: Told) -> dict[str, Any]:
    buckets = told.buckets
    return {
        "sku": told.stock.sku,
        "location": told.stock.location,
        "version": told.stock.version,
        "figures": figures_of(told.stock),
        "head": told.stock.head,
        "buckets": None
        if buckets is None
        else [(*slot, *figures) for slot, figures in buckets.items()],
    }


async def _without_row(database: Database, keys: list[Key]) -> list[Key]:
    found: list[Key] = []
    for start in range(0, len(keys), KEEP_LIMIT):
        async with database.reading() as tx:
            found += await store.keys_without_row(tx, keys[start : start + KEEP_LIMIT])
    return found
