"""Tracing a hold through the events of a SKU: what became of its pieces at one location. Pure."""

import datetime
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from rackhouse.inventory.audit.log_checking import happened
from rackhouse.inventory.events import HoldAllocated, HoldExpired, HoldPlaced, StockReturned
from rackhouse.inventory.ledger import target_of
from rackhouse.inventory.rules import Allocation, Hold, Key, Line, apply_to_allocation

__all__ = ["HoldEvent", "HoldTrace", "Pieces", "come", "go", "traced"]

HoldEvent: TypeAlias = tuple[int, str, str, str | None, str, datetime.datetime]
"""Version, type, data, channel, actor and time of an event."""

Pieces: TypeAlias = dict[tuple[int, str, str], Allocation]
"""What a hold has of one stock, by line, lot and allotment."""


class HoldTrace(msgspec.Struct, frozen=True):
    """A hold as the events of one stock tell of it."""

    hold_id: str
    allocations: Sequence[Allocation]
    channel: str
    placed_by: str
    placed_at: datetime.datetime
    ended_as: str

    def hold(self, allocations: Sequence[Allocation]) -> Hold:
        """The hold, given all of its pieces, also those at other places."""
        if any(each.committed or each.shipped for each in allocations):
            status = "confirmed"
        elif any(each.held for each in allocations):
            status = "held"
        else:
            status = self.ended_as
        return Hold(
            id=self.hold_id,
            channel=self.channel,
            customer_id=None,
            status=status,
            lines=_lines(allocations),
            memo=None,
            placed_by=self.placed_by,
            placed_at=self.placed_at,
            expires_at=max(each.held_until for each in allocations),
            allocations=tuple(allocations),
        )


def traced(
    hold_id: str, key: Key, events: Sequence[HoldEvent], elsewhere: Sequence[HoldEvent]
) -> HoldTrace:
    """What the events of a stock say of a hold; ``elsewhere`` are those of the same SKU at other
    locations, where pieces may have come back that were sent from here."""
    pieces: Pieces = {}
    _, _, _, channel, placed_by, placed_at = events[0]
    ended_as = "released"
    for _, type_name, data, *_ in events:
        fact = happened(type_name, data)
        if isinstance(fact, HoldPlaced | HoldAllocated):
            come(pieces, key, fact)
        elif fact is not None:
            go(pieces, key, key, fact)
            ended_as = "expired" if isinstance(fact, HoldExpired) else "released"
    for _, type_name, data, *_ in elsewhere:
        fact = happened(type_name, data)
        if isinstance(fact, StockReturned):
            go(pieces, key, (key[0], ""), fact)
    return HoldTrace(hold_id, list(pieces.values()), channel or "", placed_by, placed_at, ended_as)


def come(pieces: Pieces, key: Key, fact: HoldPlaced | HoldAllocated) -> None:
    """Pieces are the hold's from now on, where it had none or had some already."""
    place = (fact.line, fact.lot, fact.allotment)
    known = pieces.get(place) or Allocation(
        fact.hold_id, fact.line, *key, 0, 0, 0, 0, 0, fact.expires_at, fact.lot, fact.allotment
    )
    if isinstance(fact, HoldAllocated):
        pieces[place] = apply_to_allocation(known, fact)
        return
    pieces[place] = msgspec.structs.replace(
        known,
        quantity=known.quantity + fact.quantity,
        held=known.held + fact.quantity,
        units=(*known.units, *fact.units),
    )


def go(pieces: Pieces, key: Key, stream: Key, fact: Any) -> None:
    """Something happens to pieces of this place: what came back here and was sent from elsewhere
    does not."""
    line, sent_from, lot, allotment = target_of(stream, fact)
    place = (line, lot, allotment)
    if sent_from == key and place in pieces:
        pieces[place] = apply_to_allocation(pieces[place], fact)


def _lines(allocations: Sequence[Allocation]) -> tuple[Line, ...]:
    """Lines in the order of their numbers. What a bundle was called is not in the events: it is
    named by its first SKU."""
    pieces: dict[int, dict[str, int]] = {}
    for each in allocations:
        line = pieces.setdefault(each.line, {})
        line[each.sku] = line.get(each.sku, 0) + each.quantity
    return tuple(
        Line(min(line, default=""), math.gcd(*line.values()))
        for line in (pieces.get(number, {}) for number in range(max(pieces) + 1))
    )
