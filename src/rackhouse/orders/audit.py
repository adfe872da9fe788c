"""The audit of orders: is each what its events say, and does it agree with its hold?

Read in pages, each as of one short moment. The two modules commit apart, so that an order may be
behind its hold while it is being changed: what differs is looked at again until no request can be
at it any more, and only what differs in the same way each time is told.
"""

import asyncio
from collections.abc import Iterator, Sequence

import msgspec

from rackhouse.inventory import holds_of
from rackhouse.orders import store
from rackhouse.orders.comparing import (
    OrderDiscrepancy,
    against_its_events,
    against_its_hold,
    replayed,
)
from rackhouse.orders.errors import OrderNotFound
from rackhouse.orders.events import OrderPlaced
from rackhouse.orders.histories import events_of_orders
from rackhouse.orders.log import LOG
from rackhouse.orders.placing import has_order_memo
from rackhouse.orders.rules import Order, status_now
from rackhouse.platform.context import Context, operation
from rackhouse.platform.events import START, Event, Position
from rackhouse.platform.ids import is_uuid
from rackhouse.platform.store import server_time

__all__ = [
    "OrderPageAudit",
    "audit_order_page",
    "audit_orders",
    "audit_orders_of_holds",
    "audit_placed_orders",
    "missing_orders",
    "order_events",
    "rewrite_order",
]

PAGE_ORDERS = 300
PAGE_EVENTS = 1000
# How long to wait before each look, in parts of the time that a request may take. What an order
# waits for behind its hold is one short transaction, so a longer time says no more.
WAITS = (0.0, 0.05, 0.25, 0.75)
WAIT_LIMIT_SECONDS = 18.0


class OrderPageAudit(msgspec.Struct, frozen=True):
    """The orders of a page, what was found, and where the next page goes on if there is one."""

    order_ids: list[str]
    discrepancies: list[OrderDiscrepancy]
    ended: bool
    end: str | None


@operation("orders:read")
async def audit_order_page(*, context: Context, after: str | None) -> OrderPageAudit:
    """Compare the next orders after an id, in the order of ids."""
    async with context.house.database("orders").snapshot() as tx:
        orders = await store.orders_by_id(tx, after=after, limit=PAGE_ORDERS)
    order_ids = [order.id for order in orders]
    found = await audit_orders(context=context, order_ids=order_ids)
    end = order_ids[-1] if order_ids else after
    return OrderPageAudit(order_ids, found, len(orders) < PAGE_ORDERS, end)


@operation("orders:read")
async def audit_orders(
    *, context: Context, order_ids: Sequence[str], in_passing: bool = False
) -> list[OrderDiscrepancy]:
    """Compare some orders with their events and with their holds; also those that have events and
    are not there. Needs ``holds:read`` besides.

    ``in_passing`` looks once, so that what is being changed may be told as well.
    """
    found: dict[str, OrderDiscrepancy] = {}
    asked = sorted({each for each in order_ids if is_uuid(each)})
    for look, wait in enumerate(WAITS[:1] if in_passing else WAITS):
        await _wait(context, wait)
        now: dict[str, OrderDiscrepancy] = {}
        for part in _parts(asked):
            now |= await _compared(context, part)
        found = {each: now[each] for each in now if look == 0 or found.get(each) == now[each]}
        asked = sorted(found)
        if not found:
            break
    return [found[each] for each in asked]


@operation("orders:read")
async def audit_orders_of_holds(
    *, context: Context, hold_ids: Sequence[str]
) -> list[OrderDiscrepancy]:
    """The same for the orders behind some holds; and holds that keep the memo of an order which
    is not there."""
    asked = sorted({each for each in hold_ids if is_uuid(each)})
    orders: dict[str, str] = {}
    for part in _parts(asked):
        async with context.house.database("orders").reading() as tx:
            found = await store.orders_of_holds(tx, part)
        orders |= {order.hold_id: order.id for order in found}
    differing, missing = await asyncio.gather(
        audit_orders(context=context, order_ids=list(orders.values())),
        _unwritten(context, [each for each in asked if each not in orders], WAITS),
    )
    return [*differing, *missing]


@operation("orders:read")
async def missing_orders(
    *, context: Context, hold_ids: Sequence[str], in_passing: bool = False
) -> list[OrderDiscrepancy]:
    """Those of some holds that keep the memo of an order which is not there."""
    async with context.house.database("orders").reading() as tx:
        known = {order.hold_id for order in await store.orders_of_holds(tx, hold_ids)}
    without_order = [each for each in hold_ids if each not in known]
    return await _unwritten(context, without_order, WAITS[:1] if in_passing else WAITS)


@operation("orders:read")
async def audit_placed_orders(*, context: Context, after: str | None) -> OrderPageAudit:
    """Find orders that the log tells of and that are not there, among the next events after a
    place in it. Answers the orders that were placed in these events; ``end`` is where they end.
    """
    place = START if after is None else Position.parse(after)
    async with context.house.database("orders").reading() as tx:
        page = await LOG.read(tx, after=place, limit=PAGE_EVENTS)
        placed = [
            event.stream.removeprefix("order:")
            for event in page.events
            if event.type == OrderPlaced.__name__
        ]
        there = {order.id for order in await store.named_orders(tx, placed)}
    gone = [each for each in placed if each not in there]
    found = await audit_orders(context=context, order_ids=gone) if gone else []
    end = str(page.events[-1].position) if page.events else after
    return OrderPageAudit(placed, found, len(page.events) < PAGE_EVENTS, end)


@operation("orders:read")
async def order_events(*, context: Context, order_id: str) -> list[Event]:
    """All events of an order, oldest first; none for an order that there never was."""
    async with context.house.database("orders").reading() as tx:
        return await events_of_orders(tx, context.house, [order_id])


@operation("orders:write")
async def rewrite_order(*, context: Context, order_id: str) -> Order:
    """Give an order's row what its events add up to; again changes nothing.

    Refuses with `OrderNotFound` where its events do not tell of a whole order.
    """
    if not is_uuid(order_id):
        raise OrderNotFound(order_id=order_id)
    async with context.house.database("orders").transaction() as tx:
        await store.take_turns(tx, [order_id])
        order = replayed(order_id, await events_of_orders(tx, context.house, [order_id]))
        if order is None:
            raise OrderNotFound(order_id=order_id)
        await store.write_orders(tx, [order])
    return order


async def _compared(context: Context, order_ids: Sequence[str]) -> dict[str, OrderDiscrepancy]:
    async with context.house.database("orders").snapshot() as tx:
        orders = await store.named_orders(tx, order_ids)
        events = _by_order(await events_of_orders(tx, context.house, order_ids))
        now = await server_time(tx)
    holds = await holds_of(context=context, hold_ids=[order.hold_id for order in orders])
    found: dict[str, OrderDiscrepancy] = {}
    for order in orders:
        current = msgspec.structs.replace(order, status=status_now(order, now))
        differs = against_its_events(order, events.get(order.id, ())) or against_its_hold(
            current, holds.get(order.hold_id)
        )
        if differs is not None:
            found[order.id] = differs
    there = {order.id for order in orders}
    for order_id in events.keys() - there:
        found[order_id] = _gone(order_id, events[order_id])
    return found


async def _unwritten(
    context: Context, hold_ids: Sequence[str], waits: Sequence[float]
) -> list[OrderDiscrepancy]:
    """Holds with a memo and no order, now and a while later."""
    waiting = list(hold_ids)
    holds = await holds_of(context=context, hold_ids=waiting)
    waiting = [each for each in waiting if each in holds and has_order_memo(holds[each])]
    for wait in waits:
        if not waiting:
            return []
        await _wait(context, wait)
        async with context.house.database("orders").reading() as tx:
            written = {order.hold_id for order in await store.orders_of_holds(tx, waiting)}
            orders = {_order_id(holds[each].memo): each for each in waiting}
            known = _by_order(await events_of_orders(tx, context.house, list(orders)))
        written |= {orders[each] for each in known}  # that it is not there is told otherwise
        waiting = [each for each in waiting if each not in written]
    return [
        OrderDiscrepancy(
            kind="order_missing",
            finding=f"the hold {hold_id} keeps the memo of an order that is not there",
            order_id=_order_id(holds[hold_id].memo),
            hold_id=hold_id,
            channel=holds[hold_id].channel,
            hold_status=holds[hold_id].status,
            behind=True,
        )
        for hold_id in waiting
    ]


async def _wait(context: Context, part: float) -> None:
    longest = min(context.house.settings.request_timeout_seconds, WAIT_LIMIT_SECONDS)
    await asyncio.sleep(part * longest)


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ids, `PAGE_ORDERS` at a time."""
    for start in range(0, len(ids), PAGE_ORDERS):
        yield ids[start : start + PAGE_ORDERS]


class _Memo(msgspec.Struct, frozen=True):
    order_id: str


def _order_id(memo: msgspec.Raw | None) -> str:
    assert memo is not None
    return msgspec.json.decode(memo, type=_Memo).order_id


def _gone(order_id: str, events: Sequence[Event]) -> OrderDiscrepancy:
    told = replayed(order_id, events)
    return OrderDiscrepancy(
        kind="order_row",
        finding=f"{len(events)} events tell of the order, and it is not there",
        order_id=order_id,
        hold_id=told.hold_id if told else "",
        channel=told.channel if told else "",
        versions=tuple(event.version for event in events),
    )


def _by_order(events: Sequence[Event]) -> dict[str, list[Event]]:
    by_order: dict[str, list[Event]] = {}
    for event in events:
        by_order.setdefault(event.stream.removeprefix("order:"), []).append(event)
    return by_order
