"""What WooCommerce tells of orders (https://developer.woocommerce.com/docs/apis/rest-api/v3/).

Each refund tells which lines it is about, but not whether their goods went back on the shelf; that
is counted on the line itself, over all of its refunds (``_restock_refunded_items``). So the pieces
are told one by one: the first one that was restocked of a line, the second one, and so forth. They
are the same pieces whenever they are told, because both counts only grow.
"""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from rackhouse.connectors.facts import RemoteLine, RemoteRefund, RemoteSale

__all__ = ["ORDER_FIELDS", "REFUND_FIELDS", "OrderTold", "RefundTold", "moment", "sale_of"]

ORDER_FIELDS = (
    "id,number,status,date_created_gmt,date_modified_gmt,date_completed_gmt,line_items,refunds"
)
REFUND_FIELDS = "id,date_created_gmt,line_items"
# Nothing is owed yet, or nothing came of it (https://woocommerce.com/document/managing-orders).
NOT_YET = frozenset(("auto-draft", "checkout-draft", "pending", "failed"))
CANCELLED = frozenset(("cancelled", "trash"))
REST_OF_SECOND = datetime.timedelta(microseconds=999_999)
RESTOCKED, REFUNDED_LINE = "_restock_refunded_items", "_refunded_item_id"


class MetaTold(msgspec.Struct, frozen=True):
    """Something that is noted on a line."""

    key: str = ""
    value: Any = None


class LineTold(msgspec.Struct, frozen=True):
    """A line of an order, or of a refund: there its quantity is below nothing."""

    id: int
    quantity: float
    product_id: int = 0
    variation_id: int = 0
    sku: str | None = None
    meta_data: list[MetaTold] = []

    def noted(self, key: str) -> int:
        """A number that is noted on the line, or 0."""
        for each in self.meta_data:
            if each.key == key:
                try:
                    return int(float(each.value))
                except (TypeError, ValueError):
                    return 0
        return 0


class RefundTold(msgspec.Struct, frozen=True):
    """A refund with its lines."""

    id: int
    date_created_gmt: str | None = None
    line_items: list[LineTold] = []


class RefundNamed(msgspec.Struct, frozen=True):
    """A refund, as an order names it."""

    id: int


class OrderTold(msgspec.Struct, frozen=True):
    """An order as it stands."""

    id: int
    status: str
    line_items: list[LineTold]
    number: str | None = None
    date_created_gmt: str | None = None
    date_modified_gmt: str | None = None
    date_completed_gmt: str | None = None
    refunds: list[RefundNamed] = []


def sale_of(order: OrderTold, refunds: Sequence[RefundTold]) -> RemoteSale:
    """An order with its refunds, in our words."""
    given_back = [each for line in order.line_items for each in _refunds(order, line, refunds)]
    lines = [_line(order, each, given_back) for each in order.line_items]
    return RemoteSale(
        id=str(order.id),
        # Only the second is told; what was sold within the one in which the connection was opened
        # is booked.
        sold_at=moment(order.date_created_gmt) + REST_OF_SECOND,
        lines=tuple(line for line in lines if line.quantity > 0),
        shown=None if order.number is None else f"#{order.number}",
        counts=order.status not in NOT_YET,
        cancelled=order.status in CANCELLED,
        refunds=tuple(given_back),
    )


def _line(order: OrderTold, line: LineTold, given_back: Sequence[RemoteRefund]) -> RemoteLine:
    stayed = sum(x.quantity for x in given_back if x.line == str(line.id) and not x.left)
    quantity = int(line.quantity)
    return RemoteLine(
        id=str(line.id),
        item=str(line.variation_id or line.product_id) if line.product_id else None,
        sku=line.sku or None,
        quantity=quantity,
        shipped=max(0, quantity - stayed) if order.status == "completed" else 0,
    )


def moment(told: str | None) -> datetime.datetime:
    """A time, which WooCommerce writes in Greenwich's and does not say so."""
    if not told:
        return datetime.datetime.fromtimestamp(0, datetime.UTC)
    found = datetime.datetime.fromisoformat(told)
    return found if found.tzinfo is not None else found.replace(tzinfo=datetime.UTC)


def _refunds(
    order: OrderTold, line: LineTold, refunds: Sequence[RefundTold]
) -> Iterator[RemoteRefund]:
    dates = [*_dates(line, refunds)]
    restocked = min(line.noted(RESTOCKED), len(dates))
    done = order.date_completed_gmt
    for index, at in enumerate(dates):
        back = index < restocked
        count = index + 1 if back else index + 1 - restocked
        yield RemoteRefund(
            id=f"{line.id}/{'restocked' if back else 'kept'}/{count}",
            sale=str(order.id),
            line=str(line.id),
            quantity=1,
            restocked=back,
            left=bool(done) and moment(done) < at,
            at=at,
        )


def _dates(line: LineTold, refunds: Sequence[RefundTold]) -> Iterator[datetime.datetime]:
    """When each piece of a line was refunded, the first one first."""
    for refund in sorted(refunds, key=lambda each: each.id):
        for part in refund.line_items:
            if part.noted(REFUNDED_LINE) == line.id:
                yield from [moment(refund.date_created_gmt)] * int(abs(part.quantity))
