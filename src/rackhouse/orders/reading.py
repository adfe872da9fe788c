"""Questions about orders."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.inventory import Hold, holds_of
from rackhouse.orders import store
from rackhouse.orders.errors import OrderNotFound
from rackhouse.orders.rules import Order, status_now
from rackhouse.orders.stock import stock_context
from rackhouse.platform.context import Caller, Context, operation
from rackhouse.platform.group_read import GroupRead
from rackhouse.platform.house import House
from rackhouse.platform.ids import UuidText, is_uuid

__all__ = [
    "OrderPlace",
    "order_counts",
    "order_of",
    "order_page",
    "order_with_hold",
    "orders_of_holds",
    "reachable_order",
]

READ_BATCH_LIMIT = 500


class OrderPlace(msgspec.Struct, frozen=True):
    """Where a page of orders ended."""

    placed_at: datetime.datetime
    id: UuidText


class _OrderReads:
    """This process's one reader of orders by id."""

    def __init__(self, house: House) -> None:
        self._database = house.database("orders")
        self.reads: GroupRead[str, Order] = GroupRead(self._load, batch_limit=READ_BATCH_LIMIT)

    async def _load(self, order_ids: Sequence[str]) -> Mapping[str, Order]:
        async with self._database.reading() as tx:
            found = [_as_of(row) for row in await store.orders_of(tx, order_ids)]
        return {order.id: order for order in found}


@operation("orders:read")
async def order_of(*, context: Context, order_id: str) -> Order:
    """An order as it is now; refuses with `OrderNotFound`, also where it is somebody else's."""
    return await reachable_order(context, order_id)


@operation("orders:read")
async def order_with_hold(*, context: Context, order_id: str) -> tuple[Order, Hold | None]:
    """An order as it is now and the hold behind it; refuses with `OrderNotFound`."""
    order = await reachable_order(context, order_id)
    found = await holds_of(context=stock_context(context), hold_ids=[order.hold_id])
    return order, found.get(order.hold_id)


@operation("orders:read")
async def order_page(
    *,
    context: Context,
    before: OrderPlace | None,
    channel: str | None,
    customer_id: str | None,
    external_id: str | None,
    status: str | None,
    limit: int,
) -> list[Order]:
    """Orders that the caller may see, the newest first."""
    caller = context.caller
    if _is_elsewhere(caller.channel, channel) or _is_elsewhere(caller.customer_id, customer_id):
        return []
    async with context.house.database("orders").transaction() as tx:
        rows = await store.order_page(
            tx,
            before=(before.placed_at, before.id) if before else None,
            channel=caller.channel or channel,
            customer_id=caller.customer_id or customer_id,
            external_id=external_id,
            status=status,
            limit=limit,
        )
    return [_as_of(row) for row in rows]


@operation("orders:read")
async def order_counts(*, context: Context) -> dict[str, int]:
    """How many orders there are in each status, of the caller's channel or of all."""
    async with context.house.database("orders").transaction() as tx:
        return await store.count_orders(tx, channel=context.caller.channel)


@operation("orders:read")
async def orders_of_holds(*, context: Context, hold_ids: Sequence[str]) -> dict[str, Order]:
    """The orders behind which some holds stand, by the hold's id; those that the caller may see."""
    async with context.house.database("orders").reading() as tx:
        found = await store.orders_of_holds(tx, hold_ids)
    return {each.hold_id: each for each in found if _reaches(context.caller, each)}


async def reachable_order(context: Context, order_id: str) -> Order:
    """The order if the caller may reach it; refuses with `OrderNotFound`."""
    found = None
    if is_uuid(order_id):
        found = await context.house.the(_OrderReads).reads.get(order_id.lower())
    if found is None or not _reaches(context.caller, found):
        raise OrderNotFound(order_id=order_id)
    return found


def _reaches(caller: Caller, order: Order) -> bool:
    return caller.channel in (None, order.channel) and caller.customer_id in (
        None,
        order.customer_id,
    )


def _is_elsewhere(own: str | None, asked: str | None) -> bool:
    return own is not None and asked is not None and own != asked


def _as_of(row: tuple[Any, ...]) -> Order:
    *columns, now = row
    order = store.read_order(*columns)
    return msgspec.structs.replace(order, status=status_now(order, now))
