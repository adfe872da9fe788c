"""Inventory: what exists, where it is, and for whom it is set aside until when."""

from rackhouse.inventory.as_of import AvailabilityAsOf, availability_as_of
from rackhouse.inventory.audit import Audit, ClockStep, Discrepancy, audit_stock, rebuild_stock
from rackhouse.inventory.availability import (
    Availability,
    AvailabilityAtLocation,
    AvailabilityOfSku,
    availability,
    recorded_stock,
    stock_page,
)
from rackhouse.inventory.commands import Adjust
from rackhouse.inventory.errors import (
    HoldHasEnded,
    HoldNotFound,
    HoldTooLong,
    LineNotInHold,
    LocationNotFound,
    MomentInFuture,
    NotEnoughStock,
    OtherChannel,
    Shortage,
    StockNotFound,
    TooMuchToExplain,
)
from rackhouse.inventory.events import (
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    StockAdjusted,
    StockReceived,
    StockReturned,
    StockShipped,
)
from rackhouse.inventory.explaining import Told, in_words, moment, told
from rackhouse.inventory.explanations import Explanation, StockExplanation, StockPlace
from rackhouse.inventory.history import explain, explain_before
from rackhouse.inventory.holds import (
    confirm_hold,
    extend_hold,
    hold_of,
    holds_of,
    live_holds,
    place_hold,
    release_hold,
    remembered_answer,
    return_goods,
    ship_hold,
)
from rackhouse.inventory.locations import Location, locations, open_location
from rackhouse.inventory.movements import Movement, MovementPlace, movements
from rackhouse.inventory.receiving import adjust_stock, receive_stock
from rackhouse.inventory.rules import Allocation, Hold, Line, Stock
from rackhouse.inventory.snapshots import rebuild_snapshots
from rackhouse.inventory.sums import Figures

__all__ = [
    "Adjust",
    "Allocation",
    "Audit",
    "Availability",
    "AvailabilityAsOf",
    "AvailabilityAtLocation",
    "AvailabilityOfSku",
    "ClockStep",
    "Discrepancy",
    "Explanation",
    "Figures",
    "Hold",
    "HoldConfirmed",
    "HoldExpired",
    "HoldExtended",
    "HoldHasEnded",
    "HoldNotFound",
    "HoldPlaced",
    "HoldReleased",
    "HoldTooLong",
    "Line",
    "LineNotInHold",
    "Location",
    "LocationNotFound",
    "MomentInFuture",
    "Movement",
    "MovementPlace",
    "NotEnoughStock",
    "OtherChannel",
    "Shortage",
    "Stock",
    "StockAdjusted",
    "StockExplanation",
    "StockNotFound",
    "StockPlace",
    "StockReceived",
    "StockReturned",
    "StockShipped",
    "Told",
    "TooMuchToExplain",
    "adjust_stock",
    "audit_stock",
    "availability",
    "availability_as_of",
    "confirm_hold",
    "explain",
    "explain_before",
    "extend_hold",
    "hold_of",
    "holds_of",
    "in_words",
    "live_holds",
    "locations",
    "moment",
    "movements",
    "open_location",
    "place_hold",
    "rebuild_snapshots",
    "rebuild_stock",
    "receive_stock",
    "recorded_stock",
    "release_hold",
    "remembered_answer",
    "return_goods",
    "ship_hold",
    "stock_page",
    "told",
]
