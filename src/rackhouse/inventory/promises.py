"""Promises: selling pieces before they come, and giving them out when they have."""

import asyncio
import datetime
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.channels import sourcing_of
from rackhouse.inventory import store
from rackhouse.inventory.backlog import locations_served
from rackhouse.inventory.coming import PromisedNow
from rackhouse.inventory.commands import (
    ChangePromise,
    ClosePromise,
    KeepPromises,
    OpenPromise,
)
from rackhouse.inventory.inbound import known_inbound
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.promise_errors import CapOrChannelCaps, PromiseNotFound
from rackhouse.inventory.receiving import must_be_stocked
from rackhouse.inventory.rules import Caps, PromiseChange, PromiseNow, PromisePart, PromiseTerms
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House

__all__ = [
    "PromiseChanges",
    "change_promise",
    "close_promise",
    "keep_promises",
    "open_promise",
    "promise_of",
    "promised_dates",
    "promised_of",
    "promises",
]

KEEP_LIMIT = 200
ALL = ""


class PromiseChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be otherwise of a promise; None leaves it as it is."""

    promised_at: datetime.datetime | None = None
    cap: int | None = None
    channel_caps: Mapping[str, int] | None = None
    note: str | None = None
    reason: str


@operation("inventory:write")
async def open_promise(*, context: Context, sku: str, terms: PromiseTerms) -> PromiseNow:
    """Let pieces of a SKU be sold before they come: up to ``cap`` by every channel together, or up
    to a cap by each of some channels.

    A promise that stands on a shipment moves with it, and shrinks by what comes with it. Refuses
    with `PromiseAlreadyOpen`, `PromiseInThePast`, `CapOrChannelCaps`, `CapBelowSold`,
    `InboundNotFound`, `NotInInbound`, `BundleHasNoStock`, and what `catalog` and `channels` refuse
    of SKUs and channels.
    """
    caps = await _caps(context.house, terms.cap, terms.channel_caps)
    if caps is None:
        raise CapOrChannelCaps()
    await must_be_stocked(context.house, [sku])
    if terms.inbound_id is not None:
        await known_inbound(context.house, terms.inbound_id)
    command = OpenPromise(context=context, sku=sku, terms=terms, caps=caps)
    opened: PromiseNow = await context.house.the(StockLane).submit(command)
    return opened


@operation("inventory:write")
async def change_promise(
    *, context: Context, sku: str, changes: PromiseChanges, expected_version: int | None
) -> PromiseNow:
    """Move the date of a promise, allow more or fewer, or note something else; None leaves as it
    is. Whoever has bought keeps what was promised, for the new date.

    Refuses with `PromiseNotFound`, `VersionIsStale` (None expects any version), `PromiseIsClosed`,
    `PromiseInThePast`, `CapOrChannelCaps`, `CapBelowSold`, and what `channels` refuses of channels.
    """
    change = PromiseChange(
        promised_at=changes.promised_at,
        caps=await _caps(context.house, changes.cap, changes.channel_caps),
        note=changes.note,
        reason=changes.reason,
    )
    command = ChangePromise(
        context=context, sku=sku, change=change, expected_version=expected_version
    )
    await context.house.the(StockLane).submit(command)
    return await _read(context.house, sku)


@operation("inventory:write")
async def close_promise(
    *, context: Context, sku: str, reason: str, expected_version: int | None
) -> PromiseNow:
    """Let nothing more be sold by a promise; what was sold stays promised until it has come or is
    cancelled. Again changes nothing.

    Refuses with `PromiseNotFound` and `VersionIsStale` (None expects any version).
    """
    command = ClosePromise(
        context=context, sku=sku, reason=reason, expected_version=expected_version
    )
    await context.house.the(StockLane).submit(command)
    return await _read(context.house, sku)


@operation("inventory:read")
async def promise_of(*, context: Context, sku: str) -> PromiseNow:
    """The promise of a SKU as it is now; refuses with `PromiseNotFound`."""
    return _as_told(context, await _read(context.house, sku))


@operation("inventory:read")
async def promises(
    *, context: Context, after: str, is_open: bool | None, limit: int
) -> list[PromiseNow]:
    """Promises in order of their SKUs: open ones, closed ones, or all."""
    async with context.house.database("inventory").reading() as tx:
        found = await store.promise_page(tx, skus=None, after=after, is_open=is_open, limit=limit)
    return [_as_told(context, PromiseNow(*each)) for each in found]


@operation("inventory:write")
async def keep_promises(*, context: Context) -> int:
    """Give free pieces to those whom such were promised, for the next `KEEP_LIMIT` SKUs in turn;
    says how many. What comes in is given out at once; this is for what got free otherwise."""
    house = context.house
    turn = house.the(_Turn)
    async with house.database("inventory").reading() as tx:
        skus = await store.skus_promised(tx, after=turn.after, limit=KEEP_LIMIT)
        places = await store.places_with_pieces(tx, skus)
        waiting = await store.channels_promised(tx, {sku for sku, _ in places})
    turn.after = skus[-1] if len(skus) == KEEP_LIMIT else ""
    served = await locations_served(house, {channel for _, channel in waiting})
    reached = {(sku, place) for sku, channel in waiting for place in served.get(channel, ())}
    lane = house.the(StockLane)
    found: dict[str, list[str]] = {}
    for sku, place in places:
        if (sku, place) in reached:
            found.setdefault(sku, []).append(place)
    commands = [KeepPromises(context=context, sku=sku, locations=at) for sku, at in found.items()]
    return sum(await asyncio.gather(*(lane.submit(command) for command in commands)))


async def promised_dates(*, house: House, skus: Sequence[str]) -> dict[str, datetime.datetime]:
    """For when SKUs are promised, of those that are or were; also where no more is sold."""
    async with house.database("inventory").reading() as tx:
        return {each.sku: each.promised_at for each in await store.promises_of(tx, skus)}


async def promised_of(
    *, house: House, skus: Sequence[str], channel: str | None
) -> dict[str, PromisedNow]:
    """What may be sold of SKUs before they come, through one channel or all, of those that have
    an open promise."""
    async with house.database("inventory").reading() as tx:
        found = await store.promise_page(tx, skus=skus, after="", is_open=True, limit=len(skus))
    return {
        promise.sku: PromisedNow(
            sum(_free(part) for part in parts if channel is None or part.channel in (ALL, channel)),
            promise.promised_at,
        )
        for promise, parts, _ in found
    }


class _Turn:
    """After which SKU this process goes on when it looks for promises to keep."""

    def __init__(self, house: House) -> None:
        self.after = ""


async def _caps(
    house: House, cap: int | None, channel_caps: Mapping[str, int] | None
) -> Caps | None:
    if channel_caps is None:
        return None if cap is None else {ALL: cap}
    if cap is not None or not channel_caps:
        raise CapOrChannelCaps()
    for channel in channel_caps:
        await sourcing_of(house=house, channel=channel)  # refuses a channel that there is not
    return channel_caps


async def _read(house: House, sku: str) -> PromiseNow:
    async with house.database("inventory").reading() as tx:
        found = await store.promise_page(tx, skus=[sku], after="", is_open=None, limit=1)
    if not found:
        raise PromiseNotFound(sku=sku)
    return PromiseNow(*found[0])


def _as_told(context: Context, now: PromiseNow) -> PromiseNow:
    """A channel is told of what every channel may sell and of its own part."""
    own = context.caller.channel
    if own is None:
        return now
    parts = [part for part in now.parts if part.channel in (ALL, own)]
    return msgspec.structs.replace(now, parts=parts)


def _free(part: PromisePart) -> int:
    return part.cap - part.held - part.sold
