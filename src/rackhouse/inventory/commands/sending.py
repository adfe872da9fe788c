"""Shipments that are told of for the first time: goods to expect, and transfers to send."""

import datetime
from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeVar

import msgspec

from rackhouse.inventory import rules
from rackhouse.inventory.commands.command import Command
from rackhouse.inventory.commands.inbound import written
from rackhouse.inventory.events import (
    SELLABLE,
    InboundExpected,
    InboundSent,
    PiecesExpected,
    TransferSent,
)
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import Inbound, InboundLine, Key, Moves, Shipment, Stock

__all__ = ["ExpectInbound", "SendTransfer"]

Announcement = TypeVar("Announcement", InboundExpected, InboundSent)


class _NewInbound(Command, frozen=True, kw_only=True):
    """A shipment that is told of for the first time."""

    inbound_id: str
    origin: str
    shipment: Shipment

    opens_stock: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """Where it goes to, and, of a transfer, where it comes from."""
        return self.opened_keys()

    def opened_keys(self) -> Sequence[Key]:
        """Where it goes to: what is on its way is shown there."""
        return [(line.sku, self.shipment.destination) for line in self.shipment.lines]

    def told(self, lines: Sequence[InboundLine], now: datetime.datetime) -> Inbound:
        """The shipment, as somebody who expects it tells of it."""
        return Inbound(
            id=self.inbound_id,
            kind="purchase",
            origin=self.origin,
            destination=self.shipment.destination,
            carrier=self.shipment.carrier or None,
            reference=self.shipment.reference or None,
            expected_at=self.shipment.expected_at,
            status="expected",
            created_at=now,
            changed_at=now,
            lines=tuple(lines),
        )


class ExpectInbound(_NewInbound, frozen=True, kw_only=True):
    """Expect goods of a supplier."""

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Inbound:
        """Expect them; refuses with `ExpectedInThePast`."""
        rules.must_come_later(self.shipment.expected_at, now)
        lines = [
            InboundLine(
                line=at, sku=each.sku, quantity=each.quantity, lot=each.lot or "", units=each.units
            )
            for at, each in enumerate(self.shipment.lines)
        ]
        inbound = self.told(lines, now)
        return written(ledger, inbound, _announced(InboundExpected, inbound), self)


class SendTransfer(_NewInbound, frozen=True, kw_only=True):
    """Send pieces from one location to another: those that are named, or as they are picked."""

    condition: str = SELLABLE

    def stock_keys(self) -> Sequence[Key]:
        """The stock that they leave, too."""
        leaving = [(line.sku, self.origin) for line in self.shipment.lines]
        return [*leaving, *self.opened_keys()]

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lots that are asked for."""
        return [(line.sku, line.lot) for line in self.shipment.lines if line.lot]

    def units_named(self) -> Sequence[tuple[str, str, int]]:
        """The numbers that are asked for."""
        lines = self.shipment.lines
        return [(line.sku, line.lot or "", number) for line in lines for number in line.units]

    def pieces_wanted(self) -> Mapping[str, int]:
        """As many as are sent."""
        wanted: dict[str, int] = {}
        for line in self.shipment.lines:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        return wanted

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Inbound:
        """Send them; refuses with `ExpectedInThePast`, `NotEnoughFree`, and what lots and units
        refuse."""
        rules.must_come_later(self.shipment.expected_at, now)
        moves = self._sent(ledger.trial(), now)
        ledger.record(moves, self.context)
        lines = [
            InboundLine(
                line=at,
                sku=sku,
                quantity=event.quantity,
                lot=event.lot,
                units=event.units,
                condition=event.condition,
            )
            for at, ((sku, _), event) in enumerate(moves)
            if isinstance(event, TransferSent)
        ]
        told = self.told(lines, now)
        inbound = msgspec.structs.replace(told, kind="transfer", status="in_transit")
        return written(ledger, inbound, _announced(InboundSent, inbound), self)

    def _sent(self, trial: Ledger, now: datetime.datetime) -> Moves:
        """What leaves, line by line; ``trial`` is taken from meanwhile."""
        moves: Moves = []
        for line in self.shipment.lines:
            key = (line.sku, self.origin)
            sent = rules.send_pieces(
                trial.stock.get(key, Stock(*key)),
                trial.depth,
                line,
                condition=self.condition,
                transfer_id=self.inbound_id,
                now=now,
            )
            trial.record([(key, event) for event in sent], self.context)
            moves += [(key, event) for event in sent]
        return moves


def _announced(kind: type[Announcement], inbound: Inbound) -> Announcement:
    return kind(
        inbound.origin,
        inbound.destination,
        tuple(
            PiecesExpected(each.sku, each.quantity, each.lot, each.units, each.condition)
            for each in inbound.lines
        ),
        inbound.expected_at,
        inbound.carrier or "",
        inbound.reference or "",
    )
