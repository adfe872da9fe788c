"""The refusals of stock, its lots and its units."""

import datetime
from dataclasses import dataclass

import msgspec

from rackhouse.platform.errors import Conflict, Invalid, NotFound

__all__ = [
    "BundleHasNoStock",
    "FewerThanReserved",
    "InvalidCoordinates",
    "LocationNotFound",
    "LotNotFound",
    "LotNotSellable",
    "MomentInFuture",
    "NotEnoughFree",
    "NotEnoughStock",
    "Shortage",
    "StockNotFound",
    "StockVersionStale",
    "TooMuchToExplain",
    "UnitNotFree",
    "UnitsMustBeNamed",
]


class Shortage(msgspec.Struct, frozen=True):
    """What one line asked for and what there is."""

    sku: str
    asked: int
    available: int


@dataclass(eq=False)
class NotEnoughStock(Conflict):
    """There is not enough stock for every line. Nothing was reserved."""

    lines: list[Shortage]
    why: str = "not_enough"


@dataclass(eq=False)
class LocationNotFound(NotFound):
    """There is no location {location}. Open it first."""

    location: str


@dataclass(eq=False)
class InvalidCoordinates(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


@dataclass(eq=False)
class StockNotFound(NotFound):
    """{id} is neither a product nor a SKU. Create it in the catalog first."""

    id: str


@dataclass(eq=False)
class MomentInFuture(Invalid):
    """as_of: {as_of} has not come yet; it is {now}. Ask for a moment that has passed."""

    as_of: datetime.datetime
    now: datetime.datetime


@dataclass(eq=False)
class TooMuchToExplain(Invalid):
    """{id} has stock in {count} places, and one answer explains {limit} at most. Ask for one SKU
    of it, or for one location."""

    id: str
    count: int
    limit: int


@dataclass(eq=False)
class BundleHasNoStock(Invalid):
    """{sku} is a bundle. Its stock is that of its components; change those."""

    sku: str


@dataclass(eq=False)
class FewerThanReserved(Conflict):
    """{sku} at {location} has {reserved} reserved, so on hand can not become {on_hand}. Release
    what is reserved first, or correct it to no less than that."""

    sku: str
    location: str
    on_hand: int
    reserved: int


@dataclass(eq=False)
class StockVersionStale(Conflict):
    """{sku} at {location} is at version {current}, not {expected}. Read it again, then change."""

    sku: str
    location: str
    expected: int
    current: int


@dataclass(eq=False)
class LotNotFound(NotFound):
    """There is no lot {lot} of {sku}. Register it first."""

    sku: str
    lot: str


@dataclass(eq=False)
class LotNotSellable(Conflict):
    """The lot {lot} of {sku} is {lot_status}, so none of it can be sold. Ask for another lot."""

    sku: str
    lot: str
    lot_status: str


@dataclass(eq=False)
class UnitNotFree(Conflict):
    """Number {number} of the lot {lot} of {sku} is {unit_state}, so it can not be taken here. Ask
    for another number, or for any."""

    sku: str
    lot: str
    number: int
    unit_state: str


@dataclass(eq=False)
class UnitsMustBeNamed(Invalid):
    """units: the pieces of the lot {lot} of {sku} are numbered. Name the {quantity} numbers."""

    sku: str
    lot: str
    quantity: int


@dataclass(eq=False)
class NotEnoughFree(Conflict):
    """{sku} at {location} has {free} free pieces as described, not {asked}. Ask for no more than
    that."""

    sku: str
    location: str
    lot: str | None
    channel: str | None
    condition: str
    asked: int
    free: int
