"""What may become of the pieces of a hold: kept longer, sold, let go, sent out, taken back."""

import datetime
from collections.abc import Callable, Sequence
from typing import TypeAlias

from rackhouse.inventory.errors import HoldHasEnded, LineNotInHold, NotArrivedYet
from rackhouse.inventory.events import (
    PROMISED,
    SELLABLE,
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    StockReturned,
    StockShipped,
)
from rackhouse.inventory.rules.state import Allocation, Hold, Line, Moves, key_of, status_now

__all__ = ["confirm", "expire", "extend", "lapse", "release", "return_goods", "ship"]

Portion: TypeAlias = tuple[Allocation, int, tuple[int, ...]]
"""Pieces of an allocation, and their numbers if they have any."""


def lapse(allocations: Sequence[Allocation], now: datetime.datetime) -> Moves:
    """Free what is still set aside although its time is over."""
    return [
        (
            key_of(each),
            HoldExpired(each.hold_id, each.line, each.held, each.lot, each.allotment, each.units),
        )
        for each in allocations
        if each.held > 0 and each.held_until <= now
    ]


def extend(hold: Hold, expires_at: datetime.datetime, now: datetime.datetime) -> Moves:
    """Keep what is set aside until another time; refuses with `HoldHasEnded`."""
    _must_be_held(hold, now)
    return [
        (key_of(each), HoldExtended(hold.id, each.line, expires_at, each.lot, each.allotment))
        for each in _held(hold)
    ]


def confirm(hold: Hold, now: datetime.datetime) -> Moves:
    """Sell what is set aside; refuses with `HoldHasEnded`. Confirming again changes nothing."""
    if hold.status == "confirmed":
        return []
    _must_be_held(hold, now)
    return [
        (
            key_of(each),
            HoldConfirmed(hold.id, each.line, each.held, each.lot, each.allotment, each.units),
        )
        for each in _held(hold)
    ]


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
            key_of(each),
            HoldReleased(
                hold.id,
                each.line,
                min(each.held, quantity),
                quantity - min(each.held, quantity),
                reason,
                each.lot,
                each.allotment,
                units,
            ),
        )
        for each, quantity, units in _portions(hold, lines, _not_shipped, _reserved_units)
    ]


def ship(hold: Hold, lines: Sequence[Line] | None) -> Moves:
    """Send sold pieces out: all of them that have come, or the lines given.

    Refuses with `LineNotInHold`, and with `NotArrivedYet` where none has come, or fewer than are
    asked for.
    """
    try:
        portions = _portions(hold, lines, _can_ship, _reserved_units)
    except LineNotInHold:
        _portions(hold, lines, _sold, _reserved_units)  # refuses what is not there to come either
        raise NotArrivedYet(hold_id=hold.id) from None
    if lines is None and not portions and any(map(_sold, hold.allocations)):
        raise NotArrivedYet(hold_id=hold.id)
    return [
        (
            key_of(each),
            StockShipped(hold.id, each.line, count, each.lot, each.allotment, units),
        )
        for each, count, units in portions
    ]


def return_goods(
    hold: Hold,
    lines: Sequence[Line] | None,
    reason: str,
    *,
    condition: str = SELLABLE,
    location: str | None = None,
) -> Moves:
    """Take shipped pieces back, in a condition, at a location or where they came from: all of
    them, or the lines given; refuses with `LineNotInHold`."""
    moves: Moves = []
    for each, quantity, units in _portions(hold, lines, _with_customer, _shipped_units):
        elsewhere = location is not None and location != each.location
        event = StockReturned(
            hold.id,
            each.line,
            quantity,
            reason,
            each.lot,
            each.allotment,
            units,
            condition,
            each.location if elsewhere else "",
        )
        moves.append(((each.sku, location or each.location), event))
    return moves


def _not_shipped(each: Allocation) -> int:
    return each.held + each.committed


def _can_ship(each: Allocation) -> int:
    return 0 if each.location == PROMISED else each.committed


def _sold(each: Allocation) -> int:
    return each.committed


def _with_customer(each: Allocation) -> int:
    return each.shipped - each.returned


def _reserved_units(each: Allocation) -> tuple[int, ...]:
    return each.units


def _shipped_units(each: Allocation) -> tuple[int, ...]:
    return each.shipped_units


def _portions(
    hold: Hold,
    lines: Sequence[Line] | None,
    possible: Callable[[Allocation], int],
    numbers: Callable[[Allocation], tuple[int, ...]],
) -> list[Portion]:
    """Which pieces of which allocations some lines mean, all-or-nothing."""
    if lines is None:
        return [
            (each, possible(each), numbers(each)) for each in hold.allocations if possible(each) > 0
        ]
    left = {index: possible(each) for index, each in enumerate(hold.allocations)}
    named: dict[int, tuple[int, ...]] = {}
    for line in lines:
        if line.units:
            _take_units(hold, line, left, named, numbers)
        else:
            _take(hold, line, left)
    portions = []
    for at, each in enumerate(hold.allocations):
        quantity = possible(each) - left[at]
        if quantity > 0:
            portions.append((each, quantity, _numbers(numbers(each), named.get(at, ()), quantity)))
    return portions


def _numbers(having: tuple[int, ...], named: tuple[int, ...], quantity: int) -> tuple[int, ...]:
    """The named numbers, then the first of the others."""
    if not having:
        return ()
    others = [each for each in having if each not in named]
    return (*named, *others)[:quantity]


def _take_units(
    hold: Hold,
    asked: Line,
    left: dict[int, int],
    named: dict[int, tuple[int, ...]],
    numbers: Callable[[Allocation], tuple[int, ...]],
) -> None:
    missing = set(asked.units)
    for at, each in enumerate(hold.allocations):
        if each.sku != asked.sku or (asked.lot is not None and each.lot != asked.lot):
            continue
        mine = tuple(n for n in numbers(each) if n in missing and n not in named.get(at, ()))
        if len(mine) > left[at]:
            continue
        left[at] -= len(mine)
        named[at] = (*named.get(at, ()), *mine)
        missing -= set(mine)
    if missing or len(asked.units) != asked.quantity:
        raise LineNotInHold(
            hold_id=hold.id,
            sku=asked.sku,
            asked=asked.quantity,
            possible=len(asked.units) - len(missing),
        )


def _take(hold: Hold, asked: Line, left: dict[int, int]) -> None:
    missing = asked.quantity
    for index, line in enumerate(hold.lines):
        if line.sku != asked.sku or missing == 0:
            continue
        per_piece = _pieces_per_line(hold, index, line.quantity)
        have = {sku: _left_of(hold, index, sku, asked.lot, left) for sku in per_piece}
        take = min([missing, *(have[sku] // count for sku, count in per_piece.items())])
        for sku, count in per_piece.items():
            _take_pieces(hold, index, sku, asked.lot, take * count, left)
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


def _left_of(hold: Hold, line: int, sku: str, lot: str | None, left: dict[int, int]) -> int:
    return sum(
        left[at]
        for at, each in enumerate(hold.allocations)
        if each.line == line and each.sku == sku and (lot is None or each.lot == lot)
    )


def _take_pieces(
    hold: Hold, line: int, sku: str, lot: str | None, pieces: int, left: dict[int, int]
) -> None:
    for at, each in enumerate(hold.allocations):
        if each.line == line and each.sku == sku and (lot is None or each.lot == lot):
            part = min(pieces, left[at])
            left[at] -= part
            pieces -= part


def _held(hold: Hold) -> list[Allocation]:
    return [each for each in hold.allocations if each.held > 0]


def _must_be_held(hold: Hold, now: datetime.datetime) -> None:
    status = status_now(hold, now)
    if status != "held":
        raise HoldHasEnded(hold_id=hold.id, hold_status=status)
