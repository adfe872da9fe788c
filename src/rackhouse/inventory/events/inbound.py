"""What can happen to a shipment on its way in. Each event belongs to the stream ``inbound:<id>``;
what it changes of stock is told by the streams of that stock."""

import datetime

import msgspec

from rackhouse.inventory.events.slots import SELLABLE

__all__ = [
    "InboundCancelled",
    "InboundChanged",
    "InboundExpected",
    "InboundReceived",
    "InboundSent",
    "PiecesExpected",
    "PiecesMissing",
    "PiecesSettled",
]


class PiecesExpected(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces of one line of a shipment."""

    sku: str
    quantity: int
    lot: str = ""
    units: tuple[int, ...] = ()
    condition: str = SELLABLE


class PiecesSettled(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces of a line that came, or went back, with their lot and condition."""

    line: int
    quantity: int
    lot: str = ""
    units: tuple[int, ...] = ()
    condition: str = SELLABLE


class PiecesMissing(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces of a line that did not come."""

    line: int
    quantity: int
    units: tuple[int, ...] = ()


class InboundExpected(msgspec.Struct, frozen=True, omit_defaults=True):
    """Goods were bought of a supplier and are expected."""

    origin: str
    destination: str
    lines: tuple[PiecesExpected, ...]
    expected_at: datetime.datetime | None = None
    carrier: str = ""
    reference: str = ""


class InboundSent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Goods left a location for another one; the carrier has them until they are received."""

    origin: str
    destination: str
    lines: tuple[PiecesExpected, ...]
    expected_at: datetime.datetime | None = None
    carrier: str = ""
    reference: str = ""


class InboundChanged(msgspec.Struct, frozen=True):
    """A shipment is expected at another time, has another carrier, or has set out."""

    expected_at: datetime.datetime | None
    carrier: str
    inbound_status: str
    reason: str


class InboundReceived(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces of a shipment came in; ``missing`` are those that are taken for lost, ``reason`` says
    why there are more or fewer than expected."""

    came: tuple[PiecesSettled, ...]
    inbound_status: str
    missing: tuple[PiecesMissing, ...] = ()
    reason: str = ""


class InboundCancelled(msgspec.Struct, frozen=True, omit_defaults=True):
    """What has not come of a shipment comes no more; pieces of a transfer went back."""

    reason: str
    inbound_status: str
    back: tuple[PiecesSettled, ...] = ()
