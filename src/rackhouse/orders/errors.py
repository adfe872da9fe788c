"""The refusals of orders."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotFound

__all__ = [
    "ExternalIdReused",
    "HoldIsTaken",
    "LinesOrHold",
    "OrderIsNot",
    "OrderLineNotLeft",
    "OrderNotFound",
]


@dataclass(eq=False)
class OrderNotFound(NotFound):
    """There is no order {order_id}."""

    order_id: str


@dataclass(eq=False)
class OrderIsNot(Conflict):
    """The order {order_id} is {order_status}, so it can not be {wanted}."""

    order_id: str
    order_status: str
    wanted: str


@dataclass(eq=False)
class OrderLineNotLeft(Conflict):
    """The order {order_id} has {possible} of {sku} left for this, not {asked}."""

    order_id: str
    sku: str
    asked: int
    possible: int


@dataclass(eq=False)
class ExternalIdReused(Conflict):
    """{channel} has reported {external_id} before, as order {order_id} with other lines."""

    channel: str
    external_id: str
    order_id: str


@dataclass(eq=False)
class HoldIsTaken(Conflict):
    """The hold {hold_id} belongs to another order already."""

    hold_id: str


@dataclass(eq=False)
class LinesOrHold(Invalid):
    """Give either lines or hold_id."""
