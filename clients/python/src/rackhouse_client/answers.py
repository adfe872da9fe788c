"""Answers: what the service tells, as frozen structs. Members that are not listed are left out."""

import datetime
from typing import Any, Generic, TypeVar

import msgspec

__all__ = [
    "Allocation",
    "Availability",
    "AvailabilityAtLocation",
    "AvailabilityOfMany",
    "AvailabilityOfSku",
    "Channel",
    "Component",
    "Hold",
    "HoldLine",
    "Inventory",
    "Location",
    "Lot",
    "Media",
    "Movement",
    "Order",
    "OrderDetail",
    "OrderLine",
    "Page",
    "Product",
    "Promised",
    "ReturnAnswer",
    "ReturnsAnswer",
    "SaleAnswer",
    "SalesAnswer",
    "Shortage",
    "Stock",
    "Stocks",
    "Variant",
]

Item = TypeVar("Item")


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """Part of a list; ask with ``next_cursor`` for the next one, null on the last."""

    items: list[Item]
    next_cursor: str | None = None


class Component(msgspec.Struct, frozen=True):
    """How many of another SKU one bundle takes."""

    sku: str
    quantity: int


class Media(msgspec.Struct, frozen=True):
    """A picture, a film or a model, and what it is for."""

    kind: str
    url: str
    alt: str = ""
    role: str = "gallery"


class Variant(msgspec.Struct, frozen=True):
    """One sellable form of a product; with components a bundle."""

    sku: str
    name: str | None = None
    options: dict[str, str] = {}
    barcode: str | None = None
    price_minor: int | None = None
    components: list[Component] = []


class Product(msgspec.Struct, frozen=True):
    """A product. Prices are in minor units of ``currency``."""

    id: str
    type: str
    name: str
    version: int
    brand: str | None = None
    description: str = ""
    categories: list[str] = []
    tags: list[str] = []
    price_minor: int | None = None
    currency: str | None = None
    release_date: datetime.date | None = None
    media: list[Media] = []
    attributes: dict[str, Any] = {}
    variants: list[Variant] = []
    created_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None


class AvailabilityAtLocation(msgspec.Struct, frozen=True):
    """The figures of a SKU at a location."""

    location: str
    on_hand: int
    held: int
    committed: int
    available: int
    version: int
    unavailable: int = 0
    allotted: int = 0
    safety: int = 0
    incoming: int = 0
    incoming_at: datetime.datetime | None = None


class Promised(msgspec.Struct, frozen=True):
    """What may be sold before it comes, and for when."""

    available: int
    promised_at: datetime.datetime


class AvailabilityOfSku(msgspec.Struct, frozen=True):
    """The figures of a SKU, in sum and by location."""

    sku: str
    on_hand: int
    reserved: int
    available: int
    locations: list[AvailabilityAtLocation]
    promised: Promised | None = None


class Availability(msgspec.Struct, frozen=True):
    """The figures of one that was asked for by ``id``: of a product's SKUs, or of a SKU."""

    id: str
    product_id: str
    skus: list[AvailabilityOfSku]


class AvailabilityOfMany(msgspec.Struct, frozen=True):
    """The figures of many, and the ids that are neither a product's nor a SKU."""

    items: list[Availability]
    unknown: list[str]


class Inventory(msgspec.Struct, frozen=True):
    """The figures of a product's SKUs: now, or as of a moment."""

    product_id: str | None
    skus: list[AvailabilityOfSku]
    as_of: datetime.datetime | None = None
    first_event_at: datetime.datetime | None = None
    note: str | None = None


class Stock(msgspec.Struct, frozen=True):
    """The figures of a SKU at a location."""

    sku: str
    location: str
    on_hand: int
    held: int
    committed: int
    available: int
    version: int


class Stocks(msgspec.Struct, frozen=True):
    """The figures of several SKUs."""

    items: list[Stock]


class Movement(msgspec.Struct, frozen=True):
    """One event of stock, with the figures after it."""

    sku: str
    location: str
    version: int
    type: str
    change: dict[str, int]
    on_hand: int
    held: int
    committed: int
    facts: dict[str, Any]
    actor: str
    channel: str | None
    correlation_id: str
    recorded_at: datetime.datetime
    position: int
    hash: str


class Location(msgspec.Struct, frozen=True):
    """A place where stock lies."""

    id: str
    name: str
    kind: str
    version: int
    latitude: float | None = None
    longitude: float | None = None


class Lot(msgspec.Struct, frozen=True):
    """A batch that was received together."""

    sku: str
    lot: str
    status: str
    version: int
    made_on: datetime.date | None = None
    release_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    numbered: int | None = None
    recall_reason: str | None = None
    attributes: dict[str, Any] = {}


class Channel(msgspec.Struct, frozen=True):
    """Who sells, and from which locations in which order."""

    id: str
    name: str
    kind: str
    locations: list[str]
    enabled: bool
    version: int


class Allocation(msgspec.Struct, frozen=True):
    """Where pieces of a line are, and what became of them."""

    line: int
    sku: str
    location: str
    quantity: int
    held: int
    committed: int
    shipped: int
    returned: int
    lot: str | None = None
    allotment: str | None = None
    units: list[int] = []
    shipped_units: list[int] = []


class HoldLine(msgspec.Struct, frozen=True):
    """What was asked for."""

    sku: str
    quantity: int
    lot: str | None = None
    units: list[int] = []


class Hold(msgspec.Struct, frozen=True):
    """A hold: `held` until ``expires_at``, or `confirmed`, `released` or `expired`."""

    id: str
    status: str
    channel: str
    customer_id: str | None
    lines: list[HoldLine]
    allocations: list[Allocation]
    placed_at: datetime.datetime
    expires_at: datetime.datetime


class OrderLine(msgspec.Struct, frozen=True):
    """What was bought, at which price apiece, and what became of it."""

    sku: str
    quantity: int
    name: str | None = None
    price_minor: int | None = None
    currency: str | None = None
    shipped: int = 0
    returned: int = 0


class Order(msgspec.Struct, frozen=True):
    """What a customer bought through a channel."""

    id: str
    status: str
    channel: str
    external_id: str | None
    customer_id: str | None
    lines: list[OrderLine]
    total_minor: int | None
    currency: str | None
    hold_id: str
    reservation_expires_at: datetime.datetime | None
    placed_at: datetime.datetime
    changed_at: datetime.datetime
    version: int


class OrderDetail(Order, frozen=True, kw_only=True):
    """An order with where its pieces are."""

    allocations: list[Allocation]


class Shortage(msgspec.Struct, frozen=True):
    """What there was of what was asked for."""

    sku: str
    asked: int
    available: int


class SaleAnswer(msgspec.Struct, frozen=True):
    """What became of a reported sale: `recorded`, `repeated`, `conflicting`, `exceeded`,
    `dismissed` or `refused`."""

    external_id: str
    status: str
    order_id: str | None
    missing: list[Shortage]
    problem: dict[str, Any] | None


class SalesAnswer(msgspec.Struct, frozen=True):
    """What became of each reported sale."""

    sales: list[SaleAnswer]


class ReturnAnswer(msgspec.Struct, frozen=True):
    """What became of a reported return: `recorded`, `repeated`, `conflicting`, `waiting`,
    `exceeded` or `refused`."""

    external_id: str
    status: str
    order_id: str | None
    missing: list[Shortage]
    problem: dict[str, Any] | None


class ReturnsAnswer(msgspec.Struct, frozen=True):
    """What became of each reported return."""

    returns: list[ReturnAnswer]
