"""What a marketplace tells, as its protocol has it, and in our words."""

import datetime

import msgspec

from rackhouse.connectors.facts import RemoteLevel, RemoteLine, RemoteRefund, RemoteSale

__all__ = [
    "AccountTold",
    "ItemTold",
    "ItemsTold",
    "LineTold",
    "OrderTold",
    "OrdersTold",
    "PlacesTold",
    "RefundTold",
    "ResultsTold",
    "StockTold",
    "StocksTold",
    "WrittenTold",
    "level_of",
    "sale_of",
]


class ItemTold(msgspec.Struct, frozen=True):
    """Something that it sells, or a place."""

    id: str
    name: str
    sku: str | None = None


class ItemsTold(msgspec.Struct, frozen=True):
    """A page of what it sells."""

    items: list[ItemTold]
    next: str | None = None


class PlacesTold(msgspec.Struct, frozen=True):
    """Where it keeps stock."""

    places: list[ItemTold]


class LineTold(msgspec.Struct, frozen=True):
    """A line of an order."""

    id: str
    item: str
    quantity: int
    sku: str | None = None
    shipped: int = 0
    removed: int = 0


class RefundTold(msgspec.Struct, frozen=True):
    """Pieces of a line that were paid back."""

    id: str
    line: str
    quantity: int
    restocked: bool
    at: datetime.datetime
    returned: bool = False


class OrderTold(msgspec.Struct, frozen=True):
    """An order as it stands."""

    id: str
    placed_at: datetime.datetime
    lines: list[LineTold]
    status: str = "open"
    place: str | None = None
    refunds: list[RefundTold] = []


class OrdersTold(msgspec.Struct, frozen=True):
    """A page of orders."""

    orders: list[OrderTold]
    next: str | None = None


class StockTold(msgspec.Struct, frozen=True):
    """A figure."""

    item: str
    place: str
    quantity: int
    version: int


class StocksTold(msgspec.Struct, frozen=True):
    """Figures as of a time."""

    stock: list[StockTold]
    as_of: datetime.datetime


class WrittenTold(msgspec.Struct, frozen=True):
    """What became of a figure."""

    item: str
    place: str
    status: str
    problem: str | None = None


class ResultsTold(msgspec.Struct, frozen=True):
    """What became of figures."""

    results: list[WrittenTold]


class AccountTold(msgspec.Struct, frozen=True):
    """Who we are to it."""

    account: str
    scopes: list[str]


def sale_of(order: OrderTold) -> RemoteSale:
    """An order in our words."""
    return RemoteSale(
        id=order.id,
        sold_at=order.placed_at,
        lines=tuple(RemoteLine(**msgspec.structs.asdict(line)) for line in order.lines),
        counts=order.status != "draft",
        cancelled=order.status == "cancelled",
        handed_over=order.status == "handed_over",
        place=order.place,
        refunds=tuple(
            RemoteRefund(
                id=f"{each.id}/{each.line}",
                sale=order.id,
                line=each.line,
                quantity=each.quantity,
                restocked=each.restocked,
                left=each.returned,
                at=each.at,
            )
            for each in order.refunds
        ),
    )


def level_of(stock: StockTold) -> RemoteLevel:
    """A figure in our words."""
    return RemoteLevel(
        item=stock.item, place=stock.place, quantity=stock.quantity, mark=str(stock.version)
    )
