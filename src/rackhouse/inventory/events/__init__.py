"""The facts that inventory publishes."""

from typing import TypeAlias

import msgspec

from rackhouse.inventory.events.allotments import AllotmentRuleRemoved, AllotmentRuleSet
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
from rackhouse.inventory.events.inbound import (
    InboundCancelled,
    InboundChanged,
    InboundExpected,
    InboundReceived,
    InboundSent,
    PiecesExpected,
    PiecesMissing,
    PiecesSettled,
)
from rackhouse.inventory.events.lots import (
    LotChanged,
    LotRecalled,
    LotRegistered,
    LotReinstated,
    lot_stream,
)
from rackhouse.inventory.events.places import LocationOpened
from rackhouse.inventory.events.quotas import (
    OfferMade,
    QuotaEnded,
    QuotaSet,
    WaitingJoined,
    WaitingLeft,
)
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
    PromiseClosed,
    PromiseMade,
    PromiseMoved,
    PromiseWithdrawn,
    SafetyStockSet,
    StockAdjusted,
    StockAllotted,
    StockConditionChanged,
    StockReceived,
    TransferLost,
    TransferReceived,
    TransferSent,
)

__all__ = [
    "PLAIN",
    "PROMISED",
    "SELLABLE",
    "AllotmentReturned",
    "AllotmentRuleRemoved",
    "AllotmentRuleSet",
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
    "InboundCancelled",
    "InboundChanged",
    "InboundExpected",
    "InboundReceived",
    "InboundSent",
    "LocationOpened",
    "LotChanged",
    "LotRecalled",
    "LotRegistered",
    "LotReinstated",
    "LotStatusChanged",
    "OfferMade",
    "Part",
    "Parts",
    "PiecesExpected",
    "PiecesMissing",
    "PiecesSettled",
    "PromiseClosed",
    "PromiseKept",
    "PromiseMade",
    "PromiseMoved",
    "PromiseWithdrawn",
    "QuotaEnded",
    "QuotaSet",
    "SafetyStockSet",
    "Slot",
    "StockAdjusted",
    "StockAllotted",
    "StockConditionChanged",
    "StockReceived",
    "StockReturned",
    "StockShipped",
    "TransferLost",
    "TransferReceived",
    "TransferSent",
    "TypeAlias",
    "WaitingJoined",
    "WaitingLeft",
    "lot_stream",
]

StockEvent: TypeAlias = (
    StockReceived
    | StockAdjusted
    | StockConditionChanged
    | StockAllotted
    | AllotmentReturned
    | TransferSent
    | TransferReceived
    | TransferLost
    | SafetyStockSet
    | LotStatusChanged
    | PromiseMade
    | PromiseMoved
    | PromiseWithdrawn
    | PromiseClosed
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
        TransferLost,
        SafetyStockSet,
        PromiseMade,
        PromiseMoved,
        PromiseWithdrawn,
        PromiseClosed,
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
        InboundExpected,
        InboundSent,
        InboundChanged,
        InboundReceived,
        InboundCancelled,
        QuotaSet,
        QuotaEnded,
        WaitingJoined,
        OfferMade,
        WaitingLeft,
        LocationOpened,
        AllotmentRuleSet,
        AllotmentRuleRemoved,
        CountOpened,
        CountRecorded,
        CountReviewed,
        CountSubmitted,
        CountPosted,
        CountCancelled,
    )
}
