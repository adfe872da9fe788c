"""What can be asked of stock, each with the rows that it needs and how it is decided.

A command names its rows before any lock; ``decide`` runs under the locks, without I/O.
"""

import datetime
from collections.abc import Sequence
from typing import ClassVar, TypeAlias

import msgspec

from rackhouse.inventory import rules
from rackhouse.inventory.errors import HoldNotFound, OtherChannel
from rackhouse.inventory.events import StockReceived
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import Hold, Key, Line, Need, Stock
from rackhouse.platform.context import Caller, Context

__all__ = [
    "Adjust",
    "AdjustStock",
    "Command",
    "ConfirmHold",
    "ExpireHold",
    "ExtendHold",
    "Placement",
    "ReceiveStock",
    "ReleaseHold",
    "ReturnGoods",
    "ShipHold",
    "must_reach",
]


def must_reach(caller: Caller, hold: Hold) -> None:
    """Refuse with `OtherChannel` or `HoldNotFound` unless the caller may see and change a hold."""
    if caller.customer_id is not None and caller.customer_id != hold.customer_id:
        raise HoldNotFound(hold_id=hold.id)
    if caller.channel is not None and caller.channel != hold.channel:
        raise OtherChannel(channel=hold.channel, own=caller.channel)


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Set lines aside under a hold's id; ``sell`` and ``hand_over`` go on to commit and ship.

    A hold that exists already under the id is answered as it is, so that asking twice is safe.
    """

    context: Context
    hold_id: str
    channel: str
    lines: Sequence[Line]
    needs: Sequence[Need]
    locations: Sequence[str]
    ttl_seconds: float
    customer_id: str | None = None
    memo: msgspec.Raw | None = None
    may_exist: bool = False
    sell: bool = False
    hand_over: bool = False

    opens_stock: ClassVar[bool] = False

    def stock_keys(self) -> list[Key]:
        """Every location that could serve, for every SKU that is needed."""
        return [(need.sku, location) for need in self.needs for location in self.locations]

    def hold_ids(self) -> Sequence[str]:
        """The hold that may exist already."""
        return (self.hold_id,) if self.may_exist else ()

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """Place the hold, or refuse with `NotEnoughStock`."""
        known = ledger.holds.get(self.hold_id)
        if known is not None:
            return known
        expires_at = now + datetime.timedelta(seconds=self.ttl_seconds)
        moves = rules.place(
            ledger.stock,
            hold_id=self.hold_id,
            lines=self.lines,
            needs=self.needs,
            locations=self.locations,
            expires_at=expires_at,
        )
        hold = Hold(
            id=self.hold_id,
            channel=self.channel,
            customer_id=self.customer_id,
            status="held",
            lines=tuple(self.lines),
            memo=self.memo,
            placed_by=self.context.caller.subject,
            placed_at=now,
            expires_at=expires_at,
        )
        hold = ledger.place(hold, moves, self.context)
        if self.sell:
            moves = rules.confirm(hold, now)
            hold = ledger.move(hold, moves, self.context, status="confirmed")
        if self.hand_over:
            hold = ledger.move(hold, rules.ship(hold, None), self.context)
        return hold


class _OfHold(msgspec.Struct, frozen=True, kw_only=True):
    """A command about a hold that exists."""

    context: Context
    hold_id: str

    opens_stock: ClassVar[bool] = False

    def stock_keys(self) -> list[Key]:
        """None beyond those of the hold."""
        return []

    def hold_ids(self) -> Sequence[str]:
        """The hold in question."""
        return (self.hold_id,)

    def hold(self, ledger: Ledger) -> Hold:
        """The hold, or the refusal that the caller must be given."""
        found = ledger.holds.get(self.hold_id)
        if found is None:
            raise HoldNotFound(hold_id=self.hold_id)
        must_reach(self.context.caller, found)
        return found


class ExtendHold(_OfHold, frozen=True, kw_only=True):
    """Let a hold last for so many seconds from now."""

    ttl_seconds: float

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """Move the end; refuses with `HoldHasEnded`."""
        hold = self.hold(ledger)
        expires_at = now + datetime.timedelta(seconds=self.ttl_seconds)
        moves = rules.extend(hold, expires_at, now)
        return ledger.move(hold, moves, self.context, expires_at=expires_at)


class ConfirmHold(_OfHold, frozen=True, kw_only=True):
    """Sell what a hold sets aside."""

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """From held to committed; refuses with `HoldHasEnded`."""
        hold = self.hold(ledger)
        return ledger.move(hold, rules.confirm(hold, now), self.context, status="confirmed")


class ExpireHold(_OfHold, frozen=True, kw_only=True):
    """Tidy up a hold whose time is over."""

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """Free its stock, unless it was extended or ended meanwhile."""
        hold = self.hold(ledger)
        status = rules.status_now(hold, now)
        return ledger.move(hold, rules.expire(hold, now), self.context, status=status)


class ReleaseHold(_OfHold, frozen=True, kw_only=True):
    """Free what a hold sets aside or has sold: all, or some lines."""

    lines: Sequence[Line] | None = None
    reason: str

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """Free it; refuses with `LineNotInHold`."""
        hold = self.hold(ledger)
        moves = rules.release(hold, self.lines, self.reason, now)
        hold = ledger.move(hold, moves, self.context)
        empty = not any(each.held + each.committed + each.shipped for each in hold.allocations)
        if moves and empty:
            hold = ledger.move(hold, [], self.context, status="released")
        return hold


class ShipHold(_OfHold, frozen=True, kw_only=True):
    """Send out what a hold has sold: all, or some lines."""

    lines: Sequence[Line] | None = None

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """From committed to shipped; refuses with `LineNotInHold`."""
        hold = self.hold(ledger)
        return ledger.move(hold, rules.ship(hold, self.lines), self.context)


class ReturnGoods(_OfHold, frozen=True, kw_only=True):
    """Take back what a hold has shipped: all, or some lines."""

    lines: Sequence[Line] | None = None
    reason: str

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """From shipped to on hand; refuses with `LineNotInHold`."""
        hold = self.hold(ledger)
        moves = rules.return_goods(hold, self.lines, self.reason)
        return ledger.move(hold, moves, self.context)


class ReceiveStock(msgspec.Struct, frozen=True, kw_only=True):
    """Take pieces in at one location."""

    context: Context
    location: str
    lines: Sequence[Line]
    reference: str | None = None

    opens_stock: ClassVar[bool] = True

    def stock_keys(self) -> list[Key]:
        """The stock of each line."""
        return [(line.sku, self.location) for line in self.lines]

    def hold_ids(self) -> Sequence[str]:
        """No holds."""
        return ()

    def decide(self, ledger: Ledger, now: datetime.datetime) -> list[Stock]:
        """On hand grows."""
        for line in self.lines:
            event = StockReceived(line.quantity, self.reference)
            ledger.record([((line.sku, self.location), event)], self.context)
        return [ledger.stock[key] for key in dict.fromkeys(self.stock_keys())]


class Adjust(msgspec.Struct, frozen=True, kw_only=True):
    """A correction of one SKU at one location: by ``delta``, or to what was ``counted``."""

    sku: str
    location: str
    delta: int | None = None
    counted: int | None = None
    expected_version: int | None = None


class AdjustStock(msgspec.Struct, frozen=True, kw_only=True):
    """Correct figures, all of them or none."""

    context: Context
    adjustments: Sequence[Adjust]
    reason: str

    opens_stock: ClassVar[bool] = True

    def stock_keys(self) -> list[Key]:
        """The stock of each correction."""
        return [(each.sku, each.location) for each in self.adjustments]

    def hold_ids(self) -> Sequence[str]:
        """No holds."""
        return ()

    def decide(self, ledger: Ledger, now: datetime.datetime) -> list[Stock]:
        """Correct; refuses with `StockVersionStale` and `FewerThanReserved`."""
        moves: rules.Moves = []
        after: dict[Key, Stock] = {}
        for each in self.adjustments:
            key = (each.sku, each.location)
            stock = after.get(key, ledger.stock[key])
            ((_, event),) = moved = rules.adjust(
                stock,
                delta=each.delta,
                counted=each.counted,
                reason=self.reason,
                expected_version=each.expected_version,
            )
            after[key] = rules.apply(stock, event)
            moves += moved
        ledger.record(moves, self.context)
        return [ledger.stock[key] for key in self.stock_keys()]


Command: TypeAlias = (
    Placement
    | ExtendHold
    | ConfirmHold
    | ExpireHold
    | ReleaseHold
    | ShipHold
    | ReturnGoods
    | ReceiveStock
    | AdjustStock
)
