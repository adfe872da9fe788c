"""Allotments: what may be set apart for a channel, given back, topped up."""

import datetime
from collections.abc import Iterable

import msgspec

from rackhouse.inventory.errors import (
    LotNotFound,
    LotNotSellable,
    NotEnoughFree,
    UnitNotFree,
    UnitsMustBeNamed,
)
from rackhouse.inventory.events import SELLABLE, AllotmentReturned, StockAllotted
from rackhouse.inventory.rules.correcting import Pieces, expect_version, numbers_for
from rackhouse.inventory.rules.reaching import Own, Pool
from rackhouse.inventory.rules.shelf import Depth, Shelf, Taken
from rackhouse.inventory.rules.state import Key, Moves, Need, Stock

__all__ = ["AllotmentRule", "Portion", "return_portion", "set_apart", "top_up"]

MAY_BE_ALLOTTED = ("sellable", "unreleased")


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of a SKU at a location that are set apart or given back: of any lot or of one,
    perhaps certain numbered units of it."""

    sku: str
    location: str
    quantity: int
    lot: str | None = None
    units: tuple[int, ...] = ()
    expected_version: int | None = None

    @property
    def key(self) -> Key:
        """The stock row."""
        return (self.sku, self.location)

    @property
    def need(self) -> Need:
        """As shelves know it: how many of the lot, whichever their numbers."""
        return Need(0, self.sku, self.quantity, self.lot)


class AllotmentRule(msgspec.Struct, frozen=True, kw_only=True):
    """When fewer than ``minimum`` free pieces are left in a channel's allotment, it is filled up
    to ``level`` from the pool; not while it is paused."""

    channel: str
    sku: str
    location: str
    level: int
    minimum: int
    paused: bool
    version: int


def set_apart(
    stock: Stock, depth: Depth, portion: Portion, *, channel: str, now: datetime.datetime
) -> Moves:
    """Set free pieces of the pool apart for a channel, none that are kept back.

    Pieces of a lot that is named may also wait for its release. Refuses with `StockVersionStale`,
    `NotEnoughFree`, `LotNotFound`, `LotNotSellable`, `UnitsMustBeNamed`, `UnitNotFree`.
    """
    expect_version(stock, portion.expected_version)
    status = _status_of_lot(depth, portion, now)
    if portion.lot is not None and status not in MAY_BE_ALLOTTED:
        raise LotNotSellable(sku=portion.sku, lot=portion.lot, lot_status=status)
    pool = Pool({portion.key: stock}, depth, channel=channel, now=now)
    if status == "sellable":
        _must_be_free(pool, portion, channel=None)
    return [
        (portion.key, StockAllotted(channel, each.quantity, each.slot[0], each.units))
        for each in _taken(stock, depth, pool, portion, allotment="")
    ]


def return_portion(
    stock: Stock, depth: Depth, portion: Portion, *, channel: str, now: datetime.datetime
) -> Moves:
    """Return free pieces of a channel's allotment to the pool.

    Refuses with `StockVersionStale`, `NotEnoughFree`, `LotNotFound`, `UnitsMustBeNamed`,
    `UnitNotFree`.
    """
    expect_version(stock, portion.expected_version)
    _status_of_lot(depth, portion, now)
    own = Own({portion.key: stock}, depth, channel=channel, now=now)
    _must_be_free(own, portion, channel=channel)
    return [
        (portion.key, AllotmentReturned(channel, each.quantity, each.slot[0], each.units))
        for each in _taken(stock, depth, own, portion, allotment=channel)
    ]


def top_up(
    stock: Stock, depth: Depth, rule: AllotmentRule, *, most: int, now: datetime.datetime
) -> Moves:
    """Fill an allotment up to its level where fewer than the minimum are left of it; as far as the
    pool goes, and by ``most`` pieces at most."""
    key = (rule.sku, rule.location)
    left = sum(
        bucket.free
        for (lot, allotment, condition), bucket in depth.buckets.get(key, {}).items()
        if allotment == rule.channel and condition == SELLABLE
        if depth.status_of(rule.sku, lot, now) == "sellable"
    )
    if rule.paused or left >= rule.minimum:
        return []
    pool = Pool({key: stock}, depth, channel=rule.channel, now=now)
    need = Need(0, rule.sku, rule.level - left)
    quantity = min(need.quantity, pool.free(need, rule.location), most)
    if quantity <= 0:
        return []
    return [
        (key, StockAllotted(rule.channel, each.quantity, each.slot[0], each.units))
        for each in pool.take(need, rule.location, quantity)
    ]


def _status_of_lot(depth: Depth, portion: Portion, now: datetime.datetime) -> str:
    if portion.lot is None:
        return "sellable"
    if (portion.sku, portion.lot) not in depth.lots:
        raise LotNotFound(sku=portion.sku, lot=portion.lot)
    return depth.status_of(portion.sku, portion.lot, now)


def _must_be_free(shelf: Shelf, portion: Portion, *, channel: str | None) -> None:
    free = shelf.free(portion.need, portion.location)
    if free < portion.quantity:
        raise NotEnoughFree(
            sku=portion.sku,
            location=portion.location,
            lot=portion.lot,
            channel=channel,
            condition=SELLABLE,
            asked=portion.quantity,
            free=free,
        )


def _taken(
    stock: Stock, depth: Depth, shelf: Shelf, portion: Portion, *, allotment: str
) -> Iterable[Taken]:
    """The pieces of a portion: lot by lot as they would be picked, or those of the lot that is
    named, with the numbers that are named or the lowest."""
    if portion.lot is None:
        return shelf.take(portion.need, portion.location, portion.quantity)
    if portion.units and len(set(portion.units)) != portion.quantity:
        raise UnitsMustBeNamed(sku=portion.sku, lot=portion.lot, quantity=portion.quantity)
    if portion.units and not depth.is_numbered(portion.sku, portion.lot):
        raise UnitNotFree(
            sku=portion.sku, lot=portion.lot, number=portion.units[0], unit_state="unknown"
        )
    pieces = Pieces(
        sku=portion.sku,
        location=portion.location,
        quantity=portion.quantity,
        lot=portion.lot,
        allotment=allotment,
        units=portion.units,
    )
    units = numbers_for(stock, depth, pieces)
    return [Taken((portion.lot, allotment, SELLABLE), portion.quantity, units)]
