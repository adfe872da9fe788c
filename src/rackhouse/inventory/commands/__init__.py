"""What can be asked of stock, each with the rows that it needs and how it is decided."""

from rackhouse.inventory.commands.allotting import (
    AllotStock,
    Due,
    GiveBack,
    MovedPieces,
    TopUp,
)
from rackhouse.inventory.commands.command import Command, OfHold, must_reach
from rackhouse.inventory.commands.corrections import (
    Adjust,
    AdjustStock,
    ChangeCondition,
    ReceiveStock,
)
from rackhouse.inventory.commands.keeping_back import KeepBack, KeptBack
from rackhouse.inventory.commands.of_holds import (
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    ReleaseHold,
    ReturnGoods,
    ShipHold,
)
from rackhouse.inventory.commands.placement import IN_ORDER, Placement
from rackhouse.inventory.commands.reporting import Booked, RecordSale, TakeBack

__all__ = [
    "IN_ORDER",
    "Adjust",
    "AdjustStock",
    "AllotStock",
    "Booked",
    "ChangeCondition",
    "Command",
    "ConfirmHold",
    "Due",
    "ExpireHold",
    "ExtendHold",
    "GiveBack",
    "KeepBack",
    "KeptBack",
    "MovedPieces",
    "OfHold",
    "Placement",
    "ReceiveStock",
    "RecordSale",
    "ReleaseHold",
    "ReturnGoods",
    "ShipHold",
    "TakeBack",
    "TopUp",
    "must_reach",
]
