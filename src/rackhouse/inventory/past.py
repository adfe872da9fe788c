"""Reading the past of stock: where streams stood at a moment, and their events in parts."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.events import EVENT_TYPES, LotRecalled, LotReinstated
from rackhouse.inventory.levels import Levels
from rackhouse.inventory.rules import Lot, status_of_lot
from rackhouse.inventory.store import HistoryEvent, Part, StockThen
from rackhouse.inventory.sums import Sums, recorded_levels
from rackhouse.platform.database import Transaction

__all__ = ["StockAt", "events_of", "stock_at", "sums_at"]

LAST_VERSION = 2**62


class StockAt(msgspec.Struct, frozen=True):
    """The stock of a SKU at a location as it was at a moment: what its newest event by then had
    ``recorded``, how much of that had ``lapsed``, and how much was ``frozen`` then.

    ``version`` is 0 and ``recorded`` empty where nothing had happened by then.
    """

    sku: str
    location: str
    version: int
    first_at: datetime.datetime
    recorded: Levels
    lapsed: int
    lapsed_allotted: int
    frozen: int

    @property
    def stream(self) -> str:
        """The name of its stream."""
        return f"{self.sku}@{self.location}"

    @property
    def levels(self) -> Levels:
        """The figures as they were answered then."""
        return msgspec.structs.replace(
            self.recorded,
            held=self.recorded.held - self.lapsed,
            allotted=self.recorded.allotted + self.lapsed_allotted,
            frozen=self.frozen,
        )


async def stock_at(
    tx: Transaction,
    *,
    skus: Iterable[str],
    until: datetime.datetime | None,
    at: datetime.datetime,
) -> list[StockAt]:
    """The stock of some SKUs after the events up to ``until``, or after all, as of ``at``."""
    found = await store.stock_then(tx, skus=skus, until=until, at=at)
    parted = [each for each in found if each.parted and each.version]
    frozen = await _frozen(tx, parted, at) if parted else {}
    return [
        StockAt(
            each.sku,
            each.location,
            each.version,
            each.first_at,
            Levels(0, 0, 0) if each.data is None else recorded_levels(each.data),
            each.lapsed,
            each.lapsed_allotted,
            frozen.get((each.sku, each.location), 0),
        )
        for each in found
    ]


async def sums_at(tx: Transaction, places: Sequence[tuple[str, int]]) -> dict[str, Sums]:
    """What the events of some streams up to a version of each add up to."""
    sums = {stream: Sums() for stream, _ in places}
    after = dict.fromkeys(sums, 0)
    for stream, version, known in await store.sums_before(tx, places):
        sums[stream], after[stream] = _SUMS.decode(known), version
    parts = [Part(stream, after[stream], upto) for stream, upto in places if upto > after[stream]]
    events: dict[str, list[tuple[str, str]]] = {}
    for stream, kind, data in await store.sums_of_parts(tx, parts) if parts else ():
        events.setdefault(stream, []).append((kind, data))
    return {stream: total.plus(events.get(stream, ())) for stream, total in sums.items()}


async def events_of(tx: Transaction, parts: Sequence[Part]) -> dict[str, list[HistoryEvent]]:
    """The events of some parts of streams, oldest first; a stream without any is left out."""
    events: dict[str, list[HistoryEvent]] = {}
    for event in await store.events_of_parts(tx, parts):
        events.setdefault(event.stream, []).append(event)
    return events


async def _frozen(
    tx: Transaction, places: Sequence[StockThen], at: datetime.datetime
) -> dict[tuple[str, str], int]:
    """How many free pieces of the pool were of lots that could not be sold at a moment."""
    streams = [(f"{each.sku}@{each.location}", each.version) for each in places]
    sums = await sums_at(tx, streams)
    lots = {
        (each.sku, lot)
        for each, (stream, _) in zip(places, streams, strict=True)
        for lot, free in sums[stream].lots.items()
        if free
    }
    told = await events_of(tx, [Part(_stream_of(*lot), 0, LAST_VERSION) for lot in sorted(lots)])
    closed = {
        (sku, lot)
        for sku, lot in lots
        if _status(sku, lot, told.get(_stream_of(sku, lot), ()), at) != "sellable"
    }
    return {
        (each.sku, each.location): sum(
            free for lot, free in sums[stream].lots.items() if (each.sku, lot) in closed
        )
        for each, (stream, _) in zip(places, streams, strict=True)
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


def _stream_of(sku: str, lot: str) -> str:
    return f"lot:{sku}/{lot}"


_SUMS = msgspec.json.Decoder(Sums)
