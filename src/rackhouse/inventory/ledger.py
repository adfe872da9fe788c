"""The ledger of one batch: the rows it has locked, as they change decision by decision."""

import datetime
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

from rackhouse.inventory.events import (
    PLAIN,
    HoldAllocated,
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    PromiseWithdrawn,
    Slot,
    StockEvent,
    StockReturned,
    StockShipped,
)
from rackhouse.inventory.levels import InLine, levels_of, stream_of
from rackhouse.inventory.rules import (
    BUCKETS,
    BUFFERS,
    CLOSED,
    QUOTAS,
    Allocation,
    Backlog,
    Bucket,
    Depth,
    Hold,
    Inbound,
    Key,
    Moves,
    Promise,
    Quotas,
    Stock,
    apply,
    apply_part,
    apply_to_allocation,
    claimed_by,
    key_of,
)
from rackhouse.inventory.rules.lots import RecordedLot
from rackhouse.inventory.units import UnitMove, moved_units
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent

__all__ = ["Ledger", "Write", "place_of", "target_of"]

_OF_PLAIN_STOCK = frozenset(
    {HoldPlaced, HoldExtended, HoldConfirmed, HoldReleased, HoldExpired, StockShipped}
)
"""Events that can not part a row that is not parted yet."""

Write: TypeAlias = Callable[[Transaction], Awaitable[None]]


class Ledger:
    """What a batch reads and changes. Nothing here refuses: decisions have done so before."""

    def __init__(
        self,
        stock: dict[Key, Stock],
        holds: dict[str, Hold],
        *,
        now: datetime.datetime | None = None,
    ) -> None:
        self.stock = stock
        self.holds = holds
        self.details = 0
        for row in stock.values():
            self.details |= row.details
        self.now = now or datetime.datetime.now(datetime.UTC)
        self.depth = Depth()
        self.lots: dict[tuple[str, str], RecordedLot] = {}
        self.quotas = Quotas()
        self.in_line: dict[str, list[InLine]] = {}
        self.offered: set[str] = set()
        self.left: set[str] = set()
        self.asks_who_waits = False
        self.events: list[NewEvent] = []
        self.changed_stock: set[Key] = set()
        self.changed_buckets: set[tuple[Key, Slot]] = set()
        self.new_buckets: set[tuple[Key, Slot]] = set()
        self.changed_buffers: dict[tuple[str, str, str], int] = {}
        self.moved_units: list[UnitMove] = []
        self.placed: dict[str, Hold] = {}
        self.changed_holds: dict[str, Hold] = {}
        self.apart: dict[tuple[str, int, Key, str, str], Allocation] = {}
        self.arrived: dict[tuple[str, int, Key, str, str], Allocation] = {}
        self.arrived_in_hand: set[str] = set()
        self.claims: list[tuple[str, str, int, bool]] = []
        # What of the holds in hand has lapsed and counts in no quota already, by hold and SKU.
        self.forgiven: set[tuple[str, str]] = set()
        self.further: list[Write] = []
        self.backlog = Backlog()
        self.promises: dict[str, Promise] = {}
        self.inbounds: dict[str, Inbound] = {}
        self.taken_back: dict[str, str | None] = {}
        self.beyond_quotas: set[str] = set()
        self.prepared: dict[tuple[str, ...], Any] = {}

    @property
    def has_depth_to_write(self) -> bool:
        """Whether more has changed than rows and holds."""
        return bool(
            self.changed_buckets
            or self.new_buckets
            or self.changed_buffers
            or self.arrived
            or self.arrived_in_hand
            or self.claims
            or self.further
        )

    def trial(self) -> "Ledger":
        """The same, to try something out on."""
        other = Ledger(dict(self.stock), dict(self.holds), now=self.now)
        other.depth = self.depth.copy()
        return other

    def also(self, write: Write) -> None:
        """Write something more in the transaction of this batch."""
        self.further.append(write)

    def happen(self, event: NewEvent) -> None:
        """Record an event of another stream than a stock's."""
        self.events.append(event)

    def record(self, moves: Moves, context: Context, channel: str | None = None) -> None:
        """Let events happen to stock."""
        for key, event in moves:
            before = self.stock[key]
            if before.details & BUCKETS or type(event) not in _OF_PLAIN_STOCK:
                before = self._part(key, before, event)
            stock = apply(before, event)
            if stock.details & BUCKETS:
                frozen = self.depth.frozen(key, self.now)
                stock = msgspec.structs.replace(stock, frozen=frozen)
            self.stock[key] = stock
            assert stock.held >= 0 and stock.committed >= 0, "never fewer than none"
            assert stock.free >= 0, "never oversell"
            self.changed_stock.add(key)
            self.events.append(_recorded(stock, event, context, channel))
            if stock.details & CLOSED and isinstance(event, HoldReleased | HoldExpired):
                self.record([(key, _withdrawn(event))], context, channel)
            if stock.details & QUOTAS:
                self._claim(key[0], event)

    def mark(self, key: Key, detail: int, *, on: bool = True) -> None:
        """Note in a row that there is more to know of it, or no more."""
        row = self.stock[key]
        details = row.details | detail if on else row.details & ~detail
        self.details |= details
        if details != row.details:
            self.stock[key] = msgspec.structs.replace(row, details=details)
            self.changed_stock.add(key)

    def place(self, hold: Hold, moves: Moves, context: Context) -> Hold:
        """Let a new hold set its pieces aside."""
        self.holds[hold.id] = self.placed[hold.id] = hold
        self.record(moves, context, hold.channel)
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
        allocations = self._moved(hold.allocations, moves)
        hold = _with(hold, status=status, expires_at=expires_at, allocations=allocations)
        self.holds[hold.id] = hold
        (self.placed if hold.id in self.placed else self.changed_holds)[hold.id] = hold
        return hold

    def lapse(self, allocation: Allocation, moves: Moves, context: Context) -> None:
        """Free a lapsed piece of a hold that is not in hand; its job ends the hold itself."""
        self.record(moves, context)
        for _, event in moves:
            allocation = apply_to_allocation(allocation, event)
        self._set_apart(allocation)

    def keep_promise(
        self, allocation: Allocation, moves: Moves, context: Context, channel: str
    ) -> Allocation:
        """Let what was promised to a hold become pieces that have come; answers what is still
        promised."""
        self.record(moves, context, channel)
        arrived = []
        for key, event in moves:
            if isinstance(event, HoldAllocated):
                arrived.append(_arrived(allocation.hold_id, key, event))
            else:
                allocation = apply_to_allocation(allocation, event)
        hold = self.holds.get(allocation.hold_id)
        if hold is None:
            self._set_apart(allocation)
            for each in arrived:
                place = (each.hold_id, *place_of(each))
                known = self.arrived.get(place)
                self.arrived[place] = each if known is None else _together(known, each)
            return allocation
        by_place = {place_of(each): each for each in hold.allocations}
        by_place[place_of(allocation)] = allocation
        for each in arrived:
            known = by_place.get(place_of(each))
            by_place[place_of(each)] = each if known is None else _together(known, each)
        hold = _with(hold, allocations=tuple(by_place.values()))
        self.holds[hold.id] = hold
        if hold.id in self.placed:
            self.placed[hold.id] = hold
        else:
            self.changed_holds[hold.id] = hold
            self.arrived_in_hand.add(hold.id)
        return allocation

    def claims_since_read(self) -> Iterator[tuple[str, str | None, int]]:
        """What customers claim more or less than when the batch began: (SKU, customer, pieces).
        What has lapsed did not count by then."""
        for event in self.events:
            data: Any = event.data
            pieces = 0 if isinstance(data, HoldExpired) else claimed_by(data)
            hold = self.holds.get(data.hold_id) if pieces else None
            if hold is not None:
                yield event.stream.rpartition("@")[0], hold.customer_id, pieces

    def bucket(self, key: Key, slot: Slot) -> Bucket:
        """The bucket at a slot of a row that is parted; an empty one if there is none."""
        return self.depth.buckets.get(key, {}).get(slot) or Bucket(*key, *slot)

    def _set_apart(self, allocation: Allocation) -> None:
        """Write one allocation of a hold that is not in hand: its others are not locked."""
        self.apart[(allocation.hold_id, *place_of(allocation))] = allocation

    def _claim(self, sku: str, event: StockEvent) -> None:
        pieces = claimed_by(event)
        if not pieces:
            return
        hold_id: str = getattr(event, "hold_id", "")
        self.claims.append((hold_id, sku, pieces, isinstance(event, HoldExpired)))
        hold = self.holds.get(hold_id)
        counts_no_more = isinstance(event, HoldExpired) and (hold_id, sku) in self.forgiven
        if hold is not None and not counts_no_more:
            self.quotas.count(sku, hold.customer_id, pieces)

    def _part(self, key: Key, stock: Stock, event: StockEvent) -> Stock:
        """Let an event happen to the slots of a row, which it may part for the first time."""
        parts = event.parts()
        if not stock.details & BUCKETS:
            if all(part[0] == PLAIN for part in parts):
                return self._noted(key, stock, event)
            stock = msgspec.structs.replace(stock, details=stock.details | BUCKETS)
            self.details |= BUCKETS
            plain = Bucket(*key, *PLAIN, stock.on_hand, stock.held, stock.committed)
            self.depth.buckets[key] = {PLAIN: plain}
            self.new_buckets.add((key, PLAIN))
        buckets = self.depth.buckets.setdefault(key, {})
        for part in parts:
            bucket = apply_part(self.bucket(key, part[0]), part)
            assert bucket.held >= 0 and bucket.committed >= 0, "never fewer than none"
            assert bucket.free >= 0, "never oversell a bucket"
            (self.changed_buckets if part[0] in buckets else self.new_buckets).add((key, part[0]))
            buckets[part[0]] = bucket
        for move in moved_units(key, event):
            self._move_unit(key, move)
        return self._noted(key, stock, event)

    def _noted(self, key: Key, stock: Stock, event: StockEvent) -> Stock:
        """What a channel does without from now on."""
        channel = getattr(event, "channel", "")
        if not channel:
            return stock
        quantity: int = getattr(event, "quantity", 0)
        self.depth.buffers[(*key, channel)] = quantity
        self.changed_buffers[(*key, channel)] = quantity
        self.details |= BUFFERS
        return msgspec.structs.replace(stock, details=stock.details | BUFFERS)

    def _move_unit(self, key: Key, move: UnitMove) -> None:
        self.moved_units.append(move)
        free = self.depth.free_units
        for (at, slot), numbers in free.items():
            if at[0] == move.sku and slot[0] == move.lot:
                numbers.discard(move.number)
        if move.state == "in_stock":
            slot = (move.lot, move.allotment, move.condition)
            free.setdefault((key, slot), set()).add(move.number)
        self.depth.unit_states[move.sku, move.lot, move.number] = move.state

    def _moved(self, allocations: Iterable[Allocation], moves: Moves) -> tuple[Allocation, ...]:
        happened = {target_of(key, event): event for key, event in moves}
        return tuple(
            apply_to_allocation(each, happened[place])
            if (place := place_of(each)) in happened
            else each
            for each in allocations
        )


def _recorded(stock: Stock, event: StockEvent, context: Context, channel: str | None) -> NewEvent:
    return NewEvent(stream_of(stock), stock.version, event, context, channel, levels_of(stock))


def target_of(key: Key, event: StockEvent) -> tuple[int, Key, str, str]:
    """The allocation that an event of a hold's stock is about."""
    if isinstance(event, StockReturned) and event.shipped_from:
        key = (key[0], event.shipped_from)
    line: int = getattr(event, "line", -1)
    return (line, key, getattr(event, "lot", ""), getattr(event, "allotment", ""))


def place_of(allocation: Allocation) -> tuple[int, Key, str, str]:
    """What tells an allocation from the others of its hold."""
    return (allocation.line, key_of(allocation), allocation.lot, allocation.allotment)


def _withdrawn(event: HoldReleased | HoldExpired) -> PromiseWithdrawn:
    """What follows when promised pieces are given back after the promise was closed."""
    _, held, committed, _, _ = event.change()
    return PromiseWithdrawn(-held - committed, "the promise is closed", event.allotment)


def _arrived(hold_id: str, key: Key, event: HoldAllocated) -> Allocation:
    return Allocation(
        hold_id,
        event.line,
        *key,
        event.to_held + event.to_committed,
        event.to_held,
        event.to_committed,
        0,
        0,
        event.expires_at,
        event.lot,
        event.allotment,
        event.units,
    )


def _together(one: Allocation, more: Allocation) -> Allocation:
    return msgspec.structs.replace(
        one,
        quantity=one.quantity + more.quantity,
        held=one.held + more.held,
        committed=one.committed + more.committed,
        units=(*one.units, *more.units),
    )


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
        hold.sourcing,
    )
