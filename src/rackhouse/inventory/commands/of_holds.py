"""What may be asked of a hold that exists."""

import datetime
from collections.abc import Sequence
from typing import Literal

from rackhouse.inventory import rules
from rackhouse.inventory.commands.command import OfHold
from rackhouse.inventory.events import SELLABLE, StockAdjusted, StockReturned
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.lot_errors import LotIsRecalled
from rackhouse.inventory.rules import Hold, Key, Line, Moves
from rackhouse.inventory.serving import serve

__all__ = [
    "WRITE_OFF",
    "ConfirmHold",
    "ExpireHold",
    "ExtendHold",
    "ReleaseHold",
    "ReturnCondition",
    "ReturnGoods",
    "ShipHold",
]

DAMAGED = "damaged"
WRITE_OFF = "write_off"
"""The condition of what is returned and not kept: it comes in damaged and is written off at once.
"""

ReturnCondition = Literal["sellable", "quality_control", "quarantine", "damaged", "write_off"]


class ExtendHold(OfHold, frozen=True, kw_only=True):
    """Let a hold last for so many seconds from now."""

    ttl_seconds: float

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """Move the end; refuses with `HoldHasEnded`."""
        hold = self.hold(ledger)
        expires_at = now + datetime.timedelta(seconds=self.ttl_seconds)
        moves = rules.extend(hold, expires_at, now)
        return ledger.move(hold, moves, self.context, expires_at=expires_at)


class ConfirmHold(OfHold, frozen=True, kw_only=True):
    """Sell what a hold sets aside."""

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """From held to committed; refuses with `HoldHasEnded` and `LotIsRecalled`."""
        hold = self.hold(ledger)
        moves = rules.confirm(hold, now)
        _must_not_be_recalled(ledger, moves)
        return ledger.move(hold, moves, self.context, status="confirmed")


class ExpireHold(OfHold, frozen=True, kw_only=True):
    """Tidy up a hold whose time is over."""

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """Free its stock, unless it was extended or ended meanwhile."""
        hold = self.hold(ledger)
        status = rules.status_now(hold, now)
        return ledger.move(hold, rules.expire(hold, now), self.context, status=status)


class ReleaseHold(OfHold, frozen=True, kw_only=True):
    """Free what a hold sets aside or has sold: all, or some lines; ``unless_shipped`` nothing of a
    hold of which anything has been shipped."""

    lines: Sequence[Line] | None = None
    reason: str
    unless_shipped: bool = False

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """Free it; refuses with `LineNotInHold`."""
        hold = self.hold(ledger)
        if self.unless_shipped and any(each.shipped for each in hold.allocations):
            return hold
        moves = rules.release(hold, self.lines, self.reason, now)
        hold = ledger.move(hold, moves, self.context)
        empty = not any(each.held + each.committed + each.shipped for each in hold.allocations)
        if moves and empty:
            hold = ledger.move(hold, [], self.context, status="released")
        return hold


class ShipHold(OfHold, frozen=True, kw_only=True):
    """Send out what a hold has sold: all, or some lines."""

    lines: Sequence[Line] | None = None

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """From committed to shipped; refuses with `LineNotInHold`, `NotArrivedYet` and
        `LotIsRecalled`."""
        hold = self.hold(ledger)
        moves = rules.ship(hold, self.lines)
        _must_not_be_recalled(ledger, moves)
        return ledger.move(hold, moves, self.context)


class ReturnGoods(OfHold, frozen=True, kw_only=True):
    """Take back what a hold has shipped: all, or some lines; in a condition, at a location or
    where it came from. ``skus`` are those of the hold."""

    lines: Sequence[Line] | None = None
    reason: str
    condition: ReturnCondition = SELLABLE
    location: str | None = None
    skus: Sequence[str] = ()

    @property
    def opens_stock(self) -> bool:  # type: ignore[override]
        """Another location may not have had any before."""
        return self.location is not None

    def stock_keys(self) -> Sequence[Key]:
        """The stock at the location that takes them back."""
        return [(sku, self.location) for sku in self.skus] if self.location else ()

    def brought_skus(self) -> Sequence[str]:
        """What can be sold again."""
        return self.skus if self.condition == SELLABLE else ()

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """From shipped to on hand, and off it again if it is written off; refuses with
        `LineNotInHold`."""
        hold = self.hold(ledger)
        is_lost = self.condition == WRITE_OFF
        moves = rules.return_goods(
            hold,
            self.lines,
            self.reason,
            condition=DAMAGED if is_lost else self.condition,
            location=self.location,
        )
        hold = ledger.move(hold, moves, self.context)
        if is_lost:
            ledger.record(_written_off(moves), self.context, hold.channel)
        elif self.condition == SELLABLE:
            serve(ledger, [key for key, _ in moves], self.context)
        return ledger.holds[hold.id]


def _written_off(moves: Moves) -> Moves:
    """What came back is not kept."""
    return [
        (
            key,
            StockAdjusted(
                -event.quantity, event.reason, None, event.lot, "", event.condition, event.units
            ),
        )
        for key, event in moves
        if isinstance(event, StockReturned)
    ]


def _must_not_be_recalled(ledger: Ledger, moves: rules.Moves) -> None:
    for (sku, _), event in moves:
        lot: str = getattr(event, "lot", "")
        known = ledger.depth.lots.get((sku, lot))
        if known is not None and known.recalled:
            raise LotIsRecalled(sku=sku, lot=lot)
