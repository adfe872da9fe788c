"""Waiting lists: when stock is free, the first in line is offered it."""

import datetime
from typing import Any

from rackhouse.catalog import components_of
from rackhouse.channels import locations_sold_by
from rackhouse.inventory import store
from rackhouse.inventory.commands import JoinWaiting, LeaveWaiting
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    HoldTooLong,
    OtherChannel,
    WaitingNotFound,
)
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.rules import PlaceInLine
from rackhouse.platform.context import Context, operation
from rackhouse.platform.ids import is_uuid, new_id

__all__ = [
    "PlaceInLine",
    "join_waiting_list",
    "leave_waiting_list",
    "place_in_line",
    "waiting_list",
]


@operation("holds:write")
async def join_waiting_list(
    *,
    context: Context,
    sku: str,
    quantity: int,
    channel: str,
    customer_id: str,
    offer_seconds: float | None,
) -> PlaceInLine:
    """Wait for pieces of a stocked SKU to be free where a channel sells from.

    Who is first in line is offered them as a hold of ``offer_seconds``. Refuses with
    `AlreadyWaiting`, `BundleHasNoStock`, `HoldTooLong`, `OtherChannel`, and what `catalog` and
    `channels` refuse of SKUs and channels.
    """
    caller, settings = context.caller, context.house.settings
    if caller.channel not in (None, channel):
        raise OtherChannel(channel=channel, own=caller.channel)
    seconds = offer_seconds or settings.waiting_offer_seconds
    if seconds > settings.hold_ttl_limit_seconds:
        raise HoldTooLong(limit_seconds=settings.hold_ttl_limit_seconds)
    components = await components_of(house=context.house, skus=[sku])
    if [component.sku for component in components[sku]] != [sku]:
        raise BundleHasNoStock(sku=sku)
    locations = await locations_sold_by(house=context.house, channel=channel)
    joined: PlaceInLine = await context.house.the(StockLane).submit(
        JoinWaiting(
            context=context,
            waiting_id=new_id(),
            sku=sku,
            quantity=quantity,
            channel=channel,
            customer_id=caller.customer_id or customer_id,
            offer_seconds=seconds,
            locations=locations,
        )
    )
    return joined


@operation("holds:write")
async def leave_waiting_list(*, context: Context, waiting_id: str) -> PlaceInLine:
    """Wait no more; again changes nothing. Refuses with `WaitingNotFound`, `NotWaitingAnyMore`."""
    _must_be_id(waiting_id)
    command = LeaveWaiting(context=context, waiting_id=waiting_id)
    await context.house.the(StockLane).submit(command)
    return (await _places(context, [waiting_id]))[0]


@operation("holds:read")
async def place_in_line(*, context: Context, waiting_id: str) -> PlaceInLine:
    """A place in line as it is now; refuses with `WaitingNotFound`, also where it is another's."""
    _must_be_id(waiting_id)
    found = await _places(context, [waiting_id])
    if not found:
        raise WaitingNotFound(waiting_id=waiting_id)
    return found[0]


@operation("holds:read")
async def waiting_list(
    *,
    context: Context,
    after: int,
    sku: str | None,
    channel: str | None,
    customer_id: str | None,
    status: str | None,
    limit: int,
) -> tuple[list[PlaceInLine], list[int]]:
    """Places in line in order, each with its number, after which the next page begins."""
    caller = context.caller
    async with context.house.database("inventory").transaction() as tx:
        found = await store.waiting_page(
            tx,
            after=after,
            sku=sku,
            channel=caller.channel or channel,
            customer_id=caller.customer_id or customer_id,
            status=status,
            limit=limit,
        )
    places = {each.id: each for each in await _places(context, [id_ for id_, _ in found])}
    kept = [(places[id_], place) for id_, place in found if id_ in places]
    return [each for each, _ in kept], [place for _, place in kept]


async def _places(context: Context, ids: list[str]) -> list[PlaceInLine]:
    async with context.house.database("inventory").transaction() as tx:
        rows = await store.waiting_of(tx, ids)
    caller = context.caller
    return [
        place
        for place in map(_place, rows)
        if caller.channel in (None, place.channel)
        and caller.customer_id in (None, place.customer_id)
    ]


def _place(row: tuple[Any, ...]) -> PlaceInLine:
    *facts, status, joined_at, hold_id, hold_status, expires_at, now, before = row
    if status == "offered":
        status = _offer_status(hold_status, expires_at, now)
    waits = status == "waiting"
    offer_expires_at = expires_at if status == "offered" else None
    queued = before if waits else 0
    return PlaceInLine(*[*facts, status, joined_at, hold_id, offer_expires_at, queued])


def _offer_status(
    hold_status: str | None, expires_at: datetime.datetime, now: datetime.datetime
) -> str:
    if hold_status == "confirmed":
        return "bought"
    return "offered" if hold_status == "held" and now < expires_at else "lapsed"


def _must_be_id(waiting_id: str) -> None:
    if not is_uuid(waiting_id):
        raise WaitingNotFound(waiting_id=waiting_id)
