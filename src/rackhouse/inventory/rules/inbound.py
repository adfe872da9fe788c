"""Shipments on their way in: purchases from suppliers, and transfers between locations."""

import datetime
from collections.abc import Sequence
from typing import Literal

import msgspec

from rackhouse.inventory.errors import InboundIsNot, MoreThanExpected, NotInInbound, ReasonNeeded
from rackhouse.inventory.events import (
    SELLABLE,
    InboundCancelled,
    InboundChanged,
    InboundReceived,
    PiecesMissing,
    PiecesSettled,
)
from rackhouse.platform.http.endpoint import VersionIsStale

__all__ = [
    "OPEN",
    "Arrival",
    "Inbound",
    "InboundChange",
    "InboundKind",
    "InboundLine",
    "InboundStatus",
    "cancel_inbound",
    "change_inbound",
    "receive_inbound",
]

InboundKind = Literal["purchase", "transfer"]
InboundStatus = Literal["expected", "in_transit", "received_in_part", "received", "cancelled"]

OPEN = ("expected", "in_transit", "received_in_part")
"""The statuses of shipments of which something is still to come."""


class InboundLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of one SKU in a shipment. ``units`` are their numbers, if they were told before, and
    ``settled_units`` those of them that have come, went back or are lost."""

    line: int
    sku: str
    lot: str = ""
    condition: str = SELLABLE
    quantity: int
    received: int = 0
    missing: int = 0
    cancelled: int = 0
    units: tuple[int, ...] = ()
    settled_units: tuple[int, ...] = ()
    missing_because: str | None = None

    @property
    def coming(self) -> int:
        """How many pieces are still to come."""
        return max(0, self.quantity - self.received - self.missing - self.cancelled)

    @property
    def coming_units(self) -> tuple[int, ...]:
        """The numbers that are still to come."""
        return tuple(each for each in self.units if each not in self.settled_units)


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """A shipment on its way to a location. The origin is a supplier's name or a location; the
    carrier is whoever has the goods meanwhile."""

    id: str
    kind: InboundKind
    origin: str
    destination: str
    carrier: str | None = None
    reference: str | None = None
    expected_at: datetime.datetime | None = None
    status: InboundStatus
    created_at: datetime.datetime
    changed_at: datetime.datetime
    version: int = 1
    lines: tuple[InboundLine, ...]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces that came, as somebody unpacks them."""

    sku: str
    quantity: int
    lot: str | None = None
    units: tuple[int, ...] = ()
    condition: str | None = None


class InboundChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be otherwise of a shipment; None leaves it as it is."""

    expected_at: datetime.datetime | None = None
    carrier: str | None = None
    has_set_out: bool = False
    reason: str


def change_inbound(
    inbound: Inbound, change: InboundChange, *, expected_version: int | None
) -> tuple[Inbound, InboundChanged | None]:
    """Expect a shipment at another time, by another carrier, or as one that has set out; the same
    again changes nothing. Refuses with `VersionIsStale` and `InboundIsNot`."""
    if expected_version not in (None, inbound.version):
        raise VersionIsStale(current=inbound.version)
    _must_be_open(inbound, "changed")
    changed = msgspec.structs.replace(
        inbound,
        expected_at=change.expected_at or inbound.expected_at,
        carrier=inbound.carrier if change.carrier is None else change.carrier or None,
        status="in_transit" if _sets_out(inbound, change) else inbound.status,
    )
    if changed == inbound:
        return inbound, None
    event = InboundChanged(
        changed.expected_at, changed.carrier or "", changed.status, change.reason
    )
    return msgspec.structs.replace(changed, version=inbound.version + 1), event


def receive_inbound(
    inbound: Inbound,
    arrivals: Sequence[Arrival] | None,
    *,
    is_all: bool,
    reason: str | None,
) -> tuple[Inbound, InboundReceived]:
    """Take in what came, or all that is still to come. With ``is_all`` nothing more will, and what
    did not come is missing; what was missing may still turn up.

    Refuses with `InboundIsNot`, `NotInInbound`, and without a reason for more or fewer than
    expected with `MoreThanExpected` and `ReasonNeeded`.
    """
    if inbound.status not in OPEN and not any(line.missing for line in inbound.lines):
        raise InboundIsNot(inbound_id=inbound.id, inbound_status=inbound.status, wanted="received")
    unpacking = _Unpacking(inbound, reason)
    for arrival in _all_of(inbound) if arrivals is None else arrivals:
        unpacking.take(arrival)
    missing = unpacking.miss_the_rest() if is_all else ()
    lines = tuple(unpacking.lines)
    status: InboundStatus = "received_in_part" if any(x.coming for x in lines) else "received"
    if status == "received_in_part" and not unpacking.came and inbound.status != status:
        status = inbound.status
    came = tuple(unpacking.came)
    return (
        msgspec.structs.replace(inbound, lines=lines, status=status, version=inbound.version + 1),
        InboundReceived(came, status, missing, reason or ""),
    )


def cancel_inbound(inbound: Inbound, reason: str) -> tuple[Inbound, InboundCancelled | None]:
    """Let what has not come come no more: of a transfer it goes back. Again changes nothing.

    Refuses with `InboundIsNot`.
    """
    if inbound.status == "cancelled":
        return inbound, None
    _must_be_open(inbound, "cancelled")
    status: InboundStatus = "received" if any(x.received for x in inbound.lines) else "cancelled"
    back = tuple(
        PiecesSettled(each.line, each.coming, each.lot, each.coming_units, each.condition)
        for each in inbound.lines
        if each.coming
    )
    lines = tuple(
        msgspec.structs.replace(
            each,
            cancelled=each.cancelled + each.coming,
            settled_units=(*each.settled_units, *each.coming_units),
        )
        for each in inbound.lines
    )
    return (
        msgspec.structs.replace(inbound, lines=lines, status=status, version=inbound.version + 1),
        InboundCancelled(reason, status, back if inbound.kind == "transfer" else ()),
    )


class _Unpacking:
    """The lines of a shipment while its pieces are taken out."""

    def __init__(self, inbound: Inbound, reason: str | None) -> None:
        self.lines = list(inbound.lines)
        self.came: list[PiecesSettled] = []
        self._inbound = inbound
        self._reason = reason

    def take(self, arrival: Arrival) -> None:
        """Count pieces on the lines that they belong to: where some are still to come, then where
        some were missing; what is more than that on the last of them."""
        fitting = [at for at, line in enumerate(self.lines) if self._fits(line, arrival)]
        if not fitting:
            raise NotInInbound(inbound_id=self._inbound.id, sku=arrival.sku, lot=arrival.lot)
        left, units = arrival.quantity, arrival.units
        for share in (_coming, _missing):
            for at in fitting:
                count = min(left, share(self.lines[at]))
                if count > 0:
                    units = self._settle(at, arrival, count, units, found=share is _missing)
                    left -= count
        if left > 0 and not self._reason:
            raise MoreThanExpected(
                sku=arrival.sku, came=arrival.quantity, expected=arrival.quantity - left
            )
        if left > 0:
            self._settle(fitting[-1], arrival, left, units, found=False)

    def miss_the_rest(self) -> tuple[PiecesMissing, ...]:
        """What has not come by now will not."""
        missing = []
        for at, line in enumerate(self.lines):
            if not line.coming:
                continue
            if not self._reason:
                raise ReasonNeeded(sku=line.sku, missing=line.coming)
            missing.append(PiecesMissing(line.line, line.coming, line.coming_units))
            self.lines[at] = msgspec.structs.replace(
                line,
                missing=line.missing + line.coming,
                settled_units=(*line.settled_units, *line.coming_units),
                missing_because=self._reason,
            )
        return tuple(missing)

    def _fits(self, line: InboundLine, arrival: Arrival) -> bool:
        if line.sku != arrival.sku:
            return False
        if arrival.lot is None or arrival.lot == line.lot:
            return True
        return self._inbound.kind == "purchase" and not line.lot

    def _settle(
        self, at: int, arrival: Arrival, count: int, units: tuple[int, ...], *, found: bool
    ) -> tuple[int, ...]:
        """Count pieces of a line as received; answers the numbers that are left."""
        line = self.lines[at]
        named = units[:count]
        if not named and count == line.coming and not found:
            named = line.coming_units
        lot = arrival.lot or line.lot
        condition = arrival.condition or line.condition
        self.came.append(PiecesSettled(line.line, count, lot, named, condition))
        self.lines[at] = msgspec.structs.replace(
            line,
            received=line.received + count,
            missing=line.missing - (count if found else 0),
            settled_units=tuple(dict.fromkeys((*line.settled_units, *named))),
        )
        return units[count:]


def _all_of(inbound: Inbound) -> list[Arrival]:
    coming = [
        Arrival(
            sku=line.sku,
            quantity=line.coming,
            lot=line.lot,
            units=line.coming_units,
            condition=line.condition,
        )
        for line in inbound.lines
        if line.coming
    ]
    if not coming:
        raise InboundIsNot(inbound_id=inbound.id, inbound_status=inbound.status, wanted="received")
    return coming


def _sets_out(inbound: Inbound, change: InboundChange) -> bool:
    return change.has_set_out and inbound.status == "expected"


def _must_be_open(inbound: Inbound, wanted: str) -> None:
    if inbound.status not in OPEN:
        raise InboundIsNot(inbound_id=inbound.id, inbound_status=inbound.status, wanted=wanted)


def _coming(line: InboundLine) -> int:
    return line.coming


def _missing(line: InboundLine) -> int:
    return line.missing
