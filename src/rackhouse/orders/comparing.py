"""Comparing an order with its events and with its hold. Pure: all that is compared is given."""

from collections.abc import Sequence

import msgspec

from rackhouse.inventory import Hold
from rackhouse.orders.events import EVENT_TYPES, OrderPlaced
from rackhouse.orders.rules import Order, apply, follow, moved, place
from rackhouse.platform.events import Event

__all__ = ["OrderDiscrepancy", "against_its_events", "against_its_hold", "replayed"]

ENDED = ("cancelled", "delivered", "returned", "shipped")
FIGURES = ("shipped", "returned")


class OrderDiscrepancy(msgspec.Struct, frozen=True, kw_only=True):
    """Something about an order that its events, or its hold, tell otherwise.

    ``behind`` says that the order only has to follow its hold. ``versions`` are those events of
    the order that explain it.
    """

    kind: str
    finding: str
    order_id: str
    hold_id: str
    channel: str
    sku: str | None = None
    location: str | None = None
    expected: dict[str, int] = {}
    found: dict[str, int] = {}
    order_status: str | None = None
    hold_status: str | None = None
    behind: bool = False
    versions: tuple[int, ...] = ()


class _Placed(msgspec.Struct, frozen=True):
    customer_id: str | None = None


def replayed(order_id: str, events: Sequence[Event]) -> Order | None:
    """The order that its events add up to, oldest first; None where they do not begin with the
    first one, or one of them is of a type that is not known here."""
    if not events or events[0].type != OrderPlaced.__name__:
        return None
    first, *rest = events
    placed = msgspec.json.decode(first.data, type=OrderPlaced)
    customer_id = msgspec.json.decode(first.data, type=_Placed).customer_id
    order = place(order_id=order_id, placed=placed, customer_id=customer_id, now=first.recorded_at)
    for event in rest:
        kind = EVENT_TYPES.get(event.type)
        if kind is None or event.version != order.version + 1:
            return None
        happened = msgspec.json.decode(event.data, type=kind)
        order = apply(order, happened, event.recorded_at)  # type: ignore[arg-type]
    return order


def against_its_events(order: Order, events: Sequence[Event]) -> OrderDiscrepancy | None:
    """Where the row of an order is not what its events add up to."""
    told = replayed(order.id, events)
    if told == order:
        return None
    if told is None:
        differing = ["events that are not there"]
    else:
        names = order.__struct_fields__
        differing = [name for name in names if getattr(order, name) != getattr(told, name)]
    return OrderDiscrepancy(
        kind="order_row",
        finding=f"the order differs from its events in {', '.join(differing)}",
        order_id=order.id,
        hold_id=order.hold_id,
        channel=order.channel,
        expected={} if told is None else _figures(told),
        found=_figures(order),
        versions=tuple(event.version for event in events),
    )


def against_its_hold(order: Order, hold: Hold | None) -> OrderDiscrepancy | None:
    """Where an order and the hold behind it do not agree."""
    if hold is None:
        if order.status in ENDED:
            return None  # nothing depends on the hold any more
        return _differs(order, None, "order_without_hold", "its hold is not there")
    if order.status == "pending" and hold.status != "held":
        return _differs(order, hold, "order_and_hold", f"it is pending, its hold {hold.status}")
    if order.status not in ("pending", "cancelled") and hold.status != "confirmed":
        finding = f"it is {order.status}, its hold {hold.status}"
        return _differs(order, hold, "order_and_hold", finding)
    if order.status == "cancelled" and hold.status in ("held", "confirmed"):
        finding = f"it is cancelled, its hold {hold.status}"
        return _differs(order, hold, "order_and_hold", finding)
    return _of_pieces(order, hold)


def _of_pieces(order: Order, hold: Hold) -> OrderDiscrepancy | None:
    of_hold = {
        "shipped": moved(hold, lambda each: each.shipped),
        "returned": moved(hold, lambda each: each.returned),
    }
    if len(order.lines) != len(hold.lines):
        finding = f"it has {len(order.lines)} lines, its hold {len(hold.lines)}"
        return _differs(order, hold, "order_and_hold", finding)
    for at, line in enumerate(order.lines):
        for name in FIGURES:
            if getattr(line, name) != of_hold[name][at]:
                finding = f"{getattr(line, name)} of {line.sku} are {name}, {of_hold[name][at]} "
                found = _differs(order, hold, "order_and_hold", f"{finding}of its hold")
                return msgspec.structs.replace(
                    found,
                    sku=line.sku,
                    location=_location(hold, at),
                    expected={each: of_hold[each][at] for each in FIGURES},
                    found={each: getattr(line, each) for each in FIGURES},
                )
    return None


def _differs(order: Order, hold: Hold | None, kind: str, finding: str) -> OrderDiscrepancy:
    return OrderDiscrepancy(
        kind=kind,
        finding=finding,
        order_id=order.id,
        hold_id=order.hold_id,
        channel=order.channel,
        sku=order.lines[0].sku if order.lines else None,
        location=None if hold is None else _location(hold, 0),
        order_status=order.status,
        hold_status=None if hold is None else hold.status,
        behind=hold is not None
        and len(hold.lines) == len(order.lines)
        and bool(follow(order, hold)),
        versions=(order.version,),
    )


def _location(hold: Hold, line: int) -> str | None:
    return next((each.location for each in hold.allocations if each.line == line), None)


def _figures(order: Order) -> dict[str, int]:
    return {
        "version": order.version,
        "shipped": sum(line.shipped for line in order.lines),
        "returned": sum(line.returned for line in order.lines),
    }
