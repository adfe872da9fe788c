"""Shipments for tests to start from."""

import datetime
from typing import Any

from promising import SPRING

from houses import Shop
from rackhouse.inventory import (
    Arrival,
    Inbound,
    Incoming,
    Line,
    Shipment,
    expect_inbound,
    incoming_of,
    receive_inbound,
    send_transfer,
    unit_of,
)
from rackhouse.platform.context import Context

__all__ = [
    "SUMMER",
    "expect",
    "on_the_way",
    "receive",
    "send",
    "some",
    "told",
    "unit_now",
]

SUMMER = datetime.datetime(2035, 7, 1, tzinfo=datetime.UTC)


async def expect(shop: Shop, *lines: Line, **facts: Any) -> Inbound:
    asked = {"lines": lines or [Line(shop.sku, 10)], "expected_at": SPRING, **facts}
    shipment = Shipment(destination=shop.location, reference="PO-7", **asked)
    return await expect_inbound(context=shop.context, supplier="Cooper & Sons", shipment=shipment)


async def send(
    shop: Shop, *lines: Line, condition: str = "sellable", to: str | None = None, **facts: Any
) -> Inbound:
    shipment = Shipment(
        destination=to or shop.locations[1],
        lines=lines or [Line(shop.sku, 4)],
        carrier="Ada with the van",
        **facts,
    )
    return await send_transfer(
        context=shop.context, origin=shop.location, shipment=shipment, condition=condition
    )


async def receive(
    shop: Shop,
    inbound: Inbound,
    *arrivals: Arrival,
    is_all: bool = False,
    reason: str | None = None,
    context: Context | None = None,
) -> Inbound:
    return await receive_inbound(
        context=context or shop.context,
        inbound_id=inbound.id,
        arrivals=arrivals or None,
        is_all=is_all,
        reason=reason,
    )


def some(shop: Shop, quantity: int, **facts: Any) -> Arrival:
    return Arrival(sku=shop.sku, quantity=quantity, **facts)


async def told(inbound: Inbound) -> list[tuple[int, int, int, int]]:
    """Coming, received, missing and cancelled of each line."""
    return [(each.coming, each.received, each.missing, each.cancelled) for each in inbound.lines]


async def on_the_way(shop: Shop) -> dict[str, Incoming]:
    return (await incoming_of(house=shop.house, skus=[shop.sku])).get(shop.sku, {})


async def unit_now(shop: Shop, number: int) -> tuple[str, str]:
    unit = await unit_of(context=shop.context, sku=shop.sku, lot="cask", number=number)
    return unit.state, unit.location
