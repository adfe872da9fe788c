"""Opening a count sheet, and giving one up."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.counting.keeping import change, keep
from rackhouse.inventory.errors import NothingToCount
from rackhouse.inventory.events import SELLABLE, CountCancelled, CountOpened
from rackhouse.inventory.locations import must_exist
from rackhouse.inventory.receiving import must_be_stocked
from rackhouse.inventory.rules.counting import Count, CountLine, hidden, must_be
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import new_id
from rackhouse.platform.store import server_time

__all__ = ["LINES_LIMIT", "cancel_count", "open_count"]

LINES_LIMIT = 1000


@operation("counts:write")
async def open_count(
    *,
    context: Context,
    location: str,
    skus: Sequence[str] | None = None,
    not_counted_for_days: int | None = None,
    most_moved_first: bool = False,
    blind: bool = True,
    note: str = "",
    limit: int = LINES_LIMIT,
    count_id: str | None = None,
) -> Count:
    """Open a sheet for a location: for some SKUs, or else for ``limit`` SKUs of what lies there.

    Of what lies there, ``not_counted_for_days`` takes only what was not counted for so long, and
    ``most_moved_first`` takes first what has had the most events since it was counted. A ``blind``
    sheet does not tell what is expected. A ``count_id`` of the caller's choice makes asking again
    safe. Refuses with `LocationNotFound`, `NothingToCount`, `BundleHasNoStock`, and what `catalog`
    refuses of SKUs.
    """
    await must_exist(context.house, [location])
    await must_be_stocked(context.house, skus or ())
    wanted = _Wanted(skus or (), not_counted_for_days, most_moved_first, limit)
    async with context.house.database("inventory").transaction() as tx:
        await claim(tx, context.idempotency)
        known = None if count_id is None else await store.lock_count(tx, count_id)
        now = await server_time(tx)
        if known is None:
            count = Count(
                id=count_id or new_id(),
                location=location,
                status="open",
                blind=blind,
                note=note,
                lines=await _lines(tx, location, wanted, now),
                opened_by=context.caller.subject,
                opened_at=now,
                version=0,
            )
            event = CountOpened(location, blind, len(count.lines), note)
            known = await keep(tx, context, count, event, now=now)
        await remember_answer(tx, context.idempotency, hidden(known), answered_at=now)
    return hidden(known)


@operation("counts:write")
async def cancel_count(*, context: Context, count_id: str, reason: str) -> Count:
    """Give a sheet up: nothing of it is posted. Refuses with `CountNotFound`, `CountIsNot`."""

    def cancelled(count: Count, now: datetime.datetime) -> tuple[Count, CountCancelled]:
        must_be(count, ("open", "awaiting_approval"), "cancelled")
        return msgspec.structs.replace(count, status="cancelled"), CountCancelled(reason)

    return hidden(await change(context, count_id, cancelled))


class _Wanted(msgspec.Struct, frozen=True):
    """Which SKUs a sheet is to have."""

    skus: Sequence[str]
    not_counted_for_days: int | None
    most_moved_first: bool
    limit: int

    def counted_before(self, now: datetime.datetime) -> datetime.datetime | None:
        """The time since which nobody may have counted them."""
        days = self.not_counted_for_days
        return None if days is None else now - datetime.timedelta(days=days)


async def _lines(
    tx: Transaction, location: str, wanted: _Wanted, now: datetime.datetime
) -> tuple[CountLine, ...]:
    """A line for each SKU, and for each lot and condition of one that has them."""
    skus = list(dict.fromkeys(wanted.skus))[: wanted.limit] or await store.skus_to_count(
        tx,
        location,
        counted_before=wanted.counted_before(now),
        most_moved_first=wanted.most_moved_first,
        limit=wanted.limit,
    )
    by_sku: dict[str, list[tuple[str, str, bool]]] = {}
    for sku, lot, condition, numbered in await store.parts_to_count(tx, location, skus):
        by_sku.setdefault(sku, []).append((lot, condition, numbered))
    plain = [("", SELLABLE, False)]
    rows = [(sku, *part) for sku in skus for part in by_sku.get(sku, plain)]
    if not rows:
        raise NothingToCount(location=location)
    return tuple(
        CountLine(line=at, sku=sku, lot=lot, condition=condition, numbered=numbered)
        for at, (sku, lot, condition, numbered) in enumerate(rows)
    )
