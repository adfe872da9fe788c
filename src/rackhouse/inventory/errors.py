"""The refusals of inventory."""

from dataclasses import dataclass

import msgspec

from rackhouse.platform.errors import Busy, Conflict, Invalid, NotAllowed, NotFound

__all__ = [
    "BatchUnsettled",
    "BundleHasNoStock",
    "FewerThanReserved",
    "HoldHasEnded",
    "HoldNotFound",
    "HoldTooLong",
    "InvalidCoordinates",
    "LineNotInHold",
    "LocationNotFound",
    "LotNotFound",
    "LotNotSellable",
    "NotArrivedYet",
    "NotEnoughFree",
    "NotEnoughStock",
    "OtherChannel",
    "Shortage",
    "StockNotFound",
    "StockVersionStale",
    "UnitNotFree",
    "UnitsMustBeNamed",
]


@dataclass(eq=False)
class BatchUnsettled(Busy):
    """The stock of this request kept moving while it was waited for. Send the request again."""


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
class HoldNotFound(NotFound):
    """There is no hold {hold_id}."""

    hold_id: str


@dataclass(eq=False)
class HoldHasEnded(Conflict):
    """The hold {hold_id} is {hold_status}, so this can not be done with it any more."""

    hold_id: str
    hold_status: str


@dataclass(eq=False)
class LineNotInHold(Conflict):
    """The hold {hold_id} has {possible} of {sku} left for this, not {asked}."""

    hold_id: str
    sku: str
    asked: int
    possible: int


@dataclass(eq=False)
class HoldTooLong(Invalid):
    """ttl_seconds: a hold may last {limit_seconds} seconds at most."""

    limit_seconds: int


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
    """{id} is neither a product nor a SKU."""

    id: str


@dataclass(eq=False)
class BundleHasNoStock(Invalid):
    """{sku} is a bundle. Its stock is that of its components; change those."""

    sku: str


@dataclass(eq=False)
class FewerThanReserved(Conflict):
    """{sku} at {location} has {reserved} reserved, so on hand can not become {on_hand}."""

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
class OtherChannel(NotAllowed):
    """You act for the channel {own}, not for {channel}."""

    channel: str
    own: str


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
    """{sku} at {location} has {free} free pieces as described, not {asked}."""

    sku: str
    location: str
    lot: str | None
    channel: str | None
    condition: str
    asked: int
    free: int


@dataclass(eq=False)
class NotArrivedYet(Conflict):
    """What the hold {hold_id} has sold has not come yet. Ship it when it is there."""

    hold_id: str
