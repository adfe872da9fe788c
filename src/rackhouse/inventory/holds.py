"""Timed holds: set stock aside, keep it longer, sell it, let it go."""

import asyncio
import datetime
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.catalog import Component, Sale, sales_of
from rackhouse.channels import selling_channel
from rackhouse.inventory import rules, store
from rackhouse.inventory.choosing_sources import SourcingWish, sources_for
from rackhouse.inventory.commands import (
    Command,
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    Placement,
    ReleaseHold,
    ReturnCondition,
    ReturnGoods,
    ShipHold,
    must_reach,
)
from rackhouse.inventory.errors import BundleHasNoStock, HoldNotFound, HoldTooLong, OtherChannel
from rackhouse.inventory.events import SELLABLE
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.locations import must_exist
from rackhouse.inventory.rules import Allocation, Hold, Line, Need
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House
from rackhouse.platform.ids import is_uuid, new_id

__all__ = [
    "ComingBack",
    "confirm_hold",
    "due_holds",
    "expire_hold",
    "extend_hold",
    "hold_of",
    "holds_of",
    "live_holds",
    "needs_in",
    "needs_of",
    "place_hold",
    "release_hold",
    "return_goods",
    "ship_hold",
]

LIVE_HOLDS_LIMIT = 200


@operation("holds:write")
async def place_hold(
    *,
    context: Context,
    channel: str,
    lines: Sequence[Line],
    ttl_seconds: float,
    customer_id: str | None = None,
    hold_id: str | None = None,
    memo: msgspec.Raw | None = None,
    sell: bool = False,
    hand_over: bool = False,
    promise: bool = False,
    sourcing: SourcingWish | None = None,
) -> Hold:
    """Set every line aside for ``ttl_seconds``, or nothing at all.

    With ``sell`` the pieces are committed at once, with ``hand_over`` also shipped. A ``hold_id``
    of the caller's choice makes asking again safe: an existing hold is answered as it is. The
    ``memo`` is kept for the caller and not read. With ``promise``, what is not there is taken from
    what has been promised; ``sourcing`` says which locations serve, if not as the channel usually
    does. Refuses with `NotOnSale`, `NotEnoughStock`, `HoldTooLong`, `OtherChannel`,
    `BundleHasNoStock`, `LotNotFound`, `LotNotSellable`, `UnitNotFree`, and what `catalog` and
    `channels` refuse of SKUs and channels.
    """
    caller, house = context.caller, context.house
    if caller.channel is not None and caller.channel != channel:
        raise OtherChannel(channel=channel, own=caller.channel)
    if ttl_seconds > house.settings.hold_ttl_limit_seconds:
        raise HoldTooLong(limit_seconds=house.settings.hold_ttl_limit_seconds)
    seller = await selling_channel(house=house, channel=channel)
    terms, candidates = await sources_for(house, seller, sourcing)
    sales = await sales_of(house=house, skus=[line.sku for line in lines])
    placement = Placement(
        context=context,
        hold_id=hold_id or new_id(),
        channel=channel,
        lines=lines,
        needs=needs_in(sales, lines),
        locations=seller.locations,
        ttl_seconds=ttl_seconds,
        customer_id=caller.customer_id or customer_id,
        memo=memo,
        may_exist=hold_id is not None,
        sell=sell or hand_over,
        hand_over=hand_over,
        promise=promise and not hand_over,  # what is handed over is there
        sourcing=terms,
        candidates=candidates,
        lives=[(sku, sale.life) for sku, sale in sales.items() if sale.life is not None],
    )
    return await _submit(context, placement)


@operation("holds:write")
async def extend_hold(*, context: Context, hold_id: str, ttl_seconds: float) -> Hold:
    """Let a hold last for ``ttl_seconds`` from now.

    Refuses with `HoldNotFound`, `HoldHasEnded`, `HoldTooLong`, `OtherChannel`.
    """
    limit = context.house.settings.hold_ttl_limit_seconds
    if ttl_seconds > limit:
        raise HoldTooLong(limit_seconds=limit)
    _must_be_id(hold_id)
    command = ExtendHold(context=context, hold_id=hold_id, ttl_seconds=ttl_seconds)
    return await _submit(context, command)


@operation("holds:write")
async def confirm_hold(*, context: Context, hold_id: str) -> Hold:
    """Sell what a hold sets aside; again changes nothing.

    Refuses with `HoldNotFound`, `HoldHasEnded`, `LotIsRecalled`, `OtherChannel`.
    """
    _must_be_id(hold_id)
    return await _submit(context, ConfirmHold(context=context, hold_id=hold_id))


@operation("holds:write")
async def release_hold(
    *,
    context: Context,
    hold_id: str,
    lines: Sequence[Line] | None,
    reason: str,
    unless_shipped: bool = False,
) -> Hold:
    """Free what a hold sets aside or has sold and not shipped: everything, or some lines.

    Releasing what has ended changes nothing, nor does releasing ``unless_shipped`` what has been
    shipped in part: then the answer shows it. Refuses with `HoldNotFound`, `LineNotInHold`,
    `OtherChannel`.
    """
    _must_be_id(hold_id)
    command = ReleaseHold(
        context=context,
        hold_id=hold_id,
        lines=lines,
        reason=reason,
        unless_shipped=unless_shipped,
    )
    return await _submit(context, command)


@operation("holds:write")
async def ship_hold(*, context: Context, hold_id: str, lines: Sequence[Line] | None) -> Hold:
    """Send out what a hold has sold: everything, or some lines.

    Refuses with `HoldNotFound`, `LineNotInHold`, `LotIsRecalled`, `OtherChannel`.
    """
    _must_be_id(hold_id)
    return await _submit(context, ShipHold(context=context, hold_id=hold_id, lines=lines))


class ComingBack(msgspec.Struct, frozen=True):
    """How goods come back: in a condition of stock, or as a `write_off` that is not kept; at a
    location, or where they came from."""

    condition: ReturnCondition = SELLABLE
    location: str | None = None


AS_IT_WAS = ComingBack()


@operation("holds:write")
async def return_goods(
    *,
    context: Context,
    hold_id: str,
    lines: Sequence[Line] | None,
    reason: str,
    coming_back: ComingBack = AS_IT_WAS,
) -> Hold:
    """Take back what a hold has shipped: everything, or some lines; in a condition, at a location
    or where it came from.

    Refuses with `HoldNotFound`, `LineNotInHold`, `LocationNotFound`, `OtherChannel`.
    """
    _must_be_id(hold_id)
    if coming_back.location is not None:
        await must_exist(context.house, [coming_back.location])
    async with context.house.database("inventory").reading() as tx:
        skus = await store.skus_of_hold(tx, hold_id)
    goods = {"lines": lines, "reason": reason, "skus": skus, **msgspec.structs.asdict(coming_back)}
    return await _submit(context, ReturnGoods(context=context, hold_id=hold_id, **goods))


@operation("holds:write")
async def expire_hold(*, context: Context, hold_id: str) -> Hold:
    """Tidy up a hold whose time is over; leaves any other as it is."""
    return await _submit(context, ExpireHold(context=context, hold_id=hold_id))


@operation("holds:read")
async def hold_of(*, context: Context, hold_id: str) -> Hold:
    """A hold as it is now; refuses with `HoldNotFound` and `OtherChannel`."""
    _must_be_id(hold_id)
    found = await holds_of(context=context, hold_ids=[hold_id])
    if hold_id not in found:
        raise HoldNotFound(hold_id=hold_id)
    must_reach(context.caller, found[hold_id])
    return found[hold_id]


@operation("holds:read")
async def holds_of(*, context: Context, hold_ids: Sequence[str]) -> dict[str, Hold]:
    """The holds of these ids as they are now, by id; unknown ids are left out."""
    async with context.house.database("inventory").transaction() as tx:
        async with tx.pipeline():
            holds = await store.send_holds(tx, hold_ids)
            allocations = await store.send_allocations(tx, hold_ids)
            time = await store.send_time(tx)
        now = await time.one(_itself)
        by_hold: dict[str, list[Allocation]] = {}
        for allocation in await allocations.all(store.read_allocation):
            by_hold.setdefault(allocation.hold_id, []).append(allocation)
        found = [store.read_hold(row, by_hold) for row in await holds.all(_row)]
    return {
        hold.id: msgspec.structs.replace(hold, status=rules.status_now(hold, now)) for hold in found
    }


@operation("holds:read")
async def live_holds(
    *, context: Context, sku: str | None, channel: str | None, limit: int
) -> list[Hold]:
    """Holds that run at this moment, the ones that end first in front, `LIVE_HOLDS_LIMIT` at
    most."""
    channel = context.caller.channel or channel
    async with context.house.database("inventory").transaction() as tx:
        ids = await store.live_holds(
            tx, sku=sku, channel=channel, limit=min(limit, LIVE_HOLDS_LIMIT)
        )
    found = await holds_of(context=context, hold_ids=ids)
    own = context.caller.customer_id
    return [found[each] for each in ids if own is None or found[each].customer_id == own]


async def due_holds(*, house: House, limit: int) -> list[str]:
    """Holds whose time is over and that nobody has tidied up yet."""
    async with house.database("inventory").transaction() as tx:
        return await store.due_holds(tx, limit=limit)


async def needs_of(house: House, lines: Sequence[Line]) -> list[Need]:
    """What lines come down to; refuses with `BundleHasNoStock` and `SkuUnknown`."""
    return needs_in(await sales_of(house=house, skus=[line.sku for line in lines]), lines)


def needs_in(sales: Mapping[str, Sale], lines: Sequence[Line]) -> list[Need]:
    """What lines come down to, by what their SKUs take; refuses with `BundleHasNoStock`."""
    return [
        _need(index, line, component)
        for index, line in enumerate(lines)
        for component in sales[line.sku].components
    ]


def _need(index: int, line: Line, component: Component) -> Need:
    quantity = component.quantity * line.quantity
    if line.lot is None and not line.units and line.picking is None:
        return Need(index, component.sku, quantity)
    if component.sku != line.sku and (line.lot is not None or line.units):
        raise BundleHasNoStock(sku=line.sku)
    return Need(
        index, component.sku, quantity, line.lot, line.units, line.picking or "first_expired"
    )


def _submit(context: Context, command: Command) -> "asyncio.Future[Hold]":
    return context.house.the(StockLane).submit(command)


def _must_be_id(hold_id: str) -> None:
    if not is_uuid(hold_id):
        raise HoldNotFound(hold_id=hold_id)


def _row(*values: object) -> tuple[object, ...]:
    return values


def _itself(value: datetime.datetime) -> datetime.datetime:
    return value
