"""The facts that inventory publishes."""

from typing import TypeAlias

import msgspec

from rackhouse.inventory.events.counts import (
    CountCancelled,
    CountedLine,
    CountOpened,
    CountPosted,
    CountRecorded,
    CountReviewed,
    CountSubmitted,
)
from rackhouse.inventory.events.holds import (
    HoldAllocated,
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    PromiseKept,
    StockReturned,
    StockShipped,
)
from rackhouse.inventory.events.lots import LotChanged, LotRecalled, LotRegistered, LotReinstated
from rackhouse.inventory.events.places import LocationOpened
from rackhouse.inventory.events.slots import (
    PLAIN,
    PROMISED,
    SELLABLE,
    Change,
    Condition,
    Part,
    Parts,
    Slot,
)
from rackhouse.inventory.events.stock import (
    AllotmentReturned,
    LotStatusChanged,
    PromiseMade,
    PromiseMoved,
    SafetyStockSet,
    StockAdjusted,
    StockAllotted,
    StockConditionChanged,
    StockReceived,
    TransferReceived,
    TransferSent,
)

__all__ = [
    "EVENT_TYPES",
    "PLAIN",
    "PROMISED",
    "SELLABLE",
    "AllotmentReturned",
    "Change",
    "Condition",
    "CountCancelled",
    "CountOpened",
    "CountPosted",
    "CountRecorded",
    "CountReviewed",
    "CountSubmitted",
    "CountedLine",
    "HoldAllocated",
    "HoldConfirmed",
    "HoldExpired",
    "HoldExtended",
    "HoldPlaced",
    "HoldReleased",
    "LocationOpened",
    "LotChanged",
    "LotRecalled",
    "LotRegistered",
    "LotReinstated",
    "LotStatusChanged",
    "Part",
    "Parts",
    "PromiseKept",
    "PromiseMade",
    "PromiseMoved",
    "SafetyStockSet",
    "Slot",
    "StockAdjusted",
    "StockAllotted",
    "StockConditionChanged",
    "StockEvent",
    "StockReceived",
    "StockReturned",
    "StockShipped",
    "TransferReceived",
    "TransferSent",
]

StockEvent: TypeAlias = (
    StockReceived
    | StockAdjusted
    | StockConditionChanged
    | StockAllotted
    | AllotmentReturned
    | TransferSent
    | TransferReceived
    | SafetyStockSet
    | LotStatusChanged
    | PromiseMade
    | PromiseMoved
    | PromiseKept
    | HoldPlaced
    | HoldExtended
    | HoldConfirmed
    | HoldReleased
    | HoldExpired
    | HoldAllocated
    | StockShipped
    | StockReturned
)
"""An event of the stream of one SKU at one location. Each says what it adds to the row
(``change``) and to the slots of it (``parts``)."""

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (
        StockReceived,
        StockAdjusted,
        StockConditionChanged,
        StockAllotted,
        AllotmentReturned,
        TransferSent,
        TransferReceived,
        SafetyStockSet,
        PromiseMade,
        PromiseMoved,
        PromiseKept,
        HoldPlaced,
        HoldExtended,
        HoldConfirmed,
        HoldReleased,
        HoldExpired,
        HoldAllocated,
        StockShipped,
        StockReturned,
        LotStatusChanged,
        LotRegistered,
        LotChanged,
        LotRecalled,
        LotReinstated,
        LocationOpened,
        CountOpened,
        CountRecorded,
        CountReviewed,
        CountSubmitted,
        CountPosted,
        CountCancelled,
    )
}
