"""Following the stock: orders learn what became of their holds, also when a crash fell between
the commit of the one and of the other."""

from collections.abc import Sequence
from contextlib import suppress

from rackhouse.inventory import Hold, hold_of, holds_of
from rackhouse.orders import store
from rackhouse.orders.lane import ChangeOrder, OrderLane
from rackhouse.orders.placing import has_order_memo, order_of_hold
from rackhouse.orders.rules import Order, follow
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Refusal
from rackhouse.platform.events import Event
from rackhouse.platform.module import Subscription

__all__ = ["SUBSCRIPTIONS", "follow_hold", "follow_holds"]

GRACE_SECONDS = 2.0


async def follow_holds(context: Context, events: Sequence[Event]) -> None:
    """Bring the orders behind some stock events to where their holds are.

    An order that was never written down is made from its hold's memo.
    """
    named = (event.facts().get("hold_id") for event in events)
    hold_ids = sorted({hold_id for hold_id in named if hold_id is not None})
    if not hold_ids:
        return
    async with context.house.database("orders").transaction() as tx:
        orders = {each.hold_id: each for each in await store.orders_of_holds(tx, hold_ids)}
    for hold in (await holds_of(context=context, hold_ids=hold_ids)).values():
        order = orders.get(hold.id)
        if order is None:
            with suppress(Refusal):
                await _write_down(context, hold)
        elif follow(order, hold):
            with suppress(Refusal):
                await _catch_up(context, order, hold)


@operation("orders:write")
async def follow_hold(*, context: Context, hold_id: str) -> None:
    """Bring the order behind one hold to where the hold is, and write it down from the hold's
    memo where it is not there; again changes nothing. Needs ``holds:read`` besides.

    Refuses with `HoldNotFound`.
    """
    hold = await hold_of(context=context, hold_id=hold_id)
    async with context.house.database("orders").reading() as tx:
        orders = await store.orders_of_holds(tx, [hold.id])
    for order in orders:
        await _catch_up(context, order, hold)
    if not orders:
        await _write_down(context, hold)


async def _write_down(context: Context, hold: Hold) -> None:
    if has_order_memo(hold):
        await context.house.the(OrderLane).submit(await order_of_hold(context, hold))


async def _catch_up(context: Context, order: Order, hold: Hold) -> None:
    await context.house.the(OrderLane).submit(
        ChangeOrder(
            context=context, order_id=order.id, decide=lambda current: follow(current, hold)
        )
    )


SUBSCRIPTIONS = [
    Subscription(
        name="orders.follow_holds",
        log="inventory",
        after_seconds=GRACE_SECONDS,
        permissions=frozenset({"holds:read"}),
        receive=follow_holds,
    )
]
