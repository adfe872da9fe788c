"""What is said of shipments over HTTP, and what is answered."""

import datetime
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rackhouse.inventory.events import Condition
from rackhouse.inventory.http.receiving import ReceiveLineBody, receive_lines_of
from rackhouse.inventory.http.shapes import LINES_LIMIT, Handle, HoldLines, Reason, Sku, Time
from rackhouse.inventory.rules import (
    Arrival,
    Inbound,
    InboundKind,
    InboundLine,
    InboundStatus,
    Line,
    Shipment,
)
from rackhouse.platform.http import PageQuery

__all__ = [
    "ArrivalsBody",
    "CancelBody",
    "InboundAnswer",
    "InboundBody",
    "InboundChangeBody",
    "InboundQuery",
    "TransferBody",
    "arrivals_of",
    "inbound_answer",
]

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Status = Literal["open", "expected", "in_transit", "received_in_part", "received", "cancelled"]

_CARRIER = "Who has the goods on their way: a carrier or a person."
_EXPECTED_AT = "When they are expected."
_REFERENCE = "Your own number of it, such as that of the order to the supplier."


class _Shipment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    destination: Handle
    expected_at: Annotated[Time | None, Meta(description=_EXPECTED_AT)] = None
    carrier: Annotated[Name | None, Meta(description=_CARRIER)] = None
    reference: Annotated[Name | None, Meta(description=_REFERENCE)] = None

    def shipment(self, lines: Sequence[Line]) -> Shipment:
        """As the operation takes it."""
        return Shipment(
            destination=self.destination,
            lines=lines,
            expected_at=self.expected_at,
            carrier=self.carrier,
            reference=self.reference,
        )


class InboundBody(_Shipment, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Goods to expect of a supplier."""

    supplier: Name
    lines: Annotated[list[ReceiveLineBody], Meta(min_length=1, max_length=LINES_LIMIT)]


class TransferBody(_Shipment, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Pieces to send to another location: those that are named, or as they are picked."""

    origin: Handle
    lines: HoldLines
    condition: Annotated[
        Condition, Meta(description="The condition of the pieces that are sent.")
    ] = "sellable"


class ArrivalBody(ReceiveLineBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Pieces that came."""

    condition: Annotated[
        Condition | None, Meta(description="How they are; as expected, if nothing is said.")
    ] = None


class ArrivalsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came: all that is still to come, if no lines are given."""

    lines: Annotated[list[ArrivalBody], Meta(max_length=LINES_LIMIT)] | None = None
    complete: Annotated[
        bool, Meta(description="Nothing more will come; what did not is missing.")
    ] = False
    reason: Annotated[
        Reason | None, Meta(description="Why more or fewer came than were expected.")
    ] = None


class InboundChangeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is left out stays."""

    expected_at: Annotated[Time | None, Meta(description=_EXPECTED_AT)] = None
    carrier: Annotated[Name | None, Meta(description=_CARRIER)] = None
    in_transit: Annotated[bool, Meta(description="It has set out.")] = False
    reason: Reason = "changed"


class CancelBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it comes no more."""

    reason: Reason = "cancelled"


class InboundLineAnswer(msgspec.Struct, frozen=True):
    """Pieces of one SKU in a shipment. ``coming`` are those that have not come yet, ``missing``
    those that did not."""

    sku: str
    lot: str | None
    condition: str
    quantity: int
    coming: int
    received: int
    missing: int
    cancelled: int
    units: tuple[int, ...]
    coming_units: tuple[int, ...]
    missing_because: str | None


class InboundAnswer(msgspec.Struct, frozen=True):
    """A shipment on its way. The ``origin`` is a supplier's name or a location; until it is
    received the ``carrier`` has it, and it is owed to the ``destination``."""

    id: str
    kind: InboundKind
    status: InboundStatus
    origin: str
    destination: str
    carrier: str | None
    reference: str | None
    expected_at: datetime.datetime | None
    lines: list[InboundLineAnswer]
    created_at: datetime.datetime
    changed_at: datetime.datetime
    version: int


class InboundQuery(PageQuery, frozen=True, kw_only=True):
    """Which shipments to list."""

    status: Annotated[
        Status | None,
        Meta(description="Only in this status; `open` are all of which something is to come."),
    ] = None
    kind: Annotated[InboundKind | None, Meta(description="Only purchases, or transfers.")] = None
    destination: Annotated[str | None, Meta(description="Only to this location.")] = None
    sku: Annotated[Sku | None, Meta(description="Only with this SKU.")] = None


def arrivals_of(lines: list[ArrivalBody]) -> list[Arrival]:
    """What a body says that came."""
    return [
        Arrival(
            sku=line.sku,
            quantity=line.quantity,
            lot=line.lot,
            units=line.units,
            condition=body.condition,
        )
        for line, body in zip(receive_lines_of(lines), lines, strict=True)
    ]


def inbound_answer(inbound: Inbound) -> InboundAnswer:
    """A shipment as the API shows it."""
    return InboundAnswer(
        inbound.id,
        inbound.kind,
        inbound.status,
        inbound.origin,
        inbound.destination,
        inbound.carrier,
        inbound.reference,
        inbound.expected_at,
        [_line(each) for each in inbound.lines],
        inbound.created_at,
        inbound.changed_at,
        inbound.version,
    )


def _line(line: InboundLine) -> InboundLineAnswer:
    return InboundLineAnswer(
        line.sku,
        line.lot or None,
        line.condition,
        line.quantity,
        line.coming,
        line.received,
        line.missing,
        line.cancelled,
        line.units,
        line.coming_units,
        line.missing_because,
    )
