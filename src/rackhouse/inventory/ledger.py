"""The ledger of one batch: the rows it has locked, as they change decision by decision."""

import datetime

import msgspec

from rackhouse.inventory.events import HoldPlaced, StockEvent
from rackhouse.inventory.rules import (
    Allocation,
    Hold,
    Key,
    Moves,
    Stock,
    apply,
    apply_to_allocation,
)
from rackhouse.platform.context import Context
from rackhouse.platform.events import NewEvent

__all__ = ["Ledger", "Levels"]


class Levels(msgspec.Struct, frozen=True):
    """The figures after an event, which are recorded beside it."""

    on_hand: int
    held: int
    committed: int


class Ledger:
    """What a batch reads and changes. Nothing here refuses: decisions have done so before."""

    def __init__(self, stock: dict[Key, Stock], holds: dict[str, Hold]) -> None:
        self.stock = stock
        self.holds = holds
        self.events: list[NewEvent] = []
        self.changed_stock: set[Key] = set()
        self.placed: dict[str, Hold] = {}
        self.changed_holds: dict[str, Hold] = {}
        self.lapsed: list[Allocation] = []

    def record(self, moves: Moves, context: Context, channel: str | None = None) -> None:
        """Let events happen to stock."""
        for key, event in moves:
            stock = self.stock[key] = apply(self.stock[key], event)
            assert stock.held >= 0 and stock.committed >= 0, "never fewer than none"
            assert stock.held + stock.committed <= stock.on_hand, "never oversell"
            self.changed_stock.add(key)
            self.events.append(_recorded(stock, event, context, channel))

    def place(self, hold: Hold, moves: Moves, context: Context) -> Hold:
        """Let a new hold set its pieces aside."""
        self.record(moves, context, hold.channel)
        allocations = tuple(
            Allocation(
                hold.id, event.line, *key, event.quantity, event.quantity, 0, 0, 0, event.expires_at
            )
            for key, event in moves
            if isinstance(event, HoldPlaced)
        )
        hold = _with(hold, allocations=allocations)
        self.holds[hold.id] = self.placed[hold.id] = hold
        return hold

    def move(
        self,
        hold: Hold,
        moves: Moves,
        context: Context,
        *,
        status: str | None = None,
        expires_at: datetime.datetime | None = None,
    ) -> Hold:
        """Let events happen to a hold's pieces, and to the hold."""
        status, expires_at = status or hold.status, expires_at or hold.expires_at
        if not moves and (status, expires_at) == (hold.status, hold.expires_at):
            return hold
        self.record(moves, context, hold.channel)
        happened = {(key, _line(event)): event for key, event in moves}
        allocations = tuple(
            apply_to_allocation(each, happened[((each.sku, each.location), each.line)])
            if ((each.sku, each.location), each.line) in happened
            else each
            for each in hold.allocations
        )
        hold = _with(hold, status=status, expires_at=expires_at, allocations=allocations)
        self.holds[hold.id] = hold
        (self.placed if hold.id in self.placed else self.changed_holds)[hold.id] = hold
        return hold

    def lapse(self, allocation: Allocation, moves: Moves, context: Context) -> None:
        """Free a lapsed piece of a hold that is not in hand; its job ends the hold itself."""
        self.record(moves, context)
        for _, event in moves:
            allocation = apply_to_allocation(allocation, event)
        self.lapsed.append(allocation)


def _recorded(stock: Stock, event: StockEvent, context: Context, channel: str | None) -> NewEvent:
    return NewEvent(
        f"{stock.sku}@{stock.location}",
        stock.version,
        event,
        context,
        channel,
        Levels(stock.on_hand, stock.held, stock.committed),
    )


def _line(event: StockEvent) -> int:
    line: int = getattr(event, "line", -1)
    return line


def _with(
    hold: Hold,
    *,
    allocations: tuple[Allocation, ...],
    status: str | None = None,
    expires_at: datetime.datetime | None = None,
) -> Hold:
    return Hold(
        hold.id,
        hold.channel,
        hold.customer_id,
        status or hold.status,
        hold.lines,
        hold.memo,
        hold.placed_by,
        hold.placed_at,
        expires_at or hold.expires_at,
        allocations,
    )
