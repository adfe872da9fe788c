"""What is known of stock while a batch decides, and how events change it.

State changes through ``apply`` and its kin alone, which never refuse.
"""

import datetime
from typing import TypeAlias

import msgspec

from rackhouse.inventory.events import (
    HoldAllocated,
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    Part,
    PromiseClosed,
    PromiseKept,
    PromiseMade,
    SafetyStockSet,
    Slot,
    StockEvent,
    StockReturned,
    StockShipped,
)

__all__ = [
    "BUCKETS",
    "BUFFERS",
    "CLOSED",
    "QUOTAS",
    "WAITING",
    "Allocation",
    "Bucket",
    "Hold",
    "Key",
    "Line",
    "Lot",
    "Moves",
    "Need",
    "Stock",
    "apply",
    "apply_part",
    "apply_to_allocation",
    "key_of",
    "status_now",
    "status_of_lot",
]

Key: TypeAlias = tuple[str, str]
"""A SKU at a location."""

BUCKETS, QUOTAS, WAITING, BUFFERS, CLOSED = 1, 2, 4, 8, 16
"""Bits of ``Stock.details``: what else there is to know of a row; whether a promise is closed."""


class Stock(msgspec.Struct, frozen=True):
    """What there is of a SKU at a location. ``version`` counts its events, and ``head`` is the
    hash of the newest one. ``frozen`` are free pieces whose lot could not be sold when it came."""

    sku: str
    location: str
    on_hand: int = 0
    held: int = 0
    committed: int = 0
    version: int = 0
    unavailable: int = 0
    allotted: int = 0
    safety: int = 0
    frozen: int = 0
    details: int = 0
    head: bytes | None = None

    @property
    def free(self) -> int:
        """Sellable pieces that nobody has a claim on."""
        return self.on_hand - self.held - self.committed - self.unavailable - self.allotted

    @property
    def available(self) -> int:
        """What may still be promised to somebody: the free pieces that are not kept back."""
        return max(0, self.free - self.safety - self.frozen)


class Bucket(msgspec.Struct, frozen=True):
    """The pieces of a stock row that share a lot, an allotment and a condition."""

    sku: str
    location: str
    lot: str
    allotment: str
    condition: str
    on_hand: int = 0
    held: int = 0
    committed: int = 0

    @property
    def slot(self) -> Slot:
        """Where in its row the bucket is."""
        return (self.lot, self.allotment, self.condition)

    @property
    def free(self) -> int:
        """Pieces that nobody has a claim on."""
        return self.on_hand - self.held - self.committed


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """A batch received together, as far as it decides what may be sold.

    ``numbered`` is how many numbered units it has in all; None is a lot without numbers.
    """

    sku: str
    lot: str
    release_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    recalled: bool = False
    numbered: int | None = None
    registered_at: datetime.datetime
    version: int = 0


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked for: some of one SKU, which may be a bundle; perhaps of one lot, perhaps
    certain numbered units of it, perhaps picked in an order (`first_expired`, `first_in`)."""

    sku: str
    quantity: int
    lot: str | None = None
    units: tuple[int, ...] = ()
    picking: str | None = None


class Need(msgspec.Struct, frozen=True):
    """What a line comes down to: some of one stocked SKU."""

    line: int
    sku: str
    quantity: int
    lot: str | None = None
    units: tuple[int, ...] = ()
    picking: str = "first_expired"


class Allocation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces of a SKU at a location that belong to one line of a hold.

    ``units`` are the numbers that are held or committed, ``shipped_units`` those that are with the
    customer.
    """

    hold_id: str
    line: int
    sku: str
    location: str
    quantity: int
    held: int
    committed: int
    shipped: int
    returned: int
    held_until: datetime.datetime
    lot: str = ""
    allotment: str = ""
    units: tuple[int, ...] = ()
    shipped_units: tuple[int, ...] = ()


class Hold(msgspec.Struct, frozen=True):
    """A timed reservation: held, then confirmed, released or expired."""

    id: str
    channel: str
    customer_id: str | None
    status: str
    lines: tuple[Line, ...]
    memo: msgspec.Raw | None
    placed_by: str
    placed_at: datetime.datetime
    expires_at: datetime.datetime
    allocations: tuple[Allocation, ...] = ()
    sourcing: msgspec.Raw | None = None


Moves: TypeAlias = list[tuple[Key, StockEvent]]
"""Events in order, each with its stock."""


def apply(stock: Stock, event: StockEvent) -> Stock:
    """The stock after an event."""
    on_hand, held, committed, unavailable, allotted = event.change()
    safety, details = stock.safety, stock.details
    if type(event) is SafetyStockSet and not event.channel:
        safety = event.quantity
    elif type(event) in (PromiseMade, PromiseClosed):
        details = (details & ~CLOSED) | (CLOSED if type(event) is PromiseClosed else 0)
    return Stock(
        stock.sku,
        stock.location,
        stock.on_hand + on_hand,
        stock.held + held,
        stock.committed + committed,
        stock.version + 1,
        stock.unavailable + unavailable,
        stock.allotted + allotted,
        safety,
        stock.frozen,
        details,
        stock.head,
    )


def apply_part(bucket: Bucket, part: Part) -> Bucket:
    """The bucket after its part of an event."""
    _, on_hand, held, committed = part
    return Bucket(
        bucket.sku,
        bucket.location,
        bucket.lot,
        bucket.allotment,
        bucket.condition,
        bucket.on_hand + on_hand,
        bucket.held + held,
        bucket.committed + committed,
    )


def apply_to_allocation(allocation: Allocation, event: StockEvent) -> Allocation:
    """The allocation after an event of its stock."""
    quantity, held, committed = allocation.quantity, allocation.held, allocation.committed
    shipped, returned = allocation.shipped, allocation.returned
    held_until = allocation.held_until
    units, shipped_units = allocation.units, allocation.shipped_units
    match event:
        case HoldExtended():
            held_until = event.expires_at
        case HoldConfirmed():
            held, committed = held - event.quantity, committed + event.quantity
        case HoldReleased():
            held -= event.from_held
            committed -= event.from_committed
            units = _without(units, event.units)
        case HoldExpired():
            held -= event.quantity
            units = _without(units, event.units)
        case StockShipped():
            committed, shipped = committed - event.quantity, shipped + event.quantity
            units = _without(units, event.units)
            shipped_units = (*shipped_units, *event.units)
        case StockReturned():
            returned += event.quantity
            shipped_units = _without(shipped_units, event.units)
        case PromiseKept():
            held -= event.from_held
            committed -= event.from_committed
            quantity -= event.from_held + event.from_committed
        case HoldAllocated():
            held += event.to_held
            committed += event.to_committed
            quantity += event.to_held + event.to_committed
            units = (*units, *event.units)
    return Allocation(
        allocation.hold_id,
        allocation.line,
        allocation.sku,
        allocation.location,
        quantity,
        held,
        committed,
        shipped,
        returned,
        held_until,
        allocation.lot,
        allocation.allotment,
        units,
        shipped_units,
    )


def status_now(hold: Hold, now: datetime.datetime) -> str:
    """A hold ends when it says it ends, whoever has tidied it up yet or not."""
    return "expired" if hold.status == "held" and hold.expires_at <= now else hold.status


def status_of_lot(lot: Lot, now: datetime.datetime) -> str:
    """Whether a lot may be sold: ``sellable``, ``unreleased``, ``expired`` or ``recalled``."""
    if lot.recalled:
        return "recalled"
    if lot.expires_at is not None and lot.expires_at <= now:
        return "expired"
    if lot.release_at is not None and now < lot.release_at:
        return "unreleased"
    return "sellable"


def key_of(allocation: Allocation) -> Key:
    """The stock that an allocation is of."""
    return (allocation.sku, allocation.location)


def _without(units: tuple[int, ...], gone: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(each for each in units if each not in gone) if gone else units
