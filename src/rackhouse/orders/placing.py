"""Placing orders: reserve the stock, then write the order down.

The two modules commit apart. The hold comes first, under an id that follows from the request, and
carries what the order needs (its memo); so a repeated request finds the hold that it placed, and
`following` writes down an order whose second commit a crash prevented.
"""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.catalog import Offer, offers_of
from rackhouse.inventory import (
    PROMISED,
    Allocation,
    Hold,
    HoldHasEnded,
    Line,
    NotArrivedYet,
    OtherChannel,
    SourcingWish,
    confirm_hold,
    hold_of,
    place_hold,
    ship_hold,
)
from rackhouse.orders.errors import ExternalIdReused, HoldIsTaken, LinesOrHold
from rackhouse.orders.events import OrderLine, OrderPlaced
from rackhouse.orders.lane import OrderLane, RecordOrder
from rackhouse.orders.rules import Order, follow
from rackhouse.orders.stock import moved_once, stock_context, unless_moved
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Refusal
from rackhouse.platform.ids import derived_id, new_id
from rackhouse.pricing import LinePrice, price_lines

__all__ = ["OrderMemo", "has_order_memo", "order_lines", "order_of_hold", "place_order"]


class OrderMemo(msgspec.Struct, frozen=True):
    """What a hold keeps for its order, until that is written down."""

    order_id: str
    external_id: str | None
    lines: tuple[OrderLine, ...]
    handed_over: bool
    sold_at: datetime.datetime | None = None


_read_memo = msgspec.json.Decoder(OrderMemo).decode


def has_order_memo(hold: Hold) -> bool:
    """Whether a hold keeps an order that may have to be written down; another's memo is not ours
    to read."""
    if hold.memo is None:
        return False
    try:
        _read_memo(hold.memo)
    except msgspec.ValidationError:
        return False
    return True


@operation("orders:write")
async def place_order(
    *,
    context: Context,
    channel: str,
    lines: Sequence[Line] | None,
    hold_id: str | None,
    customer_id: str | None,
    external_id: str | None,
    ttl_seconds: float | None,
    complete: str,
    promise: bool = False,
    sourcing: SourcingWish | None = None,
    customer_group: str | None = None,
) -> Order:
    """Reserve stock for an order, or take over a hold; all lines or none.

    ``external_id`` is the channel's own number: the same sale reported twice is one order.
    ``complete`` goes further in the same call: ``reserve`` leaves the order pending until
    ``ttl_seconds`` from now (or the hold's end), ``confirm`` makes it binding, ``hand_over``
    also ships and delivers it. ``promise`` and ``sourcing`` are those of a hold; the prices are
    those for ``customer_group``, or for everybody. Refuses with
    `LinesOrHold`, `ExternalIdReused`, `HoldIsTaken`, and what `inventory` refuses of holds.
    """
    if (lines is None) == (hold_id is None):
        raise LinesOrHold()
    lane = context.house.the(OrderLane)
    handed_over = complete == "hand_over"
    async with lane.unless_answered(context.idempotency):
        if hold_id is not None:
            hold = await _taken_over(context, hold_id, channel, external_id, complete)
        else:
            assert lines is not None
            terms = _Terms(
                channel,
                lines,
                customer_id,
                external_id,
                ttl_seconds,
                complete,
                promise,
                sourcing,
                customer_group,
            )
            hold = await _reserved(context, terms)
        record = await order_of_hold(
            context, hold, external_id=external_id, handed_over=handed_over
        )
    return await lane.submit(record)


async def order_of_hold(
    context: Context, hold: Hold, *, external_id: str | None = None, handed_over: bool = False
) -> RecordOrder:
    """The order that belongs to a hold, with what has happened to the hold already.

    What is given here counts for a hold without a memo, which is taken over.
    """
    if hold.memo is not None:
        memo = _read_memo(hold.memo)
    else:
        lines = await order_lines(context, hold.channel, hold.lines)
        memo = OrderMemo(derived_id("order", hold.id), external_id, lines, handed_over)
    placed = OrderPlaced(
        hold.channel, memo.external_id, memo.lines, hold.id, hold.expires_at, memo.sold_at
    )
    return RecordOrder(
        context=context,
        order_id=memo.order_id,
        customer_id=hold.customer_id,
        placed=placed,
        missed=lambda order: follow(order, hold, handed_over=memo.handed_over),
    )


class _Terms(msgspec.Struct, frozen=True):
    """What is reserved for an order."""

    channel: str
    lines: Sequence[Line]
    customer_id: str | None
    external_id: str | None
    ttl_seconds: float | None
    complete: str
    promise: bool
    sourcing: SourcingWish | None
    customer_group: str | None


async def _reserved(context: Context, terms: _Terms) -> Hold:
    order_id = _order_id(context, terms.channel, terms.external_id)
    priced: tuple[OrderLine, ...] = ()
    try:
        if terms.external_id is not None:
            lane = context.house.the(OrderLane)
            await lane.refuse_other_sale(terms.channel, terms.external_id, order_id)
        priced = await order_lines(
            context, terms.channel, terms.lines, customer_group=terms.customer_group
        )
    except Refusal as refusal:
        await unless_moved(context, refusal)
    handed_over = terms.complete == "hand_over"
    memo = OrderMemo(order_id, terms.external_id, priced, handed_over)
    hold = await moved_once(
        context,
        order_id,
        lambda stock: place_hold(
            context=stock,
            channel=terms.channel,
            lines=terms.lines,
            ttl_seconds=terms.ttl_seconds or context.house.settings.order_ttl_seconds,
            customer_id=terms.customer_id,
            hold_id=order_id,
            memo=msgspec.Raw(msgspec.json.encode(memo)),
            sell=terms.complete != "reserve",
            hand_over=handed_over,
            promise=terms.promise,
            sourcing=terms.sourcing,
        ),
    )
    if terms.external_id is not None and list(hold.lines) != list(terms.lines):
        raise ExternalIdReused(
            channel=terms.channel, external_id=terms.external_id, order_id=order_id
        )
    return hold


async def _taken_over(
    context: Context, hold_id: str, channel: str, external_id: str | None, complete: str
) -> Hold:
    """The hold, with its stock moved as far as it is to go.

    The order is written down first, pending: so nobody else takes the hold, or has reported the
    sale, and a crash leaves nothing sold without an order.
    """
    stock = stock_context(context)
    hold = await hold_of(context=stock, hold_id=hold_id)
    if hold.channel != channel:
        raise OtherChannel(channel=hold.channel, own=channel)
    if hold.memo is not None:
        raise HoldIsTaken(hold_id=hold_id)
    if hold.status in ("released", "expired"):
        raise HoldHasEnded(hold_id=hold_id, hold_status=hold.status)
    if complete == "hand_over" and any(_is_to_come(each) for each in hold.allocations):
        raise NotArrivedYet(hold_id=hold_id)
    if complete == "reserve":
        return hold
    await context.house.the(OrderLane).raise_if_answered(context.idempotency)
    record = await order_of_hold(stock, hold, external_id=external_id)
    await context.house.the(OrderLane).submit(record)
    hold = await confirm_hold(context=stock, hold_id=hold_id)
    if complete == "hand_over" and any(each.committed for each in hold.allocations):
        hold = await ship_hold(context=stock, hold_id=hold_id, lines=None)
    return hold


def _is_to_come(each: Allocation) -> bool:
    return each.location == PROMISED and each.held + each.committed > 0


def _order_id(context: Context, channel: str, external_id: str | None) -> str:
    """The same request gives the same id, so that asking twice takes stock once."""
    if external_id is not None:
        return derived_id("order", channel, external_id)
    if context.idempotency is not None:
        return derived_id("order", *context.idempotency.name)
    return new_id()


async def order_lines(
    context: Context,
    channel: str,
    lines: Sequence[Line],
    *,
    customer_group: str | None = None,
    as_of: datetime.datetime | None = None,
) -> tuple[OrderLine, ...]:
    """What is bought through a channel, at the prices of this moment or of one that has passed:
    those of price lists and promotions, or else the catalog's. Refuses with `SkuUnknown`."""
    offers = await offers_of(house=context.house, skus=[line.sku for line in lines])
    prices = await price_lines(
        house=context.house,
        channel=channel,
        customer_group=customer_group,
        lines=[(line.sku, line.quantity) for line in lines],
        as_of=as_of,
    )
    return tuple(
        _order_line(line, offers[line.sku], prices.get((line.sku, line.quantity))) for line in lines
    )


def _order_line(line: Line, offer: Offer, price: LinePrice | None) -> OrderLine:
    if price is None:
        return OrderLine(line.sku, line.quantity, offer.name, offer.price_minor, offer.currency)
    return OrderLine(
        line.sku,
        line.quantity,
        offer.name,
        price.price_minor,
        price.currency,
        total_minor=price.total_minor,
        price_rules=price.rules,
    )
