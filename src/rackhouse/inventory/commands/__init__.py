"""What can be asked of stock, each with the rows that it needs and how it is decided."""

from rackhouse.inventory.commands.command import Command, OfHold, must_reach
from rackhouse.inventory.commands.corrections import (
    Adjust,
    AdjustStock,
    AllotStock,
    ChangeCondition,
    GiveBack,
    KeepBack,
    ReceiveStock,
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
    "Adjust",
    "AdjustOnce",
    "AdjustStock",
    "AllotStock",
    "ChangeCondition",
    "Command",
    "ConfirmHold",
    "ExpireHold",
    "ExtendHold",
    "GiveBack",
    "KeepBack",
    "OfHold",
    "Placement",
    "ReceiveStock",
    "ReleaseHold",
    "ReturnGoods",
    "ShipHold",
    "must_reach",
]
