"""What can be asked of stock, each with the rows that it needs and how it is decided."""

from rackhouse.inventory.commands.command import TERMS, Command, OfHold, RowsMoved, must_reach
from rackhouse.inventory.commands.corrections import (
    Adjust,
    AdjustStock,
    AllotStock,
    ChangeCondition,
    GiveBack,
    KeepBack,
    ReceiveStock,
)
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
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    ReleaseHold,
    ReturnGoods,
    ShipHold,
)
from rackhouse.inventory.commands.once import AdjustOnce
from rackhouse.inventory.commands.placement import IN_ORDER, Placement

__all__ = [
    "IN_ORDER",
    "TERMS",
    "Adjust",
    "AdjustOnce",
    "AdjustStock",
    "AllotStock",
    "ChangeCondition",
    "ChangeLot",
    "Command",
    "ConfirmHold",
    "EndQuota",
    "ExpireHold",
    "ExtendHold",
    "GiveBack",
    "JoinWaiting",
    "KeepBack",
    "LeaveWaiting",
    "OfHold",
    "OfLot",
    "Placement",
    "RecallLot",
    "ReceiveStock",
    "RegisterLot",
    "ReinstateLot",
    "ReleaseHold",
    "ReturnGoods",
    "RowsMoved",
    "SetQuota",
    "ShipHold",
    "TurnLot",
    "must_reach",
]
