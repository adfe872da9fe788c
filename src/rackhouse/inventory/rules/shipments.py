"""What a shipment is, and how its pieces are counted as they are taken out."""

import datetime
from collections.abc import Sequence
from typing import Literal

import msgspec

from rackhouse.inventory.events import SELLABLE, PiecesMissing, PiecesSettled
from rackhouse.inventory.inbound_errors import MoreThanExpected, NotInInbound, ReasonNeeded
from rackhouse.inventory.rules.state import Line

__all__ = [
    "STILL_COMING",
    "Arrival",
    "Inbound",
    "InboundChange",
    "InboundKind",
    "InboundLine",
    "InboundStatus",
    "Shipment",
    "Unpacking",
]

InboundKind = Literal["purchase", "transfer"]
InboundStatus = Literal["expected", "in_transit", "received_in_part", "received", "cancelled"]

STILL_COMING: tuple[InboundStatus, ...] = ("expected", "in_transit", "received_in_part")
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


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent where, as somebody tells of it."""

    destination: str
    lines: Sequence[Line]
    expected_at: datetime.datetime | None = None
    carrier: str | None = None
    reference: str | None = None


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


class Unpacking:
    """The lines of a shipment while its pieces are taken out."""

    def __init__(self, inbound: Inbound, reason: str | None) -> None:
        self.lines = list(inbound.lines)
        self.came: list[PiecesSettled] = []
        self._inbound = inbound
        self._reason = reason

    @property
    def status(self) -> InboundStatus:
        """How far the shipment has come."""
        if not any(line.coming for line in self.lines):
            return "received"
        return "received_in_part" if self.came else self._inbound.status

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


def _coming(line: InboundLine) -> int:
    return line.coming


def _missing(line: InboundLine) -> int:
    return line.missing
