"""Opening, changing, pausing, moving and closing outlets."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.channels import read_channel
from rackhouse.feeds import (
    Filter,
    cursor_at,
    newest_cursor,
    position_in,
    usable_cursor,
    usable_filter,
)
from rackhouse.outlets import store
from rackhouse.outlets.errors import (
    InvalidOutlet,
    OutletKindUnknown,
    OutletNotFound,
    OutletsAtLimit,
)
from rackhouse.outlets.events import (
    LOG,
    OutletChanged,
    OutletClosed,
    OutletDisabledForGood,
    OutletEvent,
    OutletMoved,
    OutletOpened,
    OutletPaused,
    OutletResumed,
)
from rackhouse.outlets.kinds import Kind, Outlet
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent, Position
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import is_uuid
from rackhouse.platform.store import server_time

__all__ = [
    "Place",
    "acknowledged_position",
    "change_outlet",
    "close_outlet",
    "happen",
    "kinds_of",
    "move_outlet",
    "open_outlet",
    "outlet_of",
    "outlet_page",
    "own_outlet",
    "pause_outlet",
    "refuse_unfit_outlet",
    "resume_outlet",
]

OUTLETS_LIMIT = 1000
NAME_LENGTH_LIMIT = 200
REASON_LENGTH_LIMIT = 500


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an outlet goes on: after a cursor, at a time, or with a snapshot of the stock; without
    any of them with what comes."""

    cursor: str | None = None
    time: datetime.datetime | None = None
    snapshot: bool = False


@operation("outlets:write")
async def open_outlet(
    *,
    context: Context,
    outlet_id: str,
    kind: str,
    name: str,
    channel: str | None,
    filter_values: Mapping[str, Sequence[str]],
    hears_orders: bool,
    conflate_after: int | None,
    signals: bool,
    place: Place,
) -> Outlet:
    """Open an outlet, which begins at a place; one that is open already is answered as it is.

    Refuses with `OutletKindUnknown`, `InvalidOutlet`, `OutletsAtLimit`, `ChannelNotFound`, and
    what `feeds` refuses of filters and cursors.
    """
    house = context.house
    if kind not in kinds_of(house):
        raise OutletKindUnknown(kind=kind)
    asked = await _fit(context, name, channel, filter_values, conflate_after)
    cursor = await _cursor(house, place)
    async with house.database("outlets").transaction() as tx:
        await store.lock_outlets(tx)
        kept = await store.read_outlet(tx, outlet_id)
        if kept is not None:
            return kept.outlet
        if await store.count_outlets(tx) >= OUTLETS_LIMIT:
            raise OutletsAtLimit(limit=OUTLETS_LIMIT)
        now = await server_time(tx)
        outlet = Outlet(
            id=outlet_id,
            kind=kind,
            name=name,
            channel=channel,
            filter=asked,
            hears_orders=hears_orders,
            snapshot=place.snapshot,
            conflate_after=conflate_after,
            signals=signals,
            state="running",
            reason="",
            opened_at=now,
            version=0,
        )
        opened = OutletOpened(
            kind=kind,
            name=name,
            follows=channel,
            filter=_values(asked),
            hears_orders=hears_orders,
            snapshot=place.snapshot,
            conflate_after=conflate_after,
            signals=signals,
        )
        await store.open_progress(tx, outlet_id, cursor)
        return await _record(tx, context, outlet, opened, now)


@operation("outlets:write")
async def change_outlet(
    *,
    context: Context,
    outlet_id: str,
    name: str,
    filter_values: Mapping[str, Sequence[str]],
    conflate_after: int | None,
    signals: bool,
) -> Outlet:
    """Give an outlet another name, filter or conflation, or tell it signals or not; the same again
    changes nothing. It goes on from where it is.

    Refuses with `OutletNotFound`, `InvalidOutlet`, and what `feeds` refuses of filters.
    """
    outlet = await own_outlet(context, outlet_id)
    asked = await _fit(context, name, outlet.channel, filter_values, conflate_after)
    changed = OutletChanged(
        name=name,
        filter=_values(asked),
        snapshot=outlet.snapshot,
        conflate_after=conflate_after,
        signals=signals,
    )
    async with context.house.database("outlets").transaction() as tx:
        found = await _locked(tx, outlet_id)
        after = msgspec.structs.replace(
            found, name=name, filter=asked, conflate_after=conflate_after, signals=signals
        )
        if after == found:
            return found
        await store.release(tx, outlet_id)
        return await _record(tx, context, after, changed, await server_time(tx))


@operation("outlets:write")
async def pause_outlet(*, context: Context, outlet_id: str, reason: str) -> Outlet:
    """Send nothing through an outlet until it is resumed; it keeps its place. One that does not
    run stays as it is. Refuses with `OutletNotFound` and `InvalidOutlet`."""
    if len(reason) > REASON_LENGTH_LIMIT:
        problem = f"write {REASON_LENGTH_LIMIT} characters at most"
        raise InvalidOutlet(field="reason", problem=problem)
    await own_outlet(context, outlet_id)
    async with context.house.database("outlets").transaction() as tx:
        await claim(tx, context.idempotency)
        outlet = await _locked(tx, outlet_id)
        now = await server_time(tx)
        if outlet.state == "running":
            outlet = msgspec.structs.replace(outlet, state="paused", reason=reason)
            outlet = await _record(tx, context, outlet, OutletPaused(reason=reason), now)
        await remember_answer(tx, context.idempotency, outlet, answered_at=now)
        return outlet


@operation("outlets:write")
async def resume_outlet(*, context: Context, outlet_id: str) -> Outlet:
    """Send again at once, from where the outlet was, whether it was paused, disabled or is waiting
    to try again. Refuses with `OutletNotFound`."""
    await own_outlet(context, outlet_id)
    async with context.house.database("outlets").transaction() as tx:
        await claim(tx, context.idempotency)
        outlet = await _locked(tx, outlet_id)
        now = await server_time(tx)
        if outlet.state != "running" or outlet.failures:
            await store.release(tx, outlet_id)
            outlet = msgspec.structs.replace(outlet, state="running", reason="", failures=0)
            outlet = await _record(tx, context, outlet, OutletResumed(), now)
        await remember_answer(tx, context.idempotency, outlet, answered_at=now)
        return outlet


@operation("outlets:write")
async def move_outlet(*, context: Context, outlet_id: str, place: Place) -> Outlet:
    """Let an outlet go on from another place in the logs, before or after where it is. What is
    sent twice has the same id both times.

    Refuses with `OutletNotFound`, `InvalidOutlet`, and what `feeds` refuses of cursors.
    """
    await own_outlet(context, outlet_id)
    cursor = await _cursor(context.house, place)
    async with context.house.database("outlets").transaction() as tx:
        await claim(tx, context.idempotency)
        outlet = await _locked(tx, outlet_id)
        now = await server_time(tx)
        (progress,) = await store.progress_of(tx, [outlet_id])
        await store.move(tx, outlet_id, cursor)
        moved = OutletMoved(cursor=cursor, before=progress.cursor)
        outlet = msgspec.structs.replace(outlet, failures=0)
        outlet = await _record(tx, context, outlet, moved, now)
        await remember_answer(tx, context.idempotency, outlet, answered_at=now)
        return outlet


@operation("outlets:write")
async def close_outlet(*, context: Context, outlet_id: str) -> None:
    """Close an outlet for good and discard its dead letters; one that is closed stays closed."""
    async with context.house.database("outlets").transaction() as tx:
        await store.lock_outlet(tx, outlet_id)
        kept = await store.read_outlet(tx, outlet_id)
        if kept is None or kept.closed:
            return
        now = await server_time(tx)
        await store.delete_letters(tx, outlet_id)
        await _record(tx, context, kept.outlet, OutletClosed(), now, closed=True)


@operation("outlets:read")
async def outlet_of(*, context: Context, outlet_id: str) -> Outlet:
    """An outlet; refuses with `OutletNotFound`, also one that is not the caller's own."""
    return await own_outlet(context, outlet_id)


@operation("outlets:read")
async def outlet_page(
    *, context: Context, after: str | None, channel: str | None, kind: str | None, limit: int
) -> list[Outlet]:
    """Outlets in the order of their ids, of a channel or kind or all; who acts for a channel sees
    that channel's."""
    own = context.caller.channel
    if own is not None and channel not in (None, own):
        return []
    async with context.house.database("outlets").reading() as tx:
        return await store.outlet_page(
            tx, after=after, channel=own or channel, kind=kind, limit=limit
        )


async def refuse_unfit_outlet(
    *,
    context: Context,
    name: str,
    channel: str | None,
    filter_values: Mapping[str, Sequence[str]],
    conflate_after: int | None,
) -> None:
    """Refuse as `open_outlet` does what no outlet could be opened with."""
    await _fit(context, name, channel, filter_values, conflate_after)


async def own_outlet(context: Context, outlet_id: str) -> Outlet:
    """An open outlet that the caller may see; refuses with `OutletNotFound`."""
    kept = None
    if is_uuid(outlet_id):
        async with context.house.database("outlets").reading() as tx:
            kept = await store.read_outlet(tx, outlet_id)
    own = context.caller.channel
    if kept is None or kept.closed or own not in (None, kept.outlet.channel):
        raise OutletNotFound(outlet_id=outlet_id)
    return kept.outlet


async def happen(tx: Transaction, context: Context, outlet_id: str, event: OutletEvent) -> Outlet:
    """Let something happen to an outlet that changes nothing of it but, where it says so, that it
    is disabled."""
    outlet = await _locked(tx, outlet_id)
    if isinstance(event, OutletDisabledForGood):
        outlet = msgspec.structs.replace(outlet, state="disabled", reason=event.reason)
    return await _record(tx, context, outlet, event, await server_time(tx))


async def acknowledged_position(house: House, log: str) -> Position | None:
    """How far every outlet has come in a log; events after that are not archived. One that was
    disabled is not waited for."""
    async with house.database("outlets").reading() as tx:
        cursors = await store.open_cursors(tx)
    found = [position_in(cursor=cursor, log=log) for cursor in cursors]
    return min((each for each in found if each is not None), default=None)


def kinds_of(house: House) -> dict[str, Kind]:
    """The kinds of outlets that the modules of a house offer, by name."""
    return {kind.name: kind for module in house.modules for kind in module.outlet_kinds}


async def _fit(
    context: Context,
    name: str,
    channel: str | None,
    values: Mapping[str, Sequence[str]],
    conflate_after: int | None,
) -> Filter:
    if not name.strip() or len(name) > NAME_LENGTH_LIMIT or not name.isprintable():
        problem = f"write 1 to {NAME_LENGTH_LIMIT} characters that can be printed"
        raise InvalidOutlet(field="name", problem=problem)
    if conflate_after is not None and conflate_after < 1:
        raise InvalidOutlet(field="conflate_after", problem="say how many messages, 1 at least")
    if channel is not None:
        reading = Context.of_service(context.house, "outlets", frozenset({"channels:read"}))
        await read_channel(context=reading, channel_id=channel)
        if set(values.get("channel", ())) - {channel}:
            problem = f"this outlet follows the channel {channel} only"
            raise InvalidOutlet(field="filter.channel", problem=problem)
    return await usable_filter(house=context.house, values=values)


async def _cursor(house: House, place: Place) -> str | None:
    given = [place.cursor is not None, place.time is not None, place.snapshot]
    if sum(given) > 1:
        raise InvalidOutlet(field="cursor", problem="say a cursor, a time or a snapshot, not two")
    if place.snapshot:
        return None
    if place.cursor is not None:
        return await usable_cursor(house=house, cursor=place.cursor)
    if place.time is not None:
        return await cursor_at(house=house, time=place.time)
    return await newest_cursor(house=house)


async def _locked(tx: Transaction, outlet_id: str) -> Outlet:
    await store.lock_outlet(tx, outlet_id)
    kept = await store.read_outlet(tx, outlet_id)
    if kept is None or kept.closed:
        raise OutletNotFound(outlet_id=outlet_id)
    return kept.outlet


async def _record(
    tx: Transaction,
    context: Context,
    outlet: Outlet,
    event: OutletEvent,
    now: datetime.datetime,
    *,
    closed: bool = False,
) -> Outlet:
    after = msgspec.structs.replace(outlet, version=outlet.version + 1)
    await store.write_outlet(tx, after, closed=closed)
    stream = f"outlet:{outlet.id}"
    recorded = NewEvent(stream, after.version, event, context, outlet.channel)
    await LOG.append(tx, [recorded], now)
    return after


def _values(asked: Filter) -> dict[str, list[str]]:
    found: dict[str, Any] = msgspec.structs.asdict(asked)
    return {field: sorted(values) for field, values in found.items() if values is not None}
