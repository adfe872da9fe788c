"""What may be asked of a shipment on its way in."""

import datetime
import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec

from rackhouse.inventory import rules, store
from rackhouse.inventory.commands.command import Command
from rackhouse.inventory.commands.corrections import must_fit_lots
from rackhouse.inventory.errors import UnitNotFree, UnitsMustBeNamed
from rackhouse.inventory.events import (
    PROMISED,
    InboundReceived,
    PiecesSettled,
    StockEvent,
    StockReceived,
    TransferLost,
    TransferReceived,
)
from rackhouse.inventory.inbound_errors import InboundNotFound
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import Arrival, Inbound, InboundChange, Key, Line, Moves
from rackhouse.inventory.serving import serve
from rackhouse.platform.events import NewEvent

if TYPE_CHECKING:
    from rackhouse.platform.database import Transaction

__all__ = [
    "CancelInbound",
    "ChangeInbound",
    "OfInbound",
    "ReceiveInbound",
    "inbound_turn",
    "written",
]

ON_ITS_WAY = "~inbound"
"""Whoever changes a shipment takes turns under this location: it is none."""

IN_TRANSIT = ("in_transit", "gone")


class InboundState(msgspec.Struct, frozen=True):
    """What is recorded beside each event of a shipment: whom it concerns."""

    bound_for: str
    skus: tuple[str, ...]


def inbound_turn(inbound_id: str) -> Key:
    """What is named among the stock by whoever needs a shipment to stay as it is."""
    return (_stream(inbound_id), ON_ITS_WAY)


class OfInbound(Command, frozen=True, kw_only=True):
    """A command about a shipment. ``seen`` is how it was before the locks: its lines stay."""

    seen: Inbound

    prepares: ClassVar[bool] = True

    @property
    def skus(self) -> list[str]:
        """The SKUs of its lines."""
        return list(dict.fromkeys(line.sku for line in self.seen.lines))

    def stock_keys(self) -> Sequence[Key]:
        """What was promised of its SKUs, and the turn of the shipment."""
        return [inbound_turn(self.seen.id), *((sku, PROMISED) for sku in self.skus)]

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Read it, and the promises that stand on it."""
        for inbound in await store.inbounds_of(tx, [self.seen.id]):
            ledger.inbounds.setdefault(inbound.id, inbound)
        for promise in await store.promises_of(tx, self.skus):
            ledger.promises.setdefault(promise.sku, promise)

    def inbound(self, ledger: Ledger) -> Inbound:
        """The shipment; refuses with `InboundNotFound`."""
        found = ledger.inbounds.get(self.seen.id)
        if found is None:
            raise InboundNotFound(inbound_id=self.seen.id)
        return found

    def promises(self, ledger: Ledger) -> list[rules.Promise]:
        """The promises that stand on the shipment."""
        found = [ledger.promises[sku] for sku in self.skus if sku in ledger.promises]
        return [each for each in found if each.inbound_id == self.seen.id]


class ChangeInbound(OfInbound, frozen=True, kw_only=True):
    """Expect a shipment at another time, by another carrier, or as one that has set out."""

    change: InboundChange
    expected_version: int | None

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Inbound:
        """Change it, and move the promises that stand on it by as much; refuses with
        `InboundNotFound`, `VersionIsStale`, `InboundIsNot` and `ExpectedInThePast`."""
        before = self.inbound(ledger)
        inbound, event = rules.change_inbound(
            before, self.change, expected_version=self.expected_version
        )
        if event is None:
            return inbound
        if inbound.expected_at is not None and inbound.expected_at != before.expected_at:
            rules.must_come_later(inbound.expected_at, now)
            self._move_promises(ledger, before.expected_at, inbound.expected_at, now)
        return written(ledger, inbound, event, self)

    def _move_promises(
        self,
        ledger: Ledger,
        before: datetime.datetime | None,
        after: datetime.datetime,
        now: datetime.datetime,
    ) -> None:
        for promise in self.promises(ledger):
            promised_at = after if before is None else promise.promised_at + (after - before)
            if promised_at <= now:
                continue  # nobody is promised a time that is over; somebody must say a new one
            key = (promise.sku, PROMISED)
            change = rules.PromiseChange(promised_at=promised_at, reason=self.change.reason)
            moved, moves = rules.change_promise(
                promise, change, ledger.stock[key], ledger.depth, expected_version=None, now=now
            )
            ledger.record(moves, self.context)
            ledger.promises[promise.sku] = moved
            ledger.also(functools.partial(store.write_promise, promise=moved))


class ReceiveInbound(OfInbound, frozen=True, kw_only=True):
    """Take in what came of a shipment: some pieces, or all that are still to come."""

    arrivals: Sequence[Arrival] | None
    is_all: bool
    reason: str | None

    opens_stock: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """Where it comes in, too."""
        return [*super().stock_keys(), *self.opened_keys()]

    def opened_keys(self) -> Sequence[Key]:
        """Where it comes in, or is missed."""
        came = self.skus
        if self.seen.kind == "purchase" and self.arrivals is not None:
            came = [sku for sku in came if any(each.sku == sku for each in self.arrivals)]
        return [(sku, self.seen.destination) for sku in came]

    def brought_skus(self) -> Sequence[str]:
        """All that it brings."""
        return self.skus

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lots of its lines, and those that somebody reads on what came."""
        told = {(line.sku, line.lot) for line in self.seen.lines if line.lot}
        return [*told, *((each.sku, each.lot) for each in self.arrivals or () if each.lot)]

    def units_named(self) -> Sequence[tuple[str, str, int]]:
        """The numbers of its lines, and those that somebody reads on what came."""
        told = {(line.sku, line.lot, number) for line in self.seen.lines for number in line.units}
        came = {(x.sku, x.lot or "", number) for x in self.arrivals or () for number in x.units}
        return sorted(told | came)

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Inbound:
        """Take it in; whoever was promised pieces of it gets them first. Refuses with
        `InboundNotFound`, `InboundIsNot`, `NotInInbound`, `MoreThanExpected`, `ReasonNeeded`, and
        what lots and units refuse."""
        inbound, event = rules.receive_inbound(
            self.inbound(ledger), self.arrivals, is_all=self.is_all, reason=self.reason
        )
        _must_be_of_it(ledger, inbound, event.came)
        moves = [_came(inbound, each) for each in event.came]
        ledger.record(moves, self.context)
        if inbound.kind == "transfer":
            ledger.record(_lost(inbound, event), self.context)
        kept = serve(ledger, [key for key, _ in moves], self.context)
        self._shrink_promises(ledger, event.came, kept)
        return written(ledger, inbound, event, self)

    def _shrink_promises(
        self, ledger: Ledger, came: Sequence[PiecesSettled], kept: Mapping[str, int]
    ) -> None:
        """What has come and nobody waited for is sold as stock, no more as a promise."""
        for promise in self.promises(ledger):
            skus = [self.seen.lines[each.line].sku for each in came]
            count = sum(
                each.quantity for sku, each in zip(skus, came, strict=True) if sku == promise.sku
            )
            stock = ledger.stock[promise.sku, PROMISED]
            left = count - kept.get(promise.sku, 0)
            ledger.record(rules.withdraw_what_came(stock, ledger.depth, left), self.context)


class CancelInbound(OfInbound, frozen=True, kw_only=True):
    """Let what has not come of a shipment come no more; of a transfer it goes back."""

    reason: str

    opens_stock: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """Where a transfer goes back to, too."""
        return [*super().stock_keys(), *self.opened_keys()]

    def opened_keys(self) -> Sequence[Key]:
        """Where a transfer goes back to."""
        if self.seen.kind != "transfer":
            return ()
        return [(sku, self.seen.origin) for sku in self.skus]

    def brought_skus(self) -> Sequence[str]:
        """What goes back can be sold there."""
        return self.skus if self.seen.kind == "transfer" else ()

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lots of its lines."""
        return [(line.sku, line.lot) for line in self.seen.lines if line.lot]

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Inbound:
        """Cancel it; refuses with `InboundNotFound` and `InboundIsNot`."""
        inbound, event = rules.cancel_inbound(self.inbound(ledger), self.reason)
        if event is None:
            return inbound
        moves = [_went_back(inbound, each) for each in event.back]
        ledger.record(moves, self.context)
        serve(ledger, [key for key, _ in moves], self.context)
        return written(ledger, inbound, event, self)


def written(ledger: Ledger, inbound: Inbound, event: msgspec.Struct, command: Command) -> Inbound:
    """Let it happen to the shipment, and write it."""
    inbound = msgspec.structs.replace(inbound, changed_at=ledger.now)
    ledger.inbounds[inbound.id] = inbound
    state = InboundState(inbound.destination, tuple({line.sku: None for line in inbound.lines}))
    stream = _stream(inbound.id)
    ledger.happen(NewEvent(stream, inbound.version, event, command.context, after=state))
    ledger.also(functools.partial(store.write_inbound, inbound=inbound))
    return inbound


def _came(inbound: Inbound, each: PiecesSettled) -> tuple[Key, StockEvent]:
    key = (inbound.lines[each.line].sku, inbound.destination)
    if inbound.kind == "purchase":
        slot = (each.lot, each.units, each.condition)
        return key, StockReceived(each.quantity, inbound.reference, *slot, inbound.id)
    return key, TransferReceived(inbound.id, each.quantity, each.lot, each.units, each.condition)


def _went_back(inbound: Inbound, each: PiecesSettled) -> tuple[Key, StockEvent]:
    key = (inbound.lines[each.line].sku, inbound.origin)
    return key, TransferReceived(inbound.id, each.quantity, each.lot, each.units, each.condition)


def _lost(inbound: Inbound, event: InboundReceived) -> Moves:
    """What had left the origin of a transfer and did not come."""
    moves: Moves = []
    for each in event.missing:
        line = inbound.lines[each.line]
        slot = (line.lot, each.units, line.condition)
        lost = TransferLost(inbound.id, each.quantity, event.reason, *slot)
        moves.append(((line.sku, inbound.destination), lost))
    return moves


def _must_be_of_it(ledger: Ledger, inbound: Inbound, came: Sequence[PiecesSettled]) -> None:
    """Refuse lots that are not known, and numbers that can not have come with the shipment."""
    if inbound.kind == "purchase":
        lines = [
            Line(inbound.lines[each.line].sku, each.quantity, each.lot or None, each.units)
            for each in came
        ]
        must_fit_lots(ledger, lines)
        return
    for each in came:
        line = inbound.lines[each.line]
        if not ledger.depth.is_numbered(line.sku, line.lot):
            continue
        if len(set(each.units)) != each.quantity:
            raise UnitsMustBeNamed(sku=line.sku, lot=line.lot, quantity=each.quantity)
        for number in each.units:
            state = ledger.depth.unit_states.get((line.sku, line.lot, number), "unknown")
            if number not in line.units or state not in IN_TRANSIT:
                raise UnitNotFree(sku=line.sku, lot=line.lot, number=number, unit_state=state)


def _stream(inbound_id: str) -> str:
    return f"inbound:{inbound_id}"
