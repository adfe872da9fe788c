"""Shipments on their way in: goods that suppliers send, and transfers between locations."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.coming import Incoming
from rackhouse.inventory.commands import (
    CancelInbound,
    ChangeInbound,
    Command,
    ExpectInbound,
    ReceiveInbound,
    SendTransfer,
)
from rackhouse.inventory.events import Condition
from rackhouse.inventory.inbound_errors import InboundNotFound, SameLocation
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.locations import must_exist
from rackhouse.inventory.receiving import must_be_stocked
from rackhouse.inventory.rules import (
    Arrival,
    Inbound,
    InboundChange,
    InboundKind,
    InboundStatus,
    Shipment,
)
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House
from rackhouse.platform.ids import is_uuid, new_id

__all__ = [
    "InboundPlace",
    "cancel_inbound",
    "change_inbound",
    "expect_inbound",
    "inbound_of",
    "inbound_page",
    "incoming_of",
    "known_inbound",
    "receive_inbound",
    "send_transfer",
]


class InboundPlace(msgspec.Struct, frozen=True):
    """Where a page of shipments ended."""

    created_at: datetime.datetime
    id: str


@operation("inventory:write")
async def expect_inbound(*, context: Context, supplier: str, shipment: Shipment) -> Inbound:
    """Expect goods of a supplier at a location.

    Refuses with `ExpectedInThePast`, `LocationNotFound`, `BundleHasNoStock`, and what `catalog`
    refuses of SKUs.
    """
    await must_exist(context.house, [shipment.destination])
    await must_be_stocked(context.house, [line.sku for line in shipment.lines])
    command = ExpectInbound(
        context=context, inbound_id=new_id(), origin=supplier, shipment=shipment
    )
    return await _submit(command)


@operation("inventory:write")
async def send_transfer(
    *, context: Context, origin: str, shipment: Shipment, condition: Condition
) -> Inbound:
    """Send free pieces from one location to another. Until they are received they are in transit:
    at no location, on their way to the destination, and the carrier has them.

    Refuses with `SameLocation`, `ExpectedInThePast`, `LocationNotFound`, `NotEnoughFree`,
    `LotNotFound`, `UnitNotFree`, `BundleHasNoStock`, and what `catalog` refuses of SKUs.
    """
    if origin == shipment.destination:
        raise SameLocation(location=origin)
    await must_exist(context.house, [origin, shipment.destination])
    await must_be_stocked(context.house, [line.sku for line in shipment.lines])
    command = SendTransfer(
        context=context,
        inbound_id=new_id(),
        origin=origin,
        shipment=shipment,
        condition=condition,
    )
    return await _submit(command)


@operation("inventory:write")
async def change_inbound(
    *, context: Context, inbound_id: str, change: InboundChange, expected_version: int | None
) -> Inbound:
    """Expect a shipment at another time, by another carrier, or as one that has set out. Promises
    that stand on it are moved by as much.

    Refuses with `InboundNotFound`, `VersionIsStale` (None expects any version) and `InboundIsNot`.
    """
    seen = await known_inbound(context.house, inbound_id)
    command = ChangeInbound(
        context=context, seen=seen, change=change, expected_version=expected_version
    )
    return await _submit(command)


@operation("inventory:write")
async def receive_inbound(
    *,
    context: Context,
    inbound_id: str,
    arrivals: Sequence[Arrival] | None,
    is_all: bool,
    reason: str | None,
) -> Inbound:
    """Take in what came of a shipment, or (None) all that is still to come.

    With ``is_all`` nothing more will come: what did not is missing, for the ``reason`` given. What
    is sellable goes first to those whom it was promised to. Refuses with `InboundNotFound`,
    `InboundIsNot`, `NotInInbound`, `MoreThanExpected`, `ReasonNeeded`, `LotNotFound`,
    `UnitsMustBeNamed` and `UnitNotFree`.
    """
    command = ReceiveInbound(
        context=context,
        seen=await known_inbound(context.house, inbound_id),
        arrivals=arrivals,
        is_all=is_all,
        reason=reason,
    )
    return await _submit(command)


@operation("inventory:write")
async def cancel_inbound(*, context: Context, inbound_id: str, reason: str) -> Inbound:
    """Let what has not come of a shipment come no more; of a transfer it is at its origin again.
    Again changes nothing.

    Refuses with `InboundNotFound` and `InboundIsNot`.
    """
    seen = await known_inbound(context.house, inbound_id)
    return await _submit(CancelInbound(context=context, seen=seen, reason=reason))


@operation("inventory:read")
async def inbound_of(*, context: Context, inbound_id: str) -> Inbound:
    """A shipment; refuses with `InboundNotFound`."""
    return await known_inbound(context.house, inbound_id)


@operation("inventory:read")
async def inbound_page(
    *,
    context: Context,
    before: InboundPlace | None,
    kind: InboundKind | None,
    statuses: Sequence[InboundStatus] | None,
    destination: str | None,
    sku: str | None,
    limit: int,
) -> list[Inbound]:
    """Shipments, the newest first."""
    async with context.house.database("inventory").reading() as tx:
        return await store.inbound_page(
            tx,
            before=(before.created_at, before.id) if before else None,
            kind=kind,
            statuses=statuses,
            destination=destination,
            sku=sku,
            limit=limit,
        )


async def incoming_of(*, house: House, skus: Sequence[str]) -> dict[str, dict[str, Incoming]]:
    """What is on its way of some SKUs, by SKU and by the location that it goes to."""
    async with house.database("inventory").reading() as tx:
        rows = await store.incoming(tx, skus)
    found: dict[str, dict[str, Incoming]] = {}
    for sku, location, quantity, expected_at in rows:
        found.setdefault(sku, {})[location] = Incoming(quantity, expected_at)
    return found


async def known_inbound(house: House, inbound_id: str) -> Inbound:
    """The shipment of an id; refuses with `InboundNotFound`."""
    found: list[Inbound] = []
    if is_uuid(inbound_id):
        async with house.database("inventory").reading() as tx:
            found = await store.inbounds_of(tx, [inbound_id])
    if not found:
        raise InboundNotFound(inbound_id=inbound_id)
    return found[0]


async def _submit(command: Command) -> Inbound:
    answer: Any = await command.context.house.the(StockLane).submit(command)
    inbound: Inbound = answer
    return inbound
