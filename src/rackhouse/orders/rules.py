"""What may happen to an order: pure decisions over the order and the hold behind it."""

import datetime
from collections.abc import Callable, Sequence

import msgspec

from rackhouse.inventory import Hold, Line, Shortage
from rackhouse.orders.errors import OrderIsNot, OrderLineNotLeft
from rackhouse.orders.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderEvent,
    OrderLine,
    OrderPlaced,
    OrderReservationMoved,
    OrderReturned,
    OrderShipped,
    Pieces,
)

__all__ = [
    "Order",
    "UncoveredSale",
    "apply",
    "cancel",
    "confirm",
    "deliver",
    "follow",
    "left_to_return",
    "left_to_ship",
    "moved",
    "place",
    "return_lines",
    "ship",
    "status_now",
    "total_of",
]

RESERVATION_EXPIRED = "the reservation expired"
RESERVATION_RELEASED = "the reservation was released"
RETURNED = "returned"


class Order(msgspec.Struct, frozen=True):
    """What a customer bought through a channel. ``version`` counts its events."""

    id: str
    channel: str
    external_id: str | None
    customer_id: str | None
    status: str
    lines: tuple[OrderLine, ...]
    hold_id: str
    reservation_expires_at: datetime.datetime | None
    placed_at: datetime.datetime
    changed_at: datetime.datetime
    version: int


class UncoveredSale(msgspec.Struct, frozen=True):
    """A sale that a channel reported and that could not be booked: ``why`` is the type of the
    refusal, ``missing`` what there was of what was sold. ``open`` until it is covered or
    dismissed."""

    id: str
    channel: str
    external_id: str
    customer_id: str | None
    lines: tuple[Line, ...]
    missing: tuple[Shortage, ...]
    why: str
    sold_at: datetime.datetime
    reported_at: datetime.datetime
    status: str
    version: int


def total_of(order: Order) -> tuple[int | None, str | None]:
    """What an order costs, in minor units of a currency; None where a line has no price, or lines
    have different currencies."""
    currencies = {line.currency for line in order.lines}
    if len(currencies) != 1 or any(line.price_minor is None for line in order.lines):
        return None, None
    return sum(map(_total_of_line, order.lines)), order.lines[0].currency


def place(
    *, order_id: str, placed: OrderPlaced, customer_id: str | None, now: datetime.datetime
) -> Order:
    """The order after its first event."""
    return Order(
        order_id,
        placed.channel,
        placed.external_id,
        customer_id,
        "pending",
        placed.lines,
        placed.hold_id,
        placed.reservation_expires_at,
        now,
        now,
        1,
    )


def apply(order: Order, event: OrderEvent, now: datetime.datetime) -> Order:
    """The order after an event."""
    status, lines, until = order.status, order.lines, order.reservation_expires_at
    match event:
        case OrderReservationMoved():
            until = event.reservation_expires_at
        case OrderConfirmed():
            status = "confirmed"
        case OrderShipped(lines=pieces):
            lines = _with_pieces(lines, pieces, _add_shipped)
            if all(line.shipped >= line.quantity for line in lines):
                status = "shipped"
        case OrderDelivered():
            status = "delivered"
        case OrderCancelled():
            status = "cancelled"
        case OrderReturned(lines=pieces):
            lines = _with_pieces(lines, pieces, _add_returned)
            # What was not shipped yet still can be, so the order is not over.
            if status != "confirmed" and all(line.returned >= line.shipped for line in lines):
                status = "returned"
    return msgspec.structs.replace(
        order,
        status=status,
        lines=lines,
        reservation_expires_at=until if status == "pending" else None,
        changed_at=now,
        version=order.version + 1,
    )


def status_now(order: Order, now: datetime.datetime) -> str:
    """A pending order ends with its reservation, whoever has recorded it yet or not."""
    until = order.reservation_expires_at
    lapsed = order.status == "pending" and until is not None and until <= now
    return "cancelled" if lapsed else order.status


def confirm(order: Order) -> list[OrderEvent]:
    """Make a pending order binding; again changes nothing. Refuses with `OrderIsNot`."""
    if order.status == "confirmed":
        return []
    _must_be(order, ("pending",), "confirmed")
    return [OrderConfirmed()]


def ship(order: Order, pieces: Sequence[Pieces]) -> list[OrderEvent]:
    """Record that pieces left; refuses with `OrderIsNot` and `OrderLineNotLeft`."""
    _must_be(order, ("confirmed",), "shipped")
    _must_be_left(order, pieces, left_to_ship(order))
    return [OrderShipped(tuple(pieces))] if pieces else []


def deliver(order: Order) -> list[OrderEvent]:
    """Record that the customer has it; again changes nothing. Refuses with `OrderIsNot`."""
    if order.status == "delivered":
        return []
    _must_be(order, ("shipped",), "delivered")
    return [OrderDelivered()]


def cancel(order: Order, reason: str) -> list[OrderEvent]:
    """Call an order off; again changes nothing. Refuses with `OrderIsNot` once it has shipped."""
    if order.status == "cancelled":
        return []
    _must_be(order, ("pending", "confirmed"), "cancelled")
    if any(line.shipped for line in order.lines):
        raise OrderIsNot(order_id=order.id, order_status="shipped in part", wanted="cancelled")
    return [OrderCancelled(reason)]


def return_lines(order: Order, pieces: Sequence[Pieces], reason: str) -> list[OrderEvent]:
    """Record that pieces came back; refuses with `OrderIsNot` and `OrderLineNotLeft`."""
    _must_be(order, ("confirmed", "shipped", "delivered"), RETURNED)
    _must_be_left(order, pieces, left_to_return(order))
    return [OrderReturned(tuple(pieces), reason)] if pieces else []


def left_to_ship(order: Order) -> list[Pieces]:
    """What has not left yet."""
    return _left(order, lambda line: line.quantity - line.shipped)


def left_to_return(order: Order) -> list[Pieces]:
    """What has left and not come back."""
    return _left(order, lambda line: line.shipped - line.returned)


def follow(
    order: Order, hold: Hold, returned_because: str = RETURNED, *, handed_over: bool = False
) -> list[OrderEvent]:
    """What an order missed of its hold's life, as when a crash fell between the two commits. What
    was ``handed_over`` is delivered as soon as all of it has left."""
    events: list[OrderEvent] = []
    if order.status == "pending" and hold.status in ("expired", "released"):
        reason = RESERVATION_EXPIRED if hold.status == "expired" else RESERVATION_RELEASED
        return [OrderCancelled(reason)]
    if order.status == "pending" and hold.expires_at != order.reservation_expires_at:
        events.append(OrderReservationMoved(hold.expires_at))
    if order.status == "confirmed" and hold.status == "released":
        return [OrderCancelled(RESERVATION_RELEASED)]
    if hold.status == "held":
        return events  # nothing is sent out that is not sold
    if order.status == "pending" and hold.status == "confirmed":
        events = [OrderConfirmed()]
    shipped = _behind(order, moved(hold, lambda each: each.shipped), _shipped_of)
    if shipped and order.status in ("pending", "confirmed"):
        events.append(OrderShipped(shipped))
    all_left = all(each.shipped == each.quantity for each in hold.allocations)
    if handed_over and all_left and order.status in ("pending", "confirmed", "shipped"):
        events.append(OrderDelivered())
    returned = _behind(order, moved(hold, lambda each: each.returned), _returned_of)
    if returned:
        events.append(OrderReturned(returned, returned_because))
    return events


def moved(hold: Hold, count: Callable[..., int]) -> list[int]:
    """How many of each line of a hold moved, in the line's own pieces."""
    found = []
    for index, line in enumerate(hold.lines):
        allocations = [each for each in hold.allocations if each.line == index]
        whole: dict[str, int] = {}
        part: dict[str, int] = {}
        for each in allocations:
            whole[each.sku] = whole.get(each.sku, 0) + each.quantity
            part[each.sku] = part.get(each.sku, 0) + count(each)
        found.append(min((part[sku] * line.quantity // whole[sku] for sku in whole), default=0))
    return found


def _behind(
    order: Order, counts: Sequence[int], recorded: Callable[[OrderLine], int]
) -> tuple[Pieces, ...]:
    return tuple(
        Pieces(line.sku, count - recorded(line))
        for line, count in zip(order.lines, counts, strict=True)
        if count > recorded(line)
    )


def _left(order: Order, left: Callable[[OrderLine], int]) -> list[Pieces]:
    return [Pieces(line.sku, left(line)) for line in order.lines if left(line) > 0]


def _must_be(order: Order, statuses: Sequence[str], wanted: str) -> None:
    if order.status not in statuses:
        raise OrderIsNot(order_id=order.id, order_status=order.status, wanted=wanted)


def _must_be_left(order: Order, asked: Sequence[Pieces], left: Sequence[Pieces]) -> None:
    possible = _totals(left)
    for sku, quantity in _totals(asked).items():
        if quantity > possible.get(sku, 0):
            raise OrderLineNotLeft(
                order_id=order.id, sku=sku, asked=quantity, possible=possible.get(sku, 0)
            )


def _totals(pieces: Sequence[Pieces]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for each in pieces:
        totals[each.sku] = totals.get(each.sku, 0) + each.quantity
    return totals


def _total_of_line(line: OrderLine) -> int:
    if line.total_minor is not None:
        return line.total_minor
    return (line.price_minor or 0) * line.quantity


def _with_pieces(
    lines: tuple[OrderLine, ...],
    pieces: Sequence[Pieces],
    add: Callable[[OrderLine, int], tuple[OrderLine, int]],
) -> tuple[OrderLine, ...]:
    missing = _totals(pieces)
    changed = []
    for line in lines:
        line, missing[line.sku] = add(line, missing.get(line.sku, 0))
        changed.append(line)
    return tuple(changed)


def _add_shipped(line: OrderLine, quantity: int) -> tuple[OrderLine, int]:
    part = min(quantity, line.quantity - line.shipped)
    return msgspec.structs.replace(line, shipped=line.shipped + part), quantity - part


def _add_returned(line: OrderLine, quantity: int) -> tuple[OrderLine, int]:
    part = min(quantity, line.shipped - line.returned)
    return msgspec.structs.replace(line, returned=line.returned + part), quantity - part


def _shipped_of(line: OrderLine) -> int:
    return line.shipped


def _returned_of(line: OrderLine) -> int:
    return line.returned
