"""What is answered to reports: decided from what is known, without asking anybody."""

import datetime
import hashlib
from collections.abc import Sequence

import msgspec

from rackhouse.inventory import Hold, Line, NotEnoughStock, Shortage
from rackhouse.orders.errors import ReportedInTheFuture, ReportedOtherwise
from rackhouse.orders.placing import OrderMemo
from rackhouse.orders.rules import Order, UncoveredSale
from rackhouse.platform.errors import Refusal

__all__ = [
    "FUTURE_LIMIT_SECONDS",
    "ReportedSale",
    "SaleOutcome",
    "first_of_each",
    "number_of_its_own",
    "of_copy",
    "of_hold",
    "of_order",
    "of_refusal",
    "of_uncovered",
    "too_far_ahead",
]

FUTURE_LIMIT_SECONDS = 86_400
MARK_LENGTH = 10
LEFT_THE_SHOP = ("shipped", "delivered", "returned")


class ReportedSale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale that has happened: the channel's own number of it, what was sold, and when by the
    channel's own clock, which is kept as it is told and decides nothing."""

    external_id: str
    sold_at: datetime.datetime
    lines: tuple[Line, ...]
    customer_id: str | None = None


class SaleOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a reported sale.

    ``recorded`` now, ``repeated`` as it was before, ``conflicting`` with what was reported under
    its number before, ``exceeded`` what there is (``missing`` says of what), ``dismissed`` by a
    person after it had exceeded, or ``refused``.
    """

    external_id: str
    status: str
    order_id: str | None = None
    missing: tuple[Shortage, ...] = ()
    refusal: Refusal | None = None


def first_of_each(external_ids: Sequence[str]) -> dict[str, int]:
    """Where each number comes first in a report."""
    first: dict[str, int] = {}
    for index, external_id in enumerate(external_ids):
        first.setdefault(external_id, index)
    return first


def number_of_its_own(sale: ReportedSale) -> str:
    """The number under which a sale waits for a person whose own number another sale has: the same
    for the same goods, customer and day, so that it waits once however often it is told."""
    day = sale.sold_at.astimezone(datetime.UTC).date()
    content = msgspec.json.encode((sale.lines, sale.customer_id, day))
    return f"{sale.external_id}~{hashlib.sha256(content).hexdigest()[:MARK_LENGTH]}"


def too_far_ahead(
    field: str, told: datetime.datetime, now: datetime.datetime
) -> ReportedInTheFuture | None:
    """The refusal of a time that no clock can be wrong by, if it is one."""
    if (told - now).total_seconds() <= FUTURE_LIMIT_SECONDS:
        return None
    return ReportedInTheFuture(
        field=field, told=told.isoformat(), limit_seconds=FUTURE_LIMIT_SECONDS
    )


def of_hold(channel: str, sale: ReportedSale, hold: Hold) -> SaleOutcome:
    """The answer to a sale whose hold is known: the same again, or something else.

    A sale that was made online, and whose answer the line lost, may be reported again offline:
    it had no time of its own then.
    """
    memo = None if hold.memo is None else msgspec.json.decode(hold.memo, type=OrderMemo)
    same = (
        memo is not None
        and memo.handed_over
        and memo.sold_at in (None, sale.sold_at)
        and hold.customer_id == sale.customer_id
        and tuple(hold.lines) == sale.lines
    )
    return _judged(channel, sale, same, hold.id)


def of_order(channel: str, sale: ReportedSale, order: Order) -> SaleOutcome:
    """The answer to a sale whose number belongs to an order that took over a hold."""
    sold = [(line.sku, line.quantity) for line in sale.lines]
    ordered = [(line.sku, line.quantity) for line in order.lines]
    same = sold == ordered and order.status in LEFT_THE_SHOP
    return _judged(channel, sale, same, order.id)


def of_uncovered(channel: str, sale: ReportedSale, known: UncoveredSale) -> SaleOutcome | None:
    """The answer to a sale that could not be booked before, or None where that is tried again."""
    content = (known.lines, known.customer_id, known.sold_at)
    if content != (sale.lines, sale.customer_id, sale.sold_at):
        return _conflicting(channel, sale, "a sale that could not be booked", None)
    if known.status == "dismissed":
        return SaleOutcome(external_id=sale.external_id, status="dismissed")
    return None


def of_refusal(sale: ReportedSale, refusal: Refusal) -> SaleOutcome:
    """The answer to a sale that can not be booked as things stand."""
    return SaleOutcome(
        external_id=sale.external_id,
        status="exceeded",
        missing=_missing(sale, refusal),
        refusal=refusal,
    )


def of_copy(
    channel: str, sale: ReportedSale, first: ReportedSale, told: SaleOutcome
) -> SaleOutcome:
    """The answer to a sale whose number came before in the same report."""
    if sale != first:
        stands = "the sale before it in this report"
        return _conflicting(channel, sale, stands, told.order_id)
    if told.status == "recorded":
        return msgspec.structs.replace(told, status="repeated")
    return told


def _judged(channel: str, sale: ReportedSale, same: bool, order_id: str) -> SaleOutcome:
    if not same:
        return _conflicting(channel, sale, f"the order {order_id}", order_id)
    return SaleOutcome(external_id=sale.external_id, status="repeated", order_id=order_id)


def _conflicting(
    channel: str, sale: ReportedSale, stands: str, order_id: str | None
) -> SaleOutcome:
    refusal = ReportedOtherwise(channel=channel, external_id=sale.external_id, stands=stands)
    return SaleOutcome(
        external_id=sale.external_id, status="conflicting", order_id=order_id, refusal=refusal
    )


def _missing(sale: ReportedSale, refusal: Refusal) -> tuple[Shortage, ...]:
    """What there is too little of: the lines that can not be had each on their own, or all where
    only together they can not."""
    if isinstance(refusal, NotEnoughStock):
        short = tuple(each for each in refusal.lines if each.available < each.asked)
        return short or tuple(refusal.lines)
    facts = refusal.facts()
    lines = [line for line in sale.lines if line.sku == facts.get("sku")] or sale.lines
    return tuple(Shortage(line.sku, line.quantity, 0) for line in lines)
