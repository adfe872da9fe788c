"""Shipments on their way in: purchases from suppliers, and transfers between locations."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.inventory.events import (
    InboundCancelled,
    InboundChanged,
    InboundReceived,
    PiecesSettled,
)
from rackhouse.inventory.inbound_errors import ExpectedInThePast, InboundIsNot
from rackhouse.inventory.rules.shipments import (
    STILL_COMING,
    Arrival,
    Inbound,
    InboundChange,
    InboundLine,
    InboundStatus,
    Unpacking,
)
from rackhouse.platform.http.endpoint import VersionIsStale

__all__ = ["cancel_inbound", "change_inbound", "must_come_later", "receive_inbound"]


def must_come_later(expected_at: datetime.datetime | None, now: datetime.datetime) -> None:
    """Refuse with `ExpectedInThePast` a time that is over; none is always right."""
    if expected_at is not None and expected_at <= now:
        raise ExpectedInThePast(expected_at=expected_at)


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
    if inbound.status not in STILL_COMING and not any(line.missing for line in inbound.lines):
        raise InboundIsNot(inbound_id=inbound.id, inbound_status=inbound.status, wanted="received")
    unpacking = Unpacking(inbound, reason)
    for arrival in _all_of(inbound) if arrivals is None else arrivals:
        unpacking.take(arrival)
    missing = unpacking.miss_the_rest() if is_all else ()
    after = _next(inbound, unpacking.lines, unpacking.status)
    return after, InboundReceived(tuple(unpacking.came), after.status, missing, reason or "")


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
    lines = [
        msgspec.structs.replace(
            each,
            cancelled=each.cancelled + each.coming,
            settled_units=(*each.settled_units, *each.coming_units),
        )
        for each in inbound.lines
    ]
    event = InboundCancelled(reason, status, back if inbound.kind == "transfer" else ())
    return _next(inbound, lines, status), event


def _next(inbound: Inbound, lines: Sequence[InboundLine], status: InboundStatus) -> Inbound:
    return msgspec.structs.replace(
        inbound, lines=tuple(lines), status=status, version=inbound.version + 1
    )


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
    if inbound.status not in STILL_COMING:
        raise InboundIsNot(inbound_id=inbound.id, inbound_status=inbound.status, wanted=wanted)
