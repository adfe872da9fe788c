"""Settling: what is known of a channel's sales is carried out on our orders, each part once.

What is to be booked is decided and written down first, then carried out step by step. Each step
looks at how the order stands, or has a number of its own, so that one that was carried out before
a crash does nothing when it is done again.
"""

import datetime
from contextlib import suppress

import structlog

from rackhouse.connectors import rules
from rackhouse.connectors.naming import NotMapped, our_skus
from rackhouse.connectors.remote import redacted
from rackhouse.connectors.retrying import next_try
from rackhouse.connectors.rules import Booked, GivenBack, Known, Part
from rackhouse.connectors.store import connections, sales
from rackhouse.connectors.store.sales import SaleRow
from rackhouse.connectors.working import Work
from rackhouse.inventory import HoldNotFound, Line
from rackhouse.orders import (
    ExternalIdReused,
    Order,
    OrderIsNot,
    Pieces,
    ReportedReturn,
    ReportedSale,
    SaleOutcome,
    UncoveredSaleNotFound,
    cancel_order,
    dismiss_sale,
    follow_hold,
    order_page,
    place_order,
    report_returns,
    report_sales,
    sale_id_of,
    ship_order,
    uncovered_sale,
)
from rackhouse.platform.errors import Busy, Refusal
from rackhouse.platform.store import server_time

__all__ = ["settle"]

AT_A_TIME = 100
CANCELLED = "cancelled in the channel"
STRUCK_OFF = "refunded in the channel"

_log = structlog.get_logger(__name__)


class _NotSettled(Exception):
    """A sale can not be carried out as things stand; the message says why."""


async def settle(work: Work) -> int:
    """Carry out the sales of which more is known than was carried out; says how many."""
    async with work.database.transaction() as tx:
        now = await server_time(tx)
        due = await sales.sales_to_settle(tx, work.connection.id, now=now, limit=AT_A_TIME)
        sold_from = (await connections.progress_of(tx, work.connection.id)).sales_from
    for row in due:
        await _settle(work, row, sold_from)
    return len(due)


async def _settle(work: Work, row: SaleRow, sold_from: datetime.datetime) -> None:
    problem: str | None = None
    try:
        sale = row.known.sale
        if sale is not None and sale.sold_at >= sold_from:
            booked = await _decided(work, row)
            await _carried_out(work, row.known, booked)
    except (NotMapped, _NotSettled) as reason:
        problem = str(reason)
    except Refusal as refusal:
        problem = str(refusal)
    async with work.database.transaction() as tx:
        if problem is None:
            await sales.note_settled(tx, work.connection.id, row.remote_id, row.version)
            return
        told = redacted(problem, work.setup)
        again = next_try(await server_time(tx), row.attempts, None)
        await sales.note_sale_problem(
            tx, work.connection.id, row.remote_id, problem=told, next_try_at=again
        )


async def _decided(work: Work, row: SaleRow) -> Booked:
    """What is to be booked, written down before it is."""
    assert row.known.sale is not None
    new = [line for line in row.known.sale.lines if line.id not in row.booked.skus]
    skus = await our_skus(work, new) if new and not _is_nothing(row.known, row.booked) else {}
    if not skus and new:
        return row.booked
    booked = rules.planned(row.known, skus, row.booked)
    if booked != row.booked:
        async with work.database.transaction() as tx:
            await sales.write_booked(tx, work.connection.id, row.remote_id, booked)
    return booked


def _is_nothing(known: Known, booked: Booked) -> bool:
    """Whether a sale came to nothing before anything was booked of it."""
    return not booked.parts and (known.cancelled or known.sale is None or not known.sale.counts)


async def _carried_out(work: Work, known: Known, booked: Booked) -> None:
    left = rules.left_pieces(known, booked)
    for part in booked.parts:
        back = [each for each in booked.given_back if each.part == part.number]
        if known.cancelled:
            await _called_off(work, part, back)
            continue
        order = await _booked(work, known, part)
        if order is not None:
            await _shipped(work, order, left)
            await _given_back(work, order, part, back)


async def _booked(work: Work, known: Known, part: Part) -> Order | None:
    """The order of a part, placed if it was not yet; None where the stock does not cover it, which
    is recorded for a person to see."""
    assert known.sale is not None
    order = await _order(work, part.number)
    if order is not None:
        return order
    lines = [Line(each.sku, each.quantity) for each in part.lines]
    if not known.sale.handed_over and not await _is_uncovered(work, part.number):
        try:
            return await place_order(
                context=work.context,
                channel=work.connection.channel,
                lines=lines,
                hold_id=None,
                customer_id=None,
                external_id=part.number,
                ttl_seconds=None,
                complete="confirm",
            )
        except (Busy, ExternalIdReused):
            raise
        except Refusal as refusal:
            _log.info("sale_beyond_stock", sale=part.number, refusal=refusal.type_name())
    return await _reported(work, known, part)


async def _reported(work: Work, known: Known, part: Part) -> Order | None:
    """The order of a sale that is reported as one that has happened already."""
    assert known.sale is not None
    sale = ReportedSale(
        external_id=part.number,
        sold_at=known.sale.sold_at,
        lines=tuple(Line(each.sku, each.quantity) for each in part.lines),
    )
    told: SaleOutcome
    (told,) = await report_sales(
        context=work.context, channel=work.connection.channel, sales=[sale]
    )
    if told.status in ("conflicting", "refused"):
        raise _NotSettled(str(told.refusal))
    return await _order(work, part.number)


async def _shipped(work: Work, order: Order, left: dict[str, int]) -> None:
    """Let leave what has left; what a further part of the sale has of it is for that part."""
    gone = {}
    for line in order.lines:
        gone[line.sku] = min(line.quantity, left.get(line.sku, 0))
        left[line.sku] = left.get(line.sku, 0) - gone[line.sku]
    if order.status != "confirmed" or not _behind(order, gone):
        return
    order = await _caught_up(work, order)
    missing = _behind(order, gone)
    if missing and order.status == "confirmed":
        await ship_order(context=work.context, order_id=order.id, lines=missing)


def _behind(order: Order, gone: dict[str, int]) -> list[Pieces]:
    return [
        Pieces(line.sku, gone[line.sku] - line.shipped)
        for line in order.lines
        if gone[line.sku] > line.shipped
    ]


async def _given_back(work: Work, order: Order, part: Part, back: list[GivenBack]) -> None:
    if not back:
        return
    returns = [
        ReportedReturn(
            external_id=each.number,
            sale=part.number,
            returned_at=order.placed_at,
            lines=(Line(each.sku, each.quantity),),
            reason=STRUCK_OFF,
        )
        for each in back
    ]
    told = await report_returns(
        context=work.context, channel=work.connection.channel, returns=returns
    )
    for each in told:
        if each.status not in ("recorded", "repeated"):
            raise _NotSettled(f"the return {each.external_id} is {each.status}: {each.refusal}")


async def _called_off(work: Work, part: Part, back: list[GivenBack]) -> None:
    """Undo what a part booked: cancel what has not left, take back what has."""
    order = await _order(work, part.number)
    if order is None:
        order = await _written_down(work, part.number)
    if order is None:
        await _dismissed(work, part.number)
        return
    if order.status in ("pending", "confirmed") and not any(x.shipped for x in order.lines):
        with suppress(OrderIsNot):
            await cancel_order(context=work.context, order_id=order.id, reason=CANCELLED)
            return
    if order.status in ("cancelled", "returned"):
        return
    if order.status == "confirmed":
        order = await _caught_up(work, order)
    if order.status == "confirmed":
        order = await ship_order(context=work.context, order_id=order.id, lines=None)
    await _given_back(work, order, part, back)
    order = await _order(work, part.number) or order
    rest = [
        Line(line.sku, line.shipped - line.returned)
        for line in order.lines
        if line.shipped > line.returned
    ]
    if rest:
        whole = ReportedReturn(
            external_id=f"{part.number}/cancelled",
            sale=part.number,
            returned_at=order.placed_at,
            lines=tuple(rest),
            reason=CANCELLED,
        )
        await report_returns(context=work.context, channel=work.connection.channel, returns=[whole])


async def _caught_up(work: Work, order: Order) -> Order:
    """An order with all that has become of its stock: what was shipped before a crash must not be
    shipped again."""
    with suppress(HoldNotFound):
        await follow_hold(context=work.context, hold_id=order.hold_id)
    assert order.external_id is not None
    return await _order(work, order.external_id) or order


async def _written_down(work: Work, number: str) -> Order | None:
    """The order of stock that was set aside just before a crash, if any was."""
    with suppress(HoldNotFound):
        hold_id = sale_id_of(work.connection.channel, number)
        await follow_hold(context=work.context, hold_id=hold_id)
    return await _order(work, number)


async def _dismissed(work: Work, number: str) -> None:
    """Nobody has to look for the goods of a sale that was called off."""
    with suppress(UncoveredSaleNotFound):
        channel = work.connection.channel
        await dismiss_sale(
            context=work.context,
            channel=channel,
            sale_id=sale_id_of(channel, number),
            reason=CANCELLED,
        )


async def _is_uncovered(work: Work, number: str) -> bool:
    channel = work.connection.channel
    try:
        await uncovered_sale(
            context=work.context, channel=channel, sale_id=sale_id_of(channel, number)
        )
    except UncoveredSaleNotFound:
        return False
    return True


async def _order(work: Work, number: str) -> Order | None:
    found = await order_page(
        context=work.context,
        before=None,
        channel=work.connection.channel,
        customer_id=None,
        external_id=number,
        status=None,
        limit=1,
    )
    return found[0] if found else None
