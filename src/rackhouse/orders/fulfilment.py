"""What becomes of an order: confirmed, shipped, delivered, cancelled, returned.

The stock moves first, then the order follows; each step may be asked for twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from rackhouse.inventory import (
    ComingBack,
    Hold,
    HoldNotFound,
    Line,
    confirm_hold,
    release_hold,
    return_goods,
    ship_hold,
)
from rackhouse.orders import rules
from rackhouse.orders.errors import OrderIsNot
from rackhouse.orders.events import OrderEvent, Pieces
from rackhouse.orders.lane import ChangeOrder, OrderLane
from rackhouse.orders.reading import reachable_order
from rackhouse.orders.rules import Order
from rackhouse.orders.stock import moved_once, stock_context, unless_moved
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Refusal

__all__ = ["cancel_order", "confirm_order", "deliver_order", "return_order", "ship_order"]

AS_IT_WAS = ComingBack()

Decide = Callable[[Order], Sequence[OrderEvent]]
Move = Callable[[Context, Order], Awaitable[Hold]]
CatchUp = Callable[[Order, Hold], Sequence[OrderEvent]]


@operation("orders:write")
async def confirm_order(*, context: Context, order_id: str) -> Order:
    """Make a pending order binding; again changes nothing.

    Refuses with `OrderNotFound`, `OrderIsNot`, `HoldHasEnded`.
    """

    async def move(stock: Context, order: Order) -> Hold:
        return await confirm_hold(context=stock, hold_id=order.hold_id)

    return await _step(context, order_id, rules.confirm, move)


@operation("orders:write")
async def ship_order(*, context: Context, order_id: str, lines: Sequence[Pieces] | None) -> Order:
    """Send out a confirmed order: everything that is left and has come, or some lines.

    Refuses with `OrderNotFound`, `OrderIsNot`, `OrderLineNotLeft`, `NotArrivedYet`.
    """

    def pieces(order: Order) -> Sequence[Pieces]:
        return rules.left_to_ship(order) if lines is None else lines

    async def move(stock: Context, order: Order) -> Hold:
        asked = None if lines is None else _lines(lines)
        return await ship_hold(context=stock, hold_id=order.hold_id, lines=asked)

    decide: Decide = lambda order: rules.ship(order, pieces(order))  # noqa: E731
    return await _step_once(context, order_id, decide, move, rules.follow)


@operation("orders:write")
async def deliver_order(*, context: Context, order_id: str) -> Order:
    """Record that the customer has a shipped order; again changes nothing.

    Refuses with `OrderNotFound`, `OrderIsNot`.
    """
    return await _step(context, order_id, rules.deliver, None)


@operation("orders:write")
async def cancel_order(*, context: Context, order_id: str, reason: str) -> Order:
    """Call an order off that has not shipped, and free its stock; again changes nothing.

    Refuses with `OrderNotFound`, `OrderIsNot`.
    """

    async def move(stock: Context, order: Order) -> None:
        with suppress(HoldNotFound):  # nothing is reserved any more
            hold = await release_hold(
                context=stock,
                hold_id=order.hold_id,
                lines=None,
                reason=reason,
                unless_shipped=True,
            )
            # Somebody may have shipped after the order was read; the stock knows first.
            if any(each.shipped for each in hold.allocations):
                left = any(each.committed for each in hold.allocations)
                status = "shipped in part" if left else "shipped"
                raise OrderIsNot(order_id=order_id, order_status=status, wanted="cancelled")

    return await _step(context, order_id, lambda order: rules.cancel(order, reason), move)


@operation("orders:write")
async def return_order(
    *,
    context: Context,
    order_id: str,
    lines: Sequence[Pieces] | None,
    reason: str,
    coming_back: ComingBack = AS_IT_WAS,
) -> Order:
    """Take back what has shipped: everything, or some lines; in a condition, at a location or
    where it came from.

    Refuses with `OrderNotFound`, `OrderIsNot`, `OrderLineNotLeft`, `LocationNotFound`.
    """

    def pieces(order: Order) -> Sequence[Pieces]:
        return rules.left_to_return(order) if lines is None else lines

    async def move(stock: Context, order: Order) -> Hold:
        return await return_goods(
            context=stock,
            hold_id=order.hold_id,
            lines=_lines(pieces(order)),
            reason=reason,
            coming_back=coming_back,
        )

    def catch_up(order: Order, hold: Hold) -> list[OrderEvent]:
        return rules.follow(order, hold, returned_because=reason)

    decide: Decide = lambda order: rules.return_lines(order, pieces(order), reason)  # noqa: E731
    return await _step_once(context, order_id, decide, move, catch_up)


async def _step(
    context: Context,
    order_id: str,
    decide: Decide,
    move: Callable[[Context, Order], Awaitable[object]] | None,
) -> Order:
    """Refuse first, then move the stock, then let the order follow: for what changes nothing when
    it is done twice, so that the stock needs no key for it."""
    lane = context.house.the(OrderLane)
    async with lane.unless_answered(context.idempotency):
        order = await reachable_order(context, order_id)
        if move is not None and decide(order):
            await move(stock_context(context), order)
    return await lane.submit(ChangeOrder(context=context, order_id=order_id, decide=decide))


async def _step_once(
    context: Context, order_id: str, decide: Decide, move: Move, catch_up: CatchUp
) -> Order:
    """The same for what must not be done twice. After a crash between the two commits the order
    may have learnt from the stock already what this request has done: then the request is not
    refused for that, and the order catches up with its hold instead of counting again."""
    lane = context.house.the(OrderLane)
    await lane.raise_if_answered(context.idempotency)
    order = await reachable_order(context, order_id)
    try:
        decide(order)
    except Refusal as refusal:
        await unless_moved(context, refusal)
    hold = await moved_once(context, order.hold_id, lambda stock: move(stock, order))
    change = ChangeOrder(
        context=context, order_id=order_id, decide=lambda current: catch_up(current, hold)
    )
    return await lane.submit(change)


def _lines(pieces: Sequence[Pieces]) -> list[Line]:
    return [Line(each.sku, each.quantity) for each in pieces]
