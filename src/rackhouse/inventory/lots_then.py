"""Lots at a past moment: how many free pieces were of lots that could not be sold."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rackhouse.inventory.events import EVENT_TYPES, LotRecalled, LotReinstated
from rackhouse.inventory.parts import events_of, sums_at
from rackhouse.inventory.rules import Lot, status_of_lot
from rackhouse.inventory.store import HistoryEvent, Part
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House

__all__ = ["frozen_then"]

LAST_VERSION = 2**62

Key = tuple[str, str]


async def frozen_then(
    tx: Transaction,
    house: House,
    places: Sequence[tuple[str, str, int]],
    at: datetime.datetime,
) -> dict[Key, int]:
    """How many free pieces of the pool were of lots that could not be sold at a moment, for some
    SKUs at locations as of a version."""
    streams = {(sku, location): f"{sku}@{location}" for sku, location, _ in places}
    asked = [(streams[sku, location], version) for sku, location, version in places]
    sums = await sums_at(tx, house, asked)
    lots = {(sku, lot) for sku, location in streams for lot in sums[streams[sku, location]].lots}
    closed = await _closed(tx, house, lots, at)
    return {
        (sku, location): sum(
            free for lot, free in sums[stream].lots.items() if (sku, lot) in closed
        )
        for (sku, location), stream in streams.items()
    }


async def _closed(
    tx: Transaction, house: House, lots: Iterable[Key], at: datetime.datetime
) -> set[Key]:
    """Those of some lots that could not be sold at a moment."""
    names = {f"lot:{sku}/{lot}": (sku, lot) for sku, lot in lots}
    told = await events_of(tx, house, [Part(name, 0, LAST_VERSION) for name in sorted(names)])
    return {
        lot for name, lot in names.items() if _status(*lot, told.get(name, ()), at) != "sellable"
    }


def _status(sku: str, name: str, told: Iterable[HistoryEvent], at: datetime.datetime) -> str:
    """Whether a lot could be sold at a moment, as its events tell it."""
    lot = Lot(sku=sku, lot=name, registered_at=at)
    for each in told:
        if each.recorded_at > at:
            break
        event: Any = msgspec.json.decode(each.data, type=EVENT_TYPES[each.type])
        if isinstance(event, LotRecalled | LotReinstated):
            lot = msgspec.structs.replace(lot, recalled=isinstance(event, LotRecalled))
        else:
            lot = msgspec.structs.replace(
                lot, release_at=event.release_at, expires_at=event.expires_at
            )
    return status_of_lot(lot, at)
