"""Tracing a hold through the events of a stock: what became of its pieces there. Pure."""

import datetime
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.inventory.audit.log_checking import happened
from rackhouse.inventory.events import HoldExpired, HoldPlaced
from rackhouse.inventory.rules import Allocation, Hold, Key, Line, apply_to_allocation

__all__ = ["HoldTrace", "traced"]


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


def traced(hold_id: str, key: Key, events: Sequence[tuple[Any, ...]]) -> HoldTrace:
    """What some events (version, type, data, channel, actor, recorded at) say of a hold."""
    pieces: dict[int, Allocation] = {}
    _, _, _, channel, placed_by, placed_at = events[0]
    ended_as = "released"
    for _, type_name, data, *_ in events:
        fact = happened(type_name, data)
        if isinstance(fact, HoldPlaced):
            pieces[fact.line] = _placed(key, fact, pieces.get(fact.line))
        elif fact is not None:
            pieces[fact.line] = apply_to_allocation(pieces[fact.line], fact)
            ended_as = "expired" if isinstance(fact, HoldExpired) else "released"
    return HoldTrace(hold_id, list(pieces.values()), channel or "", placed_by, placed_at, ended_as)


def _placed(key: Key, fact: HoldPlaced, known: Allocation | None) -> Allocation:
    before = known.quantity if known else 0
    return Allocation(
        hold_id=fact.hold_id,
        line=fact.line,
        sku=key[0],
        location=key[1],
        quantity=before + fact.quantity,
        held=(known.held if known else 0) + fact.quantity,
        committed=0,
        shipped=0,
        returned=0,
        held_until=fact.expires_at,
    )


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
