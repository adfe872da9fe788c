"""Recording what was counted, beside what should have been there at that moment."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.log_checking import happened
from rackhouse.inventory.counting.keeping import found_count, keep, locked
from rackhouse.inventory.errors import CountedAtOutOfBounds, UnitsAreCountedNow, UnitsToCount
from rackhouse.inventory.events import SELLABLE, CountedLine, CountRecorded, Parts
from rackhouse.inventory.rules import BUCKETS, Bucket, Key, Stock
from rackhouse.inventory.rules.counting import (
    Count,
    CountLine,
    hidden,
    line_for,
    must_be_countable_by,
)
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.store import server_time

__all__ = ["CountedPieces", "record_count"]

PAGE_EVENTS = 500
PAGES_LIMIT = 100
CLOCKS_APART = datetime.timedelta(seconds=5)

Part = tuple[str, str, str]
"""SKU, lot and condition."""


class CountedPieces(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of one line; the moment is now unless it is given."""

    sku: str
    counted: int | None = None
    lot: str = ""
    condition: str = SELLABLE
    units: tuple[int, ...] | None = None
    counted_at: datetime.datetime | None = None


@operation("counts:write")
async def record_count(
    *, context: Context, count_id: str, pieces: Sequence[CountedPieces]
) -> Count:
    """Write down what was counted; of a line that is counted again, the last time counts.

    Refuses with `CountNotFound`, `CountIsNot`, `CountLineNotFound`, `LineIsPosted`,
    `ExpectedWasSeen`, `CountedAtOutOfBounds`, `UnitsToCount`, `UnitsAreCountedNow`.
    """
    async with context.house.database("inventory").transaction() as tx:
        await claim(tx, context.idempotency)
        location = (await found_count(tx, count_id)).location
        # Nobody changes this stock from here on, so that all that came before now is known.
        await store.take_turns(tx, [(sku, location) for sku in {each.sku for each in pieces}], [])
        sheet = await locked(tx, count_id)
        must_be_countable_by(sheet, context.caller.subject)
        now = await server_time(tx)
        lines = {each.line: each for each in sheet.lines}
        for each in pieces:
            line = line_for(sheet, each.sku, each.lot, each.condition)
            expected = await _expected(tx, sheet, line, _moment(sheet, line, each, now))
            lines[line.line] = _counted(expected, each, context.caller.subject)
        recorded = [each for each in lines.values() if each not in sheet.lines]
        after = msgspec.structs.replace(
            sheet, lines=tuple(lines.values()), status="open", submitted_by=None
        )
        event = CountRecorded(tuple(_told(each) for each in recorded))
        after = hidden(await keep(tx, context, after, event, now=now))
        await remember_answer(tx, context.idempotency, after, answered_at=now)
    return after


def _moment(
    sheet: Count, line: CountLine, counted: CountedPieces, now: datetime.datetime
) -> datetime.datetime:
    at = counted.counted_at or now
    if line.numbered and counted.counted_at is not None:
        raise UnitsAreCountedNow(sku=line.sku, lot=line.lot)
    if not sheet.opened_at <= at <= now + CLOCKS_APART:
        raise CountedAtOutOfBounds(counted_at=at.isoformat())
    return at


def _counted(line: CountLine, counted: CountedPieces, subject: str) -> CountLine:
    units = counted.units
    if line.numbered and units is None:
        raise UnitsToCount(sku=line.sku, lot=line.lot)
    found = tuple(sorted(set(units or ()))) if line.numbered else ()
    number = len(found) if line.numbered else counted.counted
    if number is None:
        raise MalformedRequest(field="counted", problem="say how many there are")
    return msgspec.structs.replace(
        line,
        counted=number,
        units=found,
        counted_by=subject,
        times=line.times + 1,
    )


async def _expected(
    tx: Transaction, sheet: Count, line: CountLine, at: datetime.datetime
) -> CountLine:
    """A line with what should have been there at a moment: what is there now, without what came
    and with what went since. Which numbered units those are is known as of now only."""
    key = (line.sku, sheet.location)
    rows = await store.audited_row(tx, key)
    if not rows:
        return msgspec.structs.replace(line, expected=0, expected_units=(), counted_at=at)
    now = await _on_hand(tx, rows[0], line)
    since = await _moved_since(tx, key, line, at)
    units = await store.units_there(tx, key, line.lot, line.condition) if line.numbered else []
    return msgspec.structs.replace(
        line, expected=now - since, expected_units=tuple(units), counted_at=at
    )


async def _on_hand(tx: Transaction, row: Stock, line: CountLine) -> int:
    if not row.details & BUCKETS:
        return row.on_hand if (line.lot, line.condition) == ("", SELLABLE) else 0
    async with tx.pipeline():
        pending = await store.send_buckets(tx, [(row.sku, row.location)])
    return sum(
        each.on_hand
        for each in await pending.all(Bucket)
        if (each.lot, each.condition) == (line.lot, line.condition)
    )


async def _moved_since(tx: Transaction, key: Key, line: CountLine, at: datetime.datetime) -> int:
    """How much more is on hand in a part of a row through events after a moment."""
    moved = 0
    before: int | None = None
    for _ in range(PAGES_LIMIT):
        rows = await store.stream_page_back(
            tx, f"{key[0]}@{key[1]}", before=before, limit=PAGE_EVENTS
        )
        for version, type_name, data, recorded_at in rows:
            if recorded_at <= at:
                return moved
            before = version
            moved += _on_hand_of(happened(type_name, data), line)
        if len(rows) < PAGE_EVENTS:
            return moved
    raise CountedAtOutOfBounds(counted_at=at.isoformat())


def _on_hand_of(fact: object, line: CountLine) -> int:
    parts: Parts = getattr(fact, "parts", tuple)()
    return sum(
        on_hand
        for (lot, _, condition), on_hand, _, _ in parts
        if (lot, condition) == (line.lot, line.condition)
    )


def _told(line: CountLine) -> CountedLine:
    assert line.counted is not None and line.counted_at is not None
    return CountedLine(line.line, line.counted, line.counted_at, line.units)
