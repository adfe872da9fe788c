"""The movement log: what happened to stock, as a question over the events."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.as_of import asked_of
from rackhouse.inventory.errors import StockNotFound
from rackhouse.inventory.events import EVENT_TYPES
from rackhouse.inventory.levels import LEVELS
from rackhouse.inventory.log import LOG
from rackhouse.inventory.reaching_back import events_at
from rackhouse.platform.archive import Archive, archived_files
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Event, Position
from rackhouse.platform.house import House

__all__ = ["Movement", "MovementPlace", "movements", "movements_at"]


class Movement(msgspec.Struct, frozen=True):
    """One event of stock: what, who, when, through which channel, and the figures after it.

    ``change`` is what it added to on hand, held and committed, and to unavailable and allotted if
    it did; ``hash`` is the event's in its chain, in hexadecimal.
    """

    sku: str
    location: str
    version: int
    type: str
    change: dict[str, int]
    on_hand: int
    held: int
    committed: int
    facts: dict[str, Any]
    actor: str
    channel: str | None
    correlation_id: str
    recorded_at: datetime.datetime
    position: int
    hash: str
    unavailable: int = 0
    allotted: int = 0
    safety: int = 0
    frozen: int = 0


class MovementPlace(msgspec.Struct, frozen=True):
    """Where a page of movements ended."""

    recorded_at: datetime.datetime
    position: int


@operation("inventory:read")
async def movements(
    *,
    context: Context,
    id: str,  # noqa: A002
    location: str | None,
    before: MovementPlace | None,
    limit: int,
) -> list[Movement]:
    """What happened to a product's or SKU's stock, the newest first.

    Refuses with `StockNotFound`.
    """
    asked = await asked_of(context.house, id)
    async with context.house.database("inventory").transaction() as tx:
        streams = await store.streams_of_skus(tx, asked.stocked)
        if asked.product_id is None and not streams:
            raise StockNotFound(id=id)
        events = await _newest(tx, context.house, _at(streams, location), before, limit)
    return [_movement(event) for event in events]


@operation("inventory:read")
async def movements_at(
    *, context: Context, sku: str, location: str, versions: Sequence[int]
) -> list[Movement]:
    """Some events of one SKU at one location, oldest first. Those of a type that this version does
    not know are left out, as are versions that there are not."""
    async with context.house.database("inventory").reading() as tx:
        rows = await events_at(tx, context.house, f"{sku}@{location}", versions)
    events = [Event(Position(transaction, place), *rest) for transaction, place, *rest in rows]
    return [_movement(event) for event in events if event.type in EVENT_TYPES]


def _at(streams: Sequence[str], location: str | None) -> list[str]:
    return [each for each in streams if location is None or each.endswith(f"@{location}")]


async def _newest(
    tx: Transaction,
    house: House,
    streams: Sequence[str],
    before: MovementPlace | None,
    limit: int,
) -> list[Event]:
    """The newest events of some streams, those that have left the log among them."""
    found = await LOG.read_streams(
        tx,
        streams=streams,
        recorded_before=before.recorded_at if before else None,
        position_before=before.position if before else None,
        limit=limit,
    )
    files = await archived_files(tx, LOG.schema)
    newest = max((each.last_at for each in files), default=None)
    if newest is None or (len(found) == limit and found[-1].recorded_at > newest):
        return found
    place = (before.recorded_at, before.position) if before else None
    archived = await house.the(Archive).newest(
        tx, LOG.schema, streams=streams, before=place, limit=limit
    )
    known = {(each.stream, each.version) for each in found}
    found += [each for each in archived if (each.stream, each.version) not in known]
    found.sort(key=lambda each: (each.recorded_at, each.position.position), reverse=True)
    return found[:limit]


def _movement(event: Event) -> Movement:
    facts = event.facts()
    happened: Any = msgspec.convert(facts, EVENT_TYPES[event.type])
    levels = {name: facts.pop(name, 0) for name in LEVELS}
    sku, _, location = event.stream.rpartition("@")
    change = zip(LEVELS, happened.change(), strict=False)
    return Movement(
        sku,
        location,
        event.version,
        event.type,
        {name: added for name, added in change if added or name in LEVELS[:3]},
        levels["on_hand"],
        levels["held"],
        levels["committed"],
        facts,
        event.actor,
        event.channel,
        event.correlation_id,
        event.recorded_at,
        event.position.position,
        event.hash.hex(),
        **{name: levels[name] for name in LEVELS[3:]},
    )
