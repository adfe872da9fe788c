"""What can be asked of stock, each with the rows that it needs and how it is decided."""

from rackhouse.inventory.commands.command import (
    TERMS,
    Command,
    OfHold,
    RowsMoved,
    must_reach,
)
from rackhouse.inventory.commands.corrections import (
    Adjust,
    AdjustStock,
    AllotStock,
    ChangeCondition,
    GiveBack,
    KeepBack,
    ReceiveStock,
)
from rackhouse.inventory.commands.inbound import (
    CancelInbound,
    ChangeInbound,
    ExpectInbound,
    OfInbound,
    ReceiveInbound,
    SendTransfer,
    inbound_turn,
)
from rackhouse.inventory.commands.limits import (
    EndQuota,
    JoinWaiting,
    LeaveWaiting,
    SetQuota,
)
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
from rackhouse.inventory.commands.placement import (
    IN_ORDER,
    Placement,
)
from rackhouse.inventory.commands.promises import (
    ChangePromise,
    ClosePromise,
    KeepPromises,
    OfPromise,
    OpenPromise,
    PromiseState,
)
from rackhouse.inventory.commands.refusals import (
    Refuse,
)

__all__ = [
    "IN_ORDER",
    "TERMS",
    "WRITE_OFF",
    "Adjust",
    "AdjustStock",
    "AllotStock",
    "CancelInbound",
    "ChangeCondition",
    "ChangeInbound",
    "ChangeLot",
    "ChangePromise",
    "ClosePromise",
    "Command",
    "ConfirmHold",
    "EndQuota",
    "ExpectInbound",
    "ExpireHold",
    "ExtendHold",
    "GiveBack",
    "JoinWaiting",
    "KeepBack",
    "KeepPromises",
    "LeaveWaiting",
    "OfHold",
    "OfInbound",
    "OfLot",
    "OfPromise",
    "OpenPromise",
    "Placement",
    "PromiseState",
    "RecallLot",
    "ReceiveInbound",
    "ReceiveStock",
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
    "TurnLot",
    "inbound_turn",
    "must_reach",
]
