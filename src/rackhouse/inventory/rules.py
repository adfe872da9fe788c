"""What may happen to stock: pure decisions over the rows that a batch has locked.

A decision refuses first; after that it only returns events. State changes through ``apply``
alone, which never refuses.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from rackhouse.inventory.errors import (
    FewerThanReserved,
    HoldHasEnded,
    LineNotInHold,
    NotEnoughStock,
    Shortage,
    StockVersionStale,
)
from rackhouse.inventory.events import (
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    StockAdjusted,
    StockEvent,
    StockReturned,
    StockShipped,
)

__all__ = [
    "Allocation",
    "Hold",
    "Key",
    "Line",
    "Moves",
    "Need",
    "Stock",
    "adjust",
    "apply",
    "apply_to_allocation",
    "confirm",
    "expire",
    "extend",
    "lapse",
    "place",
    "release",
    "return_goods",
    "ship",
    "status_now",
]

Key: TypeAlias = tuple[str, str]
"""A SKU at a location."""


class Stock(msgspec.Struct, frozen=True):
    """What there is of a SKU at a location. ``version`` counts its events."""

    sku: str
    location: str
    on_hand: int = 0
    held: int = 0
    committed: int = 0
    version: int = 0

    @property
    def available(self) -> int:
        """What may still be promised to somebody."""
        return self.on_hand - self.held - self.committed


class Line(msgspec.Struct, frozen=True):
    """What was asked for: some of one SKU, which may be a bundle."""

    sku: str
    quantity: int


class Need(msgspec.Struct, frozen=True):
    """What a line comes down to: some of one stocked SKU."""

    line: int
    sku: str
    quantity: int


class Allocation(msgspec.Struct, frozen=True):
    """Pieces of a SKU at a location that belong to one line of a hold."""

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


Moves: TypeAlias = list[tuple[Key, StockEvent]]
"""Events in order, each with the stock that it happens to."""


def apply(stock: Stock, event: StockEvent) -> Stock:
    """The stock after an event."""
    on_hand, held, committed = event.change()
    return Stock(
        stock.sku,
        stock.location,
        stock.on_hand + on_hand,
        stock.held + held,
        stock.committed + committed,
        stock.version + 1,
    )


def apply_to_allocation(allocation: Allocation, event: StockEvent) -> Allocation:
    """The allocation after an event of its stock."""
    held, committed = allocation.held, allocation.committed
    shipped, returned = allocation.shipped, allocation.returned
    held_until = allocation.held_until
    match event:
        case HoldExtended():
            held_until = event.expires_at
        case HoldConfirmed():
            held, committed = held - event.quantity, committed + event.quantity
        case HoldReleased():
            held -= event.from_held
            committed -= event.from_committed
        case HoldExpired():
            held -= event.quantity
        case StockShipped():
            committed, shipped = committed - event.quantity, shipped + event.quantity
        case StockReturned():
            returned += event.quantity
    return msgspec.structs.replace(
        allocation,
        held=held,
        committed=committed,
        shipped=shipped,
        returned=returned,
        held_until=held_until,
    )


def status_now(hold: Hold, now: datetime.datetime) -> str:
    """A hold ends when it says it ends, whoever has tidied it up yet or not."""
    return "expired" if hold.status == "held" and hold.expires_at <= now else hold.status


def place(
    stock: Mapping[Key, Stock],
    *,
    hold_id: str,
    lines: Sequence[Line],
    needs: Sequence[Need],
    locations: Sequence[str],
    expires_at: datetime.datetime,
) -> Moves:
    """Set all lines aside, or refuse with `NotEnoughStock`.

    A need is served by the first location in order that has enough for it, or else from several
    in order.
    """
    taken: dict[Key, int] = {}
    moves: Moves = []
    for need in needs:
        parts = _sources(stock, taken, need, locations)
        if parts is None:
            raise NotEnoughStock(lines=shortages(stock, lines, needs, locations))
        for key, quantity in parts:
            taken[key] = taken.get(key, 0) + quantity
            moves.append((key, HoldPlaced(hold_id, need.line, quantity, expires_at)))
    return moves


def shortages(
    stock: Mapping[Key, Stock],
    lines: Sequence[Line],
    needs: Sequence[Need],
    locations: Sequence[str],
) -> list[Shortage]:
    """What each line asked for and how many of it could be had on their own."""
    found = []
    for index, line in enumerate(lines):
        possible = [
            sum(_available(stock, (need.sku, location)) for location in locations)
            * line.quantity
            // need.quantity
            for need in needs
            if need.line == index
        ]
        found.append(Shortage(line.sku, line.quantity, min(possible, default=0)))
    return found


def lapse(allocations: Sequence[Allocation], now: datetime.datetime) -> Moves:
    """Free what is still set aside although its time is over."""
    return [
        (_key(each), HoldExpired(each.hold_id, each.line, each.held))
        for each in allocations
        if each.held > 0 and each.held_until <= now
    ]


def extend(hold: Hold, expires_at: datetime.datetime, now: datetime.datetime) -> Moves:
    """Keep what is set aside until another time; refuses with `HoldHasEnded`."""
    _must_be_held(hold, now)
    return [(_key(each), HoldExtended(hold.id, each.line, expires_at)) for each in _held(hold)]


def confirm(hold: Hold, now: datetime.datetime) -> Moves:
    """Sell what is set aside; refuses with `HoldHasEnded`. Confirming again changes nothing."""
    if hold.status == "confirmed":
        return []
    _must_be_held(hold, now)
    return [(_key(each), HoldConfirmed(hold.id, each.line, each.held)) for each in _held(hold)]


def expire(hold: Hold, now: datetime.datetime) -> Moves:
    """End a hold whose time is over; does nothing to any other."""
    return lapse(hold.allocations, now) if status_now(hold, now) == "expired" else []


def release(hold: Hold, lines: Sequence[Line] | None, reason: str, now: datetime.datetime) -> Moves:
    """Free what is set aside or sold and not shipped: all of it, or the lines given.

    Refuses with `LineNotInHold`. Releasing what has ended already changes nothing.
    """
    if status_now(hold, now) in ("released", "expired"):
        return []
    return [
        (
            _key(each),
            HoldReleased(
                hold.id,
                each.line,
                min(each.held, quantity),
                quantity - min(each.held, quantity),
                reason,
            ),
        )
        for each, quantity in _portions(hold, lines, lambda each: each.held + each.committed)
    ]


def ship(hold: Hold, lines: Sequence[Line] | None) -> Moves:
    """Send sold pieces out: all of them, or the lines given; refuses with `LineNotInHold`."""
    portions = _portions(hold, lines, lambda each: each.committed)
    return [(_key(each), StockShipped(hold.id, each.line, count)) for each, count in portions]


def return_goods(hold: Hold, lines: Sequence[Line] | None, reason: str) -> Moves:
    """Take shipped pieces back: all of them, or the lines given; refuses with `LineNotInHold`."""
    return [
        (_key(each), StockReturned(hold.id, each.line, quantity, reason))
        for each, quantity in _portions(hold, lines, lambda each: each.shipped - each.returned)
    ]


def adjust(
    stock: Stock,
    *,
    delta: int | None,
    counted: int | None,
    reason: str,
    expected_version: int | None,
) -> Moves:
    """Correct what is on hand by ``delta``, or to what was ``counted``.

    Refuses with `StockVersionStale` and `FewerThanReserved`.
    """
    if expected_version is not None and expected_version != stock.version:
        raise StockVersionStale(
            sku=stock.sku,
            location=stock.location,
            expected=expected_version,
            current=stock.version,
        )
    on_hand = counted if counted is not None else stock.on_hand + (delta or 0)
    reserved = stock.held + stock.committed
    if on_hand < reserved:
        raise FewerThanReserved(
            sku=stock.sku, location=stock.location, on_hand=on_hand, reserved=reserved
        )
    change = on_hand - stock.on_hand
    return [((stock.sku, stock.location), StockAdjusted(change, reason, counted))]


def _sources(
    stock: Mapping[Key, Stock], taken: Mapping[Key, int], need: Need, locations: Sequence[str]
) -> list[tuple[Key, int]] | None:
    missing = need.quantity
    parts: list[tuple[Key, int]] = []
    for location in locations:
        key = (need.sku, location)
        free = _available(stock, key) - taken.get(key, 0)
        if free >= need.quantity:
            return [(key, need.quantity)]
        if free > 0 and missing > 0:
            parts.append((key, min(free, missing)))
            missing -= min(free, missing)
    return None if missing > 0 else parts


def _available(stock: Mapping[Key, Stock], key: Key) -> int:
    found = stock.get(key)
    return 0 if found is None else found.available


def _portions(
    hold: Hold, lines: Sequence[Line] | None, possible: Callable[[Allocation], int]
) -> list[tuple[Allocation, int]]:
    """Which pieces of which allocations some lines mean, all-or-nothing."""
    if lines is None:
        return [(each, possible(each)) for each in hold.allocations if possible(each) > 0]
    left = {index: possible(each) for index, each in enumerate(hold.allocations)}
    for line in lines:
        _take(hold, line, left)
    taken = [(each, possible(each) - left[at]) for at, each in enumerate(hold.allocations)]
    return [(each, quantity) for each, quantity in taken if quantity > 0]


def _take(hold: Hold, asked: Line, left: dict[int, int]) -> None:
    missing = asked.quantity
    for index, line in enumerate(hold.lines):
        if line.sku != asked.sku or missing == 0:
            continue
        per_piece = _pieces_per_line(hold, index, line.quantity)
        have = {sku: _left_of(hold, index, sku, left) for sku in per_piece}
        take = min([missing, *(have[sku] // count for sku, count in per_piece.items())])
        for sku, count in per_piece.items():
            _take_pieces(hold, index, sku, take * count, left)
        missing -= take
    if missing > 0:
        raise LineNotInHold(
            hold_id=hold.id,
            sku=asked.sku,
            asked=asked.quantity,
            possible=asked.quantity - missing,
        )


def _pieces_per_line(hold: Hold, line: int, quantity: int) -> dict[str, int]:
    totals: dict[str, int] = {}
    for each in hold.allocations:
        if each.line == line:
            totals[each.sku] = totals.get(each.sku, 0) + each.quantity
    return {sku: total // quantity for sku, total in totals.items()}


def _left_of(hold: Hold, line: int, sku: str, left: Mapping[int, int]) -> int:
    return sum(
        left[at]
        for at, each in enumerate(hold.allocations)
        if each.line == line and each.sku == sku
    )


def _take_pieces(hold: Hold, line: int, sku: str, pieces: int, left: dict[int, int]) -> None:
    for at, each in enumerate(hold.allocations):
        if each.line == line and each.sku == sku:
            part = min(pieces, left[at])
            left[at] -= part
            pieces -= part


def _held(hold: Hold) -> list[Allocation]:
    return [each for each in hold.allocations if each.held > 0]


def _must_be_held(hold: Hold, now: datetime.datetime) -> None:
    status = status_now(hold, now)
    if status != "held":
        raise HoldHasEnded(hold_id=hold.id, hold_status=status)


def _key(allocation: Allocation) -> Key:
    return (allocation.sku, allocation.location)
