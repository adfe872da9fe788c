"""Sales that were reported and could not be booked: the goods have left, and nobody knows which.

Each is recorded, so that a person hears of it, and waits until stock is found for it or until
somebody decides that it never will be.
"""

import datetime
from collections.abc import Iterable, Sequence

import msgspec

from rackhouse.channels import locations_assigned_to
from rackhouse.inventory import must_be_own_channel
from rackhouse.orders import store
from rackhouse.orders.errors import SaleIsSettled, UncoveredSaleNotFound
from rackhouse.orders.events import SaleCovered, SaleDismissed, SaleNotCovered
from rackhouse.orders.histories import events_of_sale
from rackhouse.orders.lane import OrderState
from rackhouse.orders.log import LOG
from rackhouse.orders.rules import UncoveredSale
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Event, NewEvent
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import is_uuid
from rackhouse.platform.store import server_time

__all__ = [
    "NotCovered",
    "UncoveredSalePlace",
    "dismiss_sale",
    "note_what_is_covered",
    "sale_events",
    "uncovered_sale",
    "uncovered_sale_of",
    "uncovered_sales",
]

SaleEvent = SaleNotCovered | SaleCovered | SaleDismissed


class UncoveredSalePlace(msgspec.Struct, frozen=True):
    """Where a page of uncovered sales ended."""

    reported_at: datetime.datetime
    id: str


class NotCovered(msgspec.Struct, frozen=True):
    """A sale that could not be booked, under the id of the order that it would be."""

    sale_id: str
    customer_id: str | None
    event: SaleNotCovered


@operation("orders:read")
async def uncovered_sales(
    *, context: Context, channel: str | None, after: UncoveredSalePlace | None, limit: int
) -> list[UncoveredSale]:
    """The sales of a channel, or of all, that could not be booked and are not settled, the oldest
    first. A channel's own client is shown its own.

    Refuses with `OtherChannel` and `ChannelNotFound`.
    """
    if channel is not None:
        must_be_own_channel(context, channel)
        await locations_assigned_to(house=context.house, channel=channel)
    async with context.house.database("orders").transaction() as tx:
        return await store.uncovered_sale_page(
            tx,
            channel=context.caller.channel or channel,
            after=(after.reported_at, after.id) if after else None,
            limit=limit,
        )


@operation("orders:read")
async def uncovered_sale(*, context: Context, channel: str, sale_id: str) -> UncoveredSale:
    """A sale that could not be booked, settled or not.

    Refuses with `UncoveredSaleNotFound` and `OtherChannel`.
    """
    must_be_own_channel(context, channel)
    return await uncovered_sale_of(context, channel, sale_id)


@operation("orders:read")
async def sale_events(*, context: Context, sale_id: str) -> list[Event]:
    """All events of a sale that could not be booked, oldest first."""
    async with context.house.database("orders").reading() as tx:
        return await events_of_sale(tx, context.house, _stream(sale_id))


@operation("inventory:write")
async def dismiss_sale(
    *, context: Context, channel: str, sale_id: str, reason: str
) -> UncoveredSale:
    """Decide that a sale which could not be booked will not be: it was no sale, or what left is
    corrected in the stock otherwise. Again changes nothing.

    Refuses with `UncoveredSaleNotFound`, `SaleIsSettled`, `OtherChannel`.
    """
    must_be_own_channel(context, channel)
    if not is_uuid(sale_id):
        raise UncoveredSaleNotFound(channel=channel, sale_id=sale_id)
    async with context.house.database("orders").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.take_turns_with_sales(tx, [sale_id])
        sale = await _found(tx, channel, sale_id)
        if sale.status == "covered":
            raise SaleIsSettled(
                channel=channel, external_id=sale.external_id, sale_status=sale.status
            )
        now = await server_time(tx)
        if sale.status == "open":
            event = SaleDismissed(channel, sale.external_id, reason)
            sale = _moved(sale, "dismissed")
            await _write(tx, context, [(sale, event)], now)
        await remember_answer(tx, context.idempotency, sale, answered_at=now)
    return sale


async def uncovered_sale_of(context: Context, channel: str, sale_id: str) -> UncoveredSale:
    """A sale that could not be booked, settled or not; refuses with `UncoveredSaleNotFound`."""
    async with context.house.database("orders").reading() as tx:
        return await _found(tx, channel, sale_id)


async def note_what_is_covered(
    tx: Transaction,
    context: Context,
    *,
    not_covered: Sequence[NotCovered],
    covered: Iterable[str],
) -> None:
    """Record the sales that could not be booked, each once, and those that have been after all."""
    covered = list(covered)
    ids = [*(each.sale_id for each in not_covered), *covered]
    await store.take_turns_with_sales(tx, ids)
    now = await server_time(tx)
    known = {sale.id: sale for sale in await store.uncovered_sales(tx, ids)}
    ordered = {order.hold_id for order in await store.orders_of_holds(tx, ids)}
    happened: list[tuple[UncoveredSale, SaleEvent]] = []
    for each in not_covered:
        if each.sale_id not in known and each.sale_id not in ordered:
            sale = _new(each, now)
            known[sale.id] = sale
            happened.append((sale, each.event))
    for sale_id in covered:
        found = known.get(sale_id)
        if found is not None and found.status == "open":
            event = SaleCovered(found.channel, found.external_id)
            happened.append((_moved(found, "covered"), event))
    await _write(tx, context, happened, now)


async def _found(tx: Transaction, channel: str, sale_id: str) -> UncoveredSale:
    found = await store.uncovered_sales(tx, [sale_id]) if is_uuid(sale_id) else []
    if not found or found[0].channel != channel:
        raise UncoveredSaleNotFound(channel=channel, sale_id=sale_id)
    return found[0]


async def _write(
    tx: Transaction,
    context: Context,
    happened: Sequence[tuple[UncoveredSale, SaleEvent]],
    now: datetime.datetime,
) -> None:
    await store.write_uncovered_sales(tx, [sale for sale, _ in happened])
    await LOG.append(tx, [_recorded(sale, event, context) for sale, event in happened], now)


def _new(reported: NotCovered, now: datetime.datetime) -> UncoveredSale:
    event = reported.event
    return UncoveredSale(
        reported.sale_id,
        event.channel,
        event.external_id,
        reported.customer_id,
        event.lines,
        event.missing,
        event.why,
        event.sold_at,
        now,
        "open",
        1,
    )


def _moved(sale: UncoveredSale, status: str) -> UncoveredSale:
    return msgspec.structs.replace(sale, status=status, version=sale.version + 1)


def _recorded(sale: UncoveredSale, event: SaleEvent, context: Context) -> NewEvent:
    skus = tuple(dict.fromkeys(line.sku for line in sale.lines))
    state = OrderState(sale.id, sale.customer_id, sale.status, skus)
    return NewEvent(_stream(sale.id), sale.version, event, context, sale.channel, state)


def _stream(sale_id: str) -> str:
    return f"sale:{sale_id}"
