"""Posting a count sheet: its differences become adjustments, each with a reason."""

import datetime
from collections.abc import Mapping

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.counting.commands import PostLines
from rackhouse.inventory.counting.keeping import change, found_count, keep, locked
from rackhouse.inventory.events import CountPosted, CountSubmitted
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.rules.counting import (
    Count,
    largest_difference,
    must_be,
    must_be_postable,
    must_not_have_counted,
    with_reasons,
)
from rackhouse.platform.context import Context, operation
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.store import server_time

__all__ = ["approve_count", "post_count"]

LINES_AT_ONCE = 100


@operation("counts:post")
async def post_count(
    *,
    context: Context,
    count_id: str,
    reasons: Mapping[str, str],
    reason: str | None,
    leave_uncounted: bool,
) -> Count:
    """Post the differences of a sheet, each with the reason given for its SKU or else for all.

    Lines that were not counted are left only where that is said. A sheet with a difference above
    the setting ``count_approval_pieces`` awaits approval instead. Posting a sheet again whose
    posting was cut short goes on with it. Refuses with `CountNotFound`, `CountIsNot`,
    `CountIncomplete`, `DifferenceNeedsReason`, `FewerThanReserved`, and what lots and units refuse.
    """
    limit = context.house.settings.count_approval_pieces
    subject = context.caller.subject

    def submitted(count: Count, now: datetime.datetime) -> tuple[Count, CountSubmitted | None]:
        must_be_postable(count, leave_uncounted=leave_uncounted, reasons=reasons, reason=reason)
        count = with_reasons(count, reasons, reason)
        count = msgspec.structs.replace(count, submitted_by=subject)
        largest = largest_difference(count.lines)
        if largest > limit:
            count = msgspec.structs.replace(count, status="awaiting_approval")
        return count, CountSubmitted(largest)

    await _unless_answered(context)
    count = await change(_without_key(context), count_id, submitted)
    if count.status == "awaiting_approval":
        return await _answered(context, count)
    return await _posted(context, count, approved_by=None)


@operation("counts:approve")
async def approve_count(*, context: Context, count_id: str) -> Count:
    """Approve the differences of a sheet that awaits it, and post them.

    Refuses with `SecondPersonNeeded` whoever has counted or submitted it, and as ``post_count``
    does.
    """
    await _unless_answered(context)
    async with context.house.database("inventory").transaction() as tx:
        count = await found_count(tx, count_id)
    must_be(count, ("awaiting_approval",), "approved")
    must_not_have_counted(count, context.caller.subject)
    return await _posted(context, count, approved_by=context.caller.subject)


async def _posted(context: Context, count: Count, *, approved_by: str | None) -> Count:
    lane = context.house.the(StockLane)
    plain = _without_key(context)
    due = [each for each in count.differing if each.posted_version is None]
    for start in range(0, len(due), LINES_AT_ONCE):
        lines = due[start : start + LINES_AT_ONCE]
        await lane.submit(PostLines(context=plain, count=count, lines=lines))
    async with context.house.database("inventory").transaction() as tx:
        await claim(tx, context.idempotency)
        known = await locked(tx, count.id)
        now = await server_time(tx)
        if known.status != "posted":
            must_be(known, (count.status,), "posted")
            known = msgspec.structs.replace(
                known,
                status="posted",
                posted_by=count.submitted_by,
                posted_at=now,
                approved_by=approved_by,
            )
            pieces = sum(each.difference or 0 for each in known.lines)
            event = CountPosted(len(known.lines), pieces, approved_by)
            known = await keep(tx, context, known, event, now=now)
            await store.remember_counted(tx, known)
        await remember_answer(tx, context.idempotency, known, answered_at=now)
    return known


async def _answered(context: Context, count: Count) -> Count:
    """A sheet as the answer to the request's key."""
    async with context.house.database("inventory").transaction() as tx:
        await claim(tx, context.idempotency)
        now = await server_time(tx)
        await remember_answer(tx, context.idempotency, count, answered_at=now)
    return count


async def _unless_answered(context: Context) -> None:
    """Raise the answer that the request got before."""
    async with context.house.database("inventory").transaction() as tx:
        await claim(tx, context.idempotency)


def _without_key(context: Context) -> Context:
    """The context of a part of the work: the key is answered with the last one."""
    return msgspec.structs.replace(context, idempotency=None)
