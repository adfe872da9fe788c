"""What can be asked of stock, each with the rows that it needs and how it is decided."""

from rackhouse.inventory.commands.allotting import AllotStock, Due, GiveBack, MovedPieces, TopUp
from rackhouse.inventory.commands.command import TERMS, Command, OfHold, RowsMoved, must_reach
from rackhouse.inventory.commands.corrections import (
    Adjust,
    AdjustStock,
    ChangeCondition,
    ReceiveStock,
)
from rackhouse.inventory.commands.inbound import (
    CancelInbound,
    ChangeInbound,
    OfInbound,
    ReceiveInbound,
    inbound_turn,
)
from rackhouse.inventory.commands.keeping_back import KeepBack, KeptBack
from rackhouse.inventory.commands.limits import EndQuota, JoinWaiting, LeaveWaiting, SetQuota
from rackhouse.inventory.commands.lots import (
    ChangeLot,
    OfLot,
    RecallLot,
    RegisterLot,
    ReinstateLot,
    TurnLot,
)
from rackhouse.inventory.commands.of_holds import (
    WRITE_OFF,
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    ReleaseHold,
    ReturnCondition,
    ReturnGoods,
    ShipHold,
)
from rackhouse.inventory.commands.once import AdjustOnce
from rackhouse.inventory.commands.placement import IN_ORDER, Placement
from rackhouse.inventory.commands.promises import (
    ChangePromise,
    ClosePromise,
    KeepPromises,
    OfPromise,
    OpenPromise,
)
from rackhouse.inventory.commands.refusals import Refuse
from rackhouse.inventory.commands.reporting import Booked, RecordSale, TakeBack
from rackhouse.inventory.commands.sending import ExpectInbound, SendTransfer

__all__ = [
    "IN_ORDER",
    "TERMS",
    "WRITE_OFF",
    "Adjust",
    "AdjustOnce",
    "AdjustStock",
    "AllotStock",
    "Booked",
    "CancelInbound",
    "ChangeCondition",
    "ChangeInbound",
    "ChangeLot",
    "ChangePromise",
    "ClosePromise",
    "Command",
    "ConfirmHold",
    "Due",
    "EndQuota",
    "ExpectInbound",
    "ExpireHold",
    "ExtendHold",
    "GiveBack",
    "JoinWaiting",
    "KeepBack",
    "KeepPromises",
    "KeptBack",
    "LeaveWaiting",
    "MovedPieces",
    "OfHold",
    "OfInbound",
    "OfLot",
    "OfPromise",
    "OpenPromise",
    "Placement",
    "RecallLot",
    "ReceiveInbound",
    "ReceiveStock",
    "RecordSale",
    "Refuse",
    "RegisterLot",
    "ReinstateLot",
    "ReleaseHold",
    "ReturnCondition",
    "ReturnGoods",
    "RowsMoved",
    "SendTransfer",
    "SetQuota",
    "ShipHold",
    "TakeBack",
    "TopUp",
    "TurnLot",
    "inbound_turn",
    "must_reach",
]
