"""What can be asked of stock, each with the rows that it needs and how it is decided."""

from rackhouse.inventory.commands.command import EVERYWHERE, Command, OfHold, must_reach
from rackhouse.inventory.commands.corrections import (
    Adjust,
    AdjustStock,
    AllotStock,
    ChangeCondition,
    GiveBack,
    KeepBack,
    ReceiveStock,
)
from rackhouse.inventory.commands.lots import (
    ChangeLot,
    OfLot,
    RecallLot,
    RegisterLot,
    ReinstateLot,
    StockAppeared,
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
from rackhouse.inventory.commands.placement import IN_ORDER, Placement

__all__ = [
    "EVERYWHERE",
    "IN_ORDER",
    "Adjust",
    "AdjustStock",
    "AllotStock",
    "ChangeCondition",
    "ChangeLot",
    "Command",
    "ConfirmHold",
    "ExpireHold",
    "ExtendHold",
    "GiveBack",
    "KeepBack",
    "OfHold",
    "OfLot",
    "Placement",
    "RecallLot",
    "ReceiveStock",
    "RegisterLot",
    "ReinstateLot",
    "ReleaseHold",
    "ReturnGoods",
    "ShipHold",
    "StockAppeared",
    "TurnLot",
    "must_reach",
]
