"""Numbered units: where number 17 of 200 is, whose it is, and what happened to it."""

import datetime
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.errors import LotNotFound
from rackhouse.inventory.explaining import sentence, told
from rackhouse.inventory.levels import LEVELS
from rackhouse.inventory.lot_errors import UnitNotFound
from rackhouse.inventory.lots import must_be_lot_id
from rackhouse.inventory.reaching_back import events_of_unit
from rackhouse.platform.context import Caller, Context, operation
from rackhouse.platform.events import Event

__all__ = [
    "UNIT_STATES",
    "HoldOfUnit",
    "UnitEvent",
    "UnitNow",
    "UnitWithHistory",
    "unit_of",
    "unit_seen_by",
    "units_of",
]

UNIT_STATES = ("in_stock", "held", "committed", "shipped", "in_transit", "gone")
HISTORY_LIMIT = 1000


class HoldOfUnit(msgspec.Struct, frozen=True):
    """The hold that has a unit, and the order behind it."""

    hold_id: str
    line: int
    order_id: str | None
    channel: str
    customer_id: str | None
    status: str
    expires_at: datetime.datetime


class UnitNow(msgspec.Struct, frozen=True):
    """A numbered unit as it is now, or, where it has left, as it was last.

    ``of`` is how many the lot has in all. ``state`` is `in_stock`, `held`, `committed`, `shipped`,
    `in_transit` or `gone`; ``hold`` is left out for callers whose hold it is not.
    """

    sku: str
    lot: str
    number: int
    of: int
    state: str
    location: str
    allotment: str | None
    condition: str
    hold: HoldOfUnit | None


class UnitEvent(msgspec.Struct, frozen=True):
    """An event that names a unit: what, where, who, when, through which channel; ``words`` tell it
    in a sentence."""

    type: str
    words: str
    location: str
    version: int
    facts: dict[str, Any]
    actor: str
    channel: str | None
    correlation_id: str
    recorded_at: datetime.datetime


class UnitWithHistory(UnitNow, frozen=True):
    """A numbered unit with all that happened to it, the oldest first.

    Of more than 1,000 events the newest are given.
    """

    history: list[UnitEvent]


@operation("inventory:read")
async def units_of(
    *,
    context: Context,
    sku: str,
    lot: str,
    state: str | None,
    location: str | None,
    after: int,
    limit: int,
) -> list[UnitNow]:
    """The units of a lot that have come in, in order of their numbers after one: all, or those in
    a state, at a location. Refuses with `LotNotFound`."""
    return await _units(
        context, sku, lot, number=None, state=state, location=location, after=after, limit=limit
    )


@operation("inventory:read")
async def unit_of(*, context: Context, sku: str, lot: str, number: int) -> UnitWithHistory:
    """A unit with its history; refuses with `LotNotFound` and `UnitNotFound`."""
    found = await _units(
        context, sku, lot, number=number, state=None, location=None, after=0, limit=1
    )
    if not found:
        raise UnitNotFound(sku=sku, lot=lot, number=number)
    async with context.house.database("inventory").reading() as tx:
        events = await events_of_unit(
            tx, context.house, sku=sku, lot=lot, number=number, limit=HISTORY_LIMIT
        )
    known = msgspec.structs.asdict(found[0])
    return UnitWithHistory(**known, history=[_told(sku, event) for event in reversed(events)])


async def _units(
    context: Context, sku: str, lot: str, *, number: int | None, **asked: Any
) -> list[UnitNow]:
    must_be_lot_id(sku, lot)
    async with context.house.database("inventory").reading() as tx:
        known = await store.recorded_lot(tx, sku, lot)
        if known is None:
            raise LotNotFound(sku=sku, lot=lot)
        rows = await store.unit_page(tx, sku=sku, lot=lot, number=number, **asked)
    return [unit_seen_by(context.caller, sku, lot, known.numbered or 0, *row) for row in rows]


def unit_seen_by(
    caller: Caller,
    sku: str,
    lot: str,
    of: int,
    number: int,
    location: str,
    allotment: str,
    condition: str,
    state: str,
    hold_id: str | None,
    line: int,
    channel: str,
    customer_id: str | None,
    hold_status: str,
    expires_at: datetime.datetime,
    order_id: str | None,
) -> UnitNow:
    """A unit from its row, with its hold where that is the caller's to see."""
    mine = caller.channel in (None, channel) and caller.customer_id in (None, customer_id)
    hold = None
    if hold_id is not None and mine:
        hold = HoldOfUnit(hold_id, line, order_id, channel, customer_id, hold_status, expires_at)
    return UnitNow(sku, lot, number, of, state, location, allotment or None, condition, hold)


def _told(sku: str, event: Event) -> UnitEvent:
    facts = {name: said for name, said in event.facts().items() if name not in LEVELS}
    place = event.stream.rpartition("@")[2]
    who = f"{event.actor} through {event.channel}" if event.channel else event.actor
    said = told(event.type, facts, place)
    assert said is not None, "what happens to a unit is told"
    return UnitEvent(
        event.type,
        sentence(said, who=who, sku=sku),
        place,
        event.version,
        facts,
        event.actor,
        event.channel,
        event.correlation_id,
        event.recorded_at,
    )
