"""Questions about many at once: one query, however many are asked for."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.holds import holds_of
from rackhouse.inventory.locations import Location, known_locations
from rackhouse.inventory.numbered import UnitNow, unit_seen_by
from rackhouse.inventory.rules import Hold
from rackhouse.inventory.rules.lots import LotNow, lot_now
from rackhouse.platform.context import Caller, Context, operation
from rackhouse.platform.ids import UuidText

__all__ = [
    "HoldPlace",
    "hold_page",
    "locations_of_many",
    "lots_of_many",
    "reachable_holds",
    "units_of_many",
]

Lot = tuple[str, str]
"""A SKU and the id of one of its lots."""


class HoldPlace(msgspec.Struct, frozen=True):
    """Where a page of running holds ended."""

    expires_at: datetime.datetime
    id: UuidText


@operation("inventory:read")
async def locations_of_many(*, context: Context, ids: Sequence[str]) -> dict[str, Location]:
    """The locations of these ids, by id; unknown ids are left out. Answered from memory."""
    return await known_locations(context.house, ids)


@operation("inventory:read")
async def lots_of_many(
    *, context: Context, skus: Sequence[str], status: str | None, after: str, limit: int
) -> dict[str, list[LotNow]]:
    """Of each SKU at most ``limit`` lots as they are now, in order of their ids after one, in a
    status or in any; by SKU."""
    found: dict[str, list[LotNow]] = {sku: [] for sku in skus}
    async with context.house.database("inventory").reading() as tx:
        rows = await store.lots_of_skus(tx, found, status=status, after=after, limit=limit)
    for lot, now in rows:
        found[lot.sku].append(lot_now(lot, now))
    return found


@operation("inventory:read")
async def units_of_many(
    *,
    context: Context,
    lots: Sequence[Lot],
    state: str | None,
    location: str | None,
    after: int,
    limit: int,
) -> dict[Lot, list[UnitNow]]:
    """Of each lot at most ``limit`` units that have come in, in order of their numbers after one:
    all, or those in a state, at a location; by SKU and lot."""
    found: dict[Lot, list[UnitNow]] = {lot: [] for lot in lots}
    asked = list(found)
    async with context.house.database("inventory").reading() as tx:
        rows = await store.units_of_lots(
            tx, asked, state=state, location=location, after=after, limit=limit
        )
    for sku, lot, of, *unit in rows:
        found[sku, lot].append(unit_seen_by(context.caller, sku, lot, of, *unit))
    return found


@operation("holds:read")
async def reachable_holds(*, context: Context, hold_ids: Sequence[str]) -> dict[str, Hold]:
    """The holds of these ids that the caller may see, as they are now, by id."""
    found = await holds_of(context=context, hold_ids=hold_ids)
    return {each.id: each for each in found.values() if _reaches(context.caller, each)}


@operation("holds:read")
async def hold_page(
    *,
    context: Context,
    sku: str | None,
    channel: str | None,
    after: HoldPlace | None,
    limit: int,
) -> list[Hold]:
    """Holds that run at this moment and that the caller may see, the ones that end first in
    front, after a place."""
    caller = context.caller
    if caller.channel is not None and channel not in (None, caller.channel):
        return []
    async with context.house.database("inventory").reading() as tx:
        ids = await store.live_hold_page(
            tx,
            sku=sku,
            channel=caller.channel or channel,
            customer_id=caller.customer_id,
            after=(after.expires_at, after.id) if after else None,
            limit=limit,
        )
    found = await holds_of(context=context, hold_ids=ids)
    return [found[each] for each in ids if each in found]


def _reaches(caller: Caller, hold: Hold) -> bool:
    return caller.channel in (None, hold.channel) and caller.customer_id in (None, hold.customer_id)
