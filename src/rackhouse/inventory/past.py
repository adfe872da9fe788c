"""The past of stock: where streams stood at a moment, in the log or in the archive."""

import datetime
from collections.abc import Iterable, Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.events import HoldExpired
from rackhouse.inventory.levels import Levels
from rackhouse.inventory.log import LOG
from rackhouse.inventory.lots_then import frozen_then
from rackhouse.inventory.parts import archived_events
from rackhouse.inventory.store import Part, StockThen
from rackhouse.inventory.sums import decode_event, recorded_levels
from rackhouse.platform.archive import Archive
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House

__all__ = ["StockAt", "began_at", "stock_at"]


class StockAt(msgspec.Struct, frozen=True):
    """The stock of a SKU at a location as it was at a moment: what its newest event by then had
    ``recorded``, how much of that had ``lapsed``, and how much was ``frozen`` then.

    ``version`` is 0 and ``recorded`` empty where nothing had happened by then.
    """

    sku: str
    location: str
    version: int
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
    house: House,
    *,
    skus: Iterable[str],
    until: datetime.datetime | None,
    at: datetime.datetime,
) -> list[StockAt]:
    """The stock of some SKUs after the events up to ``until``, or after all, as of ``at``."""
    found = [
        await _archived(tx, house, each, until) if until and _is_older(each) else each
        for each in await store.stock_then(tx, skus=skus, until=until, at=at)
    ]
    parted = [(each.sku, each.location, each.version) for each in found if _is_parted(each)]
    frozen = await frozen_then(tx, house, parted, at) if parted else {}
    return [_at(each, frozen.get((each.sku, each.location), 0)) for each in found]


async def began_at(
    tx: Transaction, house: House, stocks: Sequence[StockAt]
) -> datetime.datetime | None:
    """When the first thing happened to any of some stock; None where nothing ever did."""
    skus = {each.sku for each in stocks}
    found = []
    for each in await store.stock_then(tx, skus=skus, until=None, at=_ANY_TIME):
        first = each.first_at
        if each.oldest > 1:
            stream = f"{each.sku}@{each.location}"
            archived = await house.the(Archive).first(tx, LOG.schema, stream=stream)
            first = archived.recorded_at if archived else first
        found.append(first)
    return min(found, default=None)


async def _archived(
    tx: Transaction, house: House, then: StockThen, until: datetime.datetime
) -> StockThen:
    """Where a stream stood at a moment before the first event that is in the log.

    What had lapsed of it and is told by later archived events comes to what the log told.
    """
    stream = f"{then.sku}@{then.location}"
    event = await house.the(Archive).event_at(
        tx, LOG.schema, stream=stream, below=then.oldest, at=until
    )
    if event is None:
        return then
    part = Part(stream, event.version, then.oldest - 1)
    lapsed, allotted = await _lapsed_in(tx, house, part, until)
    return msgspec.structs.replace(
        then,
        version=event.version,
        recorded_at=event.recorded_at,
        data=event.data,
        lapsed=then.lapsed + lapsed,
        lapsed_allotted=then.lapsed_allotted + allotted,
    )


async def _lapsed_in(
    tx: Transaction, house: House, part: Part, at: datetime.datetime
) -> tuple[int, int]:
    """How many pieces an archived part of a stream frees that had lapsed at a moment, in all and
    of allotments: as the snapshots tell it, and after the newest of these its own events."""
    kept, lapsed, allotted = await store.lapses_between(tx, part, at)
    unkept = Part(part.stream, max(part.after, kept), part.upto)
    for each in await archived_events(tx, house, unkept) if unkept.upto > unkept.after else ():
        if each.ended_at is not None and each.ended_at <= at:
            expired: HoldExpired = decode_event(each.type, each.data)
            lapsed += expired.quantity
            allotted += expired.quantity if expired.allotment else 0
    return lapsed, allotted


def _at(then: StockThen, frozen: int) -> StockAt:
    return StockAt(
        then.sku,
        then.location,
        then.version,
        Levels(0, 0, 0) if then.data is None else recorded_levels(then.data),
        then.lapsed,
        then.lapsed_allotted,
        frozen,
    )


def _is_older(then: StockThen) -> bool:
    """Whether a moment is before all that the log has of a stream, but not of the archive."""
    return then.version == 0 and then.oldest > 1


def _is_parted(then: StockThen) -> bool:
    return then.parted and then.version > 0


_ANY_TIME = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
