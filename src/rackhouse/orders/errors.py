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
    "ReportedInTheFuture",
    "ReportedOtherwise",
    "SaleIsSettled",
    "SaleNotReported",
    "UncoveredSaleNotFound",
]


@dataclass(eq=False)
class OrderNotFound(NotFound):
    """There is no order {order_id}. Place one, or look for it among the orders."""

    order_id: str


@dataclass(eq=False)
class OrderIsNot(Conflict):
    """The order {order_id} is {order_status}, so it can not be {wanted}. Read it again, and ask for
    what can follow on that."""

    order_id: str
    order_status: str
    wanted: str


@dataclass(eq=False)
class OrderLineNotLeft(Conflict):
    """The order {order_id} has {possible} of {sku} left for this, not {asked}. Ask for no more than
    that."""

    order_id: str
    sku: str
    asked: int
    possible: int


@dataclass(eq=False)
class ExternalIdReused(Conflict):
    """{channel} has reported {external_id} before, as order {order_id} with other lines. Report
    each sale under a number of its own."""

    channel: str
    external_id: str
    order_id: str


@dataclass(eq=False)
class HoldIsTaken(Conflict):
    """The hold {hold_id} belongs to another order already. Place another hold."""

    hold_id: str


@dataclass(eq=False)
class LinesOrHold(Invalid):
    """Give either lines or hold_id."""


@dataclass(eq=False)
class ReportedOtherwise(Conflict):
    """{channel} has reported {external_id} before with other content. What was reported first
    stands ({stands}); what is meant otherwise needs a number of its own."""

    channel: str
    external_id: str
    stands: str


@dataclass(eq=False)
class ReportedInTheFuture(Invalid):
    """{field}: {told} is more than {limit_seconds} seconds ahead of our clock. Set the clock of the
    device right, and report it with the corrected time."""

    field: str
    told: str
    limit_seconds: int


@dataclass(eq=False)
class SaleNotReported(Conflict):
    """{channel} has not reported the sale {external_id} yet, or it could not be booked. Report the
    sale, then the return again."""

    channel: str
    external_id: str


@dataclass(eq=False)
class UncoveredSaleNotFound(NotFound):
    """There is no sale {sale_id} of {channel} that could not be booked. Look for it among the
    uncovered sales."""

    channel: str
    sale_id: str


@dataclass(eq=False)
class SaleIsSettled(Conflict):
    """The sale {external_id} of {channel} is {sale_status} already, so there is nothing left to
    decide. Read what became of it."""

    channel: str
    external_id: str
    sale_status: str
