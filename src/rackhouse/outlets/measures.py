"""Measures against overselling through a channel that is told too late: it leaves more pieces to
others, or it is paused. What was changed is restored, unless somebody has changed it since."""

from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from rackhouse.channels import change_channel, locations_assigned_to, read_channel
from rackhouse.inventory import (
    KeptBackPlace,
    ToKeepBack,
    keep_back,
    kept_back,
    stock_page,
)
from rackhouse.outlets import store
from rackhouse.outlets.rules import LagRule
from rackhouse.outlets.store import RaisedBuffer
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Conflict, StaleVersion

__all__ = ["take_measure", "undo_measure"]

PAGE_LIMIT = 500
ROWS_AT_ONCE = 50

Rows = Sequence[tuple[RaisedBuffer, int]]
"""Buffers with the version of their stock."""


async def take_measure(context: Context, channel: str, rule: LagRule, *, again: bool) -> int:
    """Do what a rule says for a breach, and say how many rows it changed. ``again`` only looks for
    stock that has come since."""
    if rule.measure == "pause":
        return 0 if again else await _pause(context, channel)
    raised = 0
    async for rows in _to_raise(context, channel, rule.buffer):
        raised += await _raise(context, channel, rows)
    return raised


async def undo_measure(context: Context, channel: str, taken: str) -> tuple[int, int] | None:
    """Undo what was taken, and say how much was restored, and how much was left because somebody
    had changed it; None if it is not all done yet."""
    if taken == "pause":
        return await _unpause(context, channel)
    restored = left = 0
    async with context.house.database("outlets").reading() as tx:
        raised = await store.raised_buffers(tx, channel)
    levels = await _levels(context, channel)
    for start in range(0, len(raised), ROWS_AT_ONCE):
        rows = raised[start : start + ROWS_AT_ONCE]
        ours = [
            (row, levels[row.sku, row.location][1])
            for row in rows
            if levels.get((row.sku, row.location), (0, 0))[0] == row.raised_to
        ]
        done = await _set(context, channel, ours, lambda row: row.before)
        others = [row for row in rows if row not in [each for each, _ in ours]]
        restored += len(done)
        left += len(others)
        await _forget(context, channel, [*done, *others])
    return (restored, left) if restored + left == len(raised) else None


async def _pause(context: Context, channel: str) -> int:
    found = await read_channel(context=context, channel_id=channel)
    if not found.enabled:
        return 0
    terms = msgspec.structs.replace(found.terms(), enabled=False)
    await change_channel(
        context=context, channel_id=channel, terms=terms, expected_version=found.version
    )
    return 1


async def _unpause(context: Context, channel: str) -> tuple[int, int] | None:
    """Enable a channel if nobody has changed it since it was paused: the newest event about it is
    ours."""
    found = await read_channel(context=context, channel_id=channel)
    if found.enabled or not await _ours(context, channel):
        return 0, 1
    terms = msgspec.structs.replace(found.terms(), enabled=True)
    try:
        await change_channel(
            context=context, channel_id=channel, terms=terms, expected_version=found.version
        )
    except StaleVersion:
        return None
    return 1, 0


async def _ours(context: Context, channel: str) -> bool:
    log = next(each.event_log for each in context.house.modules if each.name == "channels")
    assert log is not None
    async with context.house.database("channels").reading() as tx:
        (newest,) = await log.read_streams(
            tx, streams=[channel], recorded_before=None, position_before=None, limit=1
        )
    return newest.actor == context.caller.subject


async def _to_raise(context: Context, channel: str, buffer: int) -> AsyncIterator[Rows]:
    """Stock of a channel whose buffer is to be raised, in pages."""
    async with context.house.database("outlets").reading() as tx:
        raised = {(row.sku, row.location) for row in await store.raised_buffers(tx, channel)}
    levels = await _levels(context, channel)
    for location in await locations_assigned_to(house=context.house, channel=channel):
        after: tuple[str, str] | None = None
        while True:
            page = await stock_page(
                context=context, after=after, location=location, limit=PAGE_LIMIT
            )
            rows = [
                (RaisedBuffer(row.sku, row.location, before, buffer), row.version)
                for row in page
                if (row.sku, row.location) not in raised
                and (before := levels.get((row.sku, row.location), (0, 0))[0]) < buffer
            ]
            for start in range(0, len(rows), ROWS_AT_ONCE):
                yield rows[start : start + ROWS_AT_ONCE]
            if len(page) < PAGE_LIMIT:
                break
            after = (page[-1].sku, page[-1].location)


async def _raise(context: Context, channel: str, rows: Rows) -> int:
    """Raise some buffers, remembered before; what changed meanwhile is left for the next time."""
    intended = [row for row, _ in rows]
    async with context.house.database("outlets").transaction() as tx:
        await store.remember_raised_buffers(tx, channel, intended)
    done = await _set(context, channel, rows, lambda row: row.raised_to)
    await _forget(context, channel, [row for row in intended if row not in done])
    return len(done)


async def _set(
    context: Context, channel: str, rows: Rows, level_of: Callable[[RaisedBuffer], int]
) -> list[RaisedBuffer]:
    """Set some buffers whose stock is still in the version given; says which. If one is not, each
    is tried alone."""
    levels = [
        ToKeepBack(
            sku=row.sku,
            location=row.location,
            channel=channel,
            quantity=level_of(row),
            expected_version=version,
        )
        for row, version in rows
    ]
    if not levels:
        return []
    try:
        await keep_back(context=context, levels=levels)
    except Conflict:  # the stock of one of them has another version by now
        if len(rows) == 1:
            return []
        alone = [await _set(context, channel, [row], level_of) for row in rows]
        return [each for done in alone for each in done]
    return [row for row, _ in rows]


async def _levels(context: Context, channel: str) -> dict[tuple[str, str], tuple[int, int]]:
    """What a channel leaves to others, by SKU and location, with the version of the stock."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    after: KeptBackPlace | None = None
    while True:
        page = await kept_back(
            context=context, skus=None, channel=channel, after=after, limit=PAGE_LIMIT
        )
        own = [each for each in page if each.channel == channel]
        found.update({(each.sku, each.location): (each.quantity, each.version) for each in own})
        if len(page) < PAGE_LIMIT:
            return found
        last = page[-1]
        after = KeptBackPlace(last.sku, last.location, last.channel or "")


async def _forget(context: Context, channel: str, rows: Sequence[RaisedBuffer]) -> None:
    if rows:
        async with context.house.database("outlets").transaction() as tx:
            await store.forget_raised_buffers(tx, channel, rows)
