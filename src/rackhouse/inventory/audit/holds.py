"""One hold against the events of its pieces, and holds that keep the memo of an order."""

import datetime
from collections.abc import Collection, Iterable
from typing import TypeAlias

from rackhouse.inventory import store
from rackhouse.inventory.audit.findings import Discrepancy
from rackhouse.inventory.audit.rewriting import events_of_hold
from rackhouse.inventory.audit.tracing import HoldTrace, traced
from rackhouse.inventory.reaching_back import hold_events
from rackhouse.inventory.rules import Allocation, Hold, Key, key_of
from rackhouse.inventory.store.parameters import whole_row
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House
from rackhouse.platform.ids import is_uuid

__all__ = ["figures", "fits_status", "holds_with_memo", "recheck_hold"]

VERSIONS_LIMIT = 20
FIGURES = ("quantity", "held", "committed", "shipped", "returned")

Numbers: TypeAlias = tuple[int, ...]
Figures: TypeAlias = dict[
    tuple[int, str, str], tuple[Numbers, Numbers, Numbers, datetime.datetime | None]
]


@operation("inventory:read")
async def recheck_hold(
    *, context: Context, hold_id: str, keys: Collection[Key] = ()
) -> list[Discrepancy]:
    """Compare what a hold has of each stock, and of these, with what the events say of it."""
    if not is_uuid(hold_id):
        return []
    found: list[Discrepancy] = []
    async with context.house.database("inventory").snapshot() as tx:
        async with tx.pipeline():
            pending = await store.send_allocations(tx, [hold_id])
            holds = await store.send_holds(tx, [hold_id])
        by_key: dict[Key, list[Allocation]] = {key: [] for key in keys}
        for each in await pending.all(store.read_allocation):
            by_key.setdefault(key_of(each), []).append(each)
        for key, allocations in by_key.items():
            found += await _compared(tx, context.house, hold_id, key, allocations)
        rows = await holds.all(whole_row)
        for row in rows:
            hold = store.read_hold(row, {hold_id: [a for each in by_key.values() for a in each]})
            found += await _of_status(tx, context.house, hold)
        if not rows and not found:
            found += await _missing(tx, context.house, hold_id, keys)
    return found


@operation("inventory:read")
async def holds_with_memo(*, context: Context, after: str | None, limit: int) -> list[str]:
    """Holds that keep the memo of somebody above, in the order of their ids, after one."""
    async with context.house.database("inventory").reading() as tx:
        return await store.holds_with_memo(tx, after=after, limit=limit)


async def _compared(
    tx: Transaction, house: House, hold_id: str, key: Key, allocations: list[Allocation]
) -> list[Discrepancy]:
    home = f"{key[0]}@{key[1]}"
    streams = dict.fromkeys(await store.streams_of_skus(tx, [key[0]]), 0) | {home: 0}
    events, _ = await events_of_hold(tx, house, hold_id, streams)
    elsewhere = [each for stream in streams if stream != home for each in events[stream]]
    trace: HoldTrace | None = None
    if events[home]:
        trace = traced(hold_id, key, events[home], elsewhere)
    expected, found = figures(trace.allocations if trace else ()), figures(allocations)
    if expected == found:
        return []
    return [
        Discrepancy(
            kind="hold_pieces",
            sku=key[0],
            location=key[1],
            finding=f"the pieces of the hold {hold_id} are not what its events say",
            expected=_sum(expected),
            found=_sum(found),
            hold_id=hold_id,
            versions=tuple(version for version, *_ in events[home][-VERSIONS_LIMIT:]),
        )
    ]


async def _of_status(tx: Transaction, house: House, hold: Hold) -> list[Discrepancy]:
    """Where a hold says otherwise what became of it than its pieces do."""
    for each in hold.allocations:
        if fits_status(each, hold.status):
            continue
        stream = f"{each.sku}@{each.location}"
        events = await hold_events(tx, house, stream, hold.id, after=0)
        return [
            Discrepancy(
                kind="hold_status",
                sku=each.sku,
                location=each.location,
                finding=f"the hold {hold.id} is {hold.status} and still has pieces",
                expected={"held": each.held, "committed": each.committed},
                found={"held": each.held, "committed": each.committed},
                hold_id=hold.id,
                versions=tuple(version for version, *_ in events[-VERSIONS_LIMIT:]),
            )
        ]
    return []


async def _missing(
    tx: Transaction, house: House, hold_id: str, keys: Collection[Key]
) -> list[Discrepancy]:
    """What events of some stock tell of and is not there, although its pieces are."""
    for sku, location in keys:
        events = await hold_events(tx, house, f"{sku}@{location}", hold_id, after=0)
        if events:
            return [
                Discrepancy(
                    kind="hold_missing",
                    sku=sku,
                    location=location,
                    finding=f"there is no hold {hold_id} for its pieces",
                    hold_id=hold_id,
                    versions=tuple(version for version, *_ in events[-VERSIONS_LIMIT:]),
                )
            ]
    return []


def fits_status(allocation: Allocation, status: str) -> bool:
    """Whether pieces can be those of a hold of this status."""
    if not (allocation.held or allocation.committed or allocation.shipped):
        return True
    return status == ("held" if allocation.held else "confirmed")


def figures(allocations: Iterable[Allocation]) -> Figures:
    """All that is to be compared of the pieces of a hold, by line, lot and allotment."""
    return {
        (each.line, each.lot, each.allotment): (
            tuple(getattr(each, name) for name in FIGURES),
            tuple(sorted(each.units)),
            tuple(sorted(each.shipped_units)),
            each.held_until if each.held else None,
        )
        for each in allocations
    }


def _sum(found: Figures) -> dict[str, int]:
    return {name: sum(each[0][at] for each in found.values()) for at, name in enumerate(FIGURES)}
