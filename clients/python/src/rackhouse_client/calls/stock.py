"""Requests about stock: what there is, where, and what came and went."""

import datetime
from collections.abc import Sequence

from rackhouse_client.answers import (
    AvailabilityOfMany,
    Channel,
    Inventory,
    Location,
    Lot,
    Movement,
    Page,
    Stock,
    Stocks,
)
from rackhouse_client.calls.request import Line, Request, asked

__all__ = [
    "adjust",
    "availability",
    "channels",
    "inventory",
    "locations",
    "lots",
    "movements",
    "open_location",
    "receive",
    "stock",
]


def availability(ids: Sequence[str], *, channel: str | None = None) -> Request[AvailabilityOfMany]:
    """What there is of up to 100 products and SKUs, everywhere or as a channel sees it."""
    query = {"ids": ",".join(ids), "channel": channel}
    path = "/api/v1/inventory/availability"
    return asked("GET", path, AvailabilityOfMany, query=query)


def inventory(
    id: str,  # noqa: A002
    *,
    channel: str | None = None,
    as_of: datetime.datetime | None = None,
) -> Request[Inventory]:
    """What there is of a product or SKU at every location, or was at a moment."""
    query = {"channel": channel, "as_of": as_of and as_of.isoformat()}
    path, places = "/api/v1/inventory/{id}", {"id": id}
    return asked("GET", path, Inventory, places=places, query=query)


def stock(
    *, location: str | None = None, cursor: str | None = None, limit: int | None = None
) -> Request[Page[Stock]]:
    """Stock by SKU and location."""
    query = {"location": location, "cursor": cursor, "limit": limit}
    return asked("GET", "/api/v1/inventory", Page[Stock], query=query)


def receive(
    location: str,
    lines: Sequence[Line],
    *,
    reference: str | None = None,
    condition: str | None = None,
    key: str | None = None,
) -> Request[Stocks]:
    """Take pieces in at a location."""
    body = {
        "location": location,
        "lines": list(lines),
        "reference": reference,
        "condition": condition,
    }
    return asked("POST", "/api/v1/inventory/receive", Stocks, body=body, key=key)


def adjust(
    sku: str,
    location: str,
    *,
    reason: str,
    delta: int | None = None,
    counted: int | None = None,
    expected_version: int | None = None,
    lot: str | None = None,
    condition: str | None = None,
    key: str | None = None,
) -> Request[Stock]:
    """Correct what is on hand, by a delta or to what was counted."""
    body = {
        "sku": sku,
        "location": location,
        "reason": reason,
        "delta": delta,
        "counted": counted,
        "expected_version": expected_version,
        "lot": lot,
        "condition": condition,
    }
    return asked("POST", "/api/v1/inventory/adjust", Stock, body=body, key=key)


def movements(
    id: str,  # noqa: A002
    *,
    location: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Request[Page[Movement]]:
    """What happened to the stock of a product or SKU, the newest first."""
    query = {"location": location, "cursor": cursor, "limit": limit}
    path, places = "/api/v1/inventory/{id}/movements", {"id": id}
    return asked("GET", path, Page[Movement], places=places, query=query)


def lots(
    *,
    sku: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Request[Page[Lot]]:
    """Lots in order of SKU and id."""
    query = {"sku": sku, "status": status, "cursor": cursor, "limit": limit}
    return asked("GET", "/api/v1/lots", Page[Lot], query=query)


def locations(*, cursor: str | None = None, limit: int | None = None) -> Request[Page[Location]]:
    """The places where stock lies."""
    query = {"cursor": cursor, "limit": limit}
    return asked("GET", "/api/v1/locations", Page[Location], query=query)


def open_location(
    id: str,  # noqa: A002
    *,
    name: str,
    kind: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    key: str | None = None,
) -> Request[Location]:
    """Open a location, or give it another name."""
    body = {"id": id, "name": name, "kind": kind, "latitude": latitude, "longitude": longitude}
    return asked("POST", "/api/v1/locations", Location, body=body, key=key)


def channels() -> Request[Page[Channel]]:
    """The channels, each with the locations that serve it."""
    return asked("GET", "/api/v1/channels", Page[Channel])
