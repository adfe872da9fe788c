"""Parts of streams: their events and what they add up to, whether they are in the log or have
left it for the archive."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.log import LOG
from rackhouse.inventory.store import HistoryEvent, Part
from rackhouse.inventory.sums import Sums
from rackhouse.platform.archive import Archive
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Event
from rackhouse.platform.house import House

__all__ = ["archived_events", "events_of", "sums_at"]


async def events_of(
    tx: Transaction, house: House, parts: Sequence[Part]
) -> dict[str, list[HistoryEvent]]:
    """The events of some parts of streams, oldest first; a stream without any is left out."""
    events: dict[str, list[HistoryEvent]] = {}
    for event in await store.events_of_parts(tx, parts):
        events.setdefault(event.stream, []).append(event)
    for part in parts:
        there = events.get(part.stream, [])
        missing = _missing(part, there[0].version if there else None)
        if missing is not None and (before := await archived_events(tx, house, missing)):
            events[part.stream] = before + there
    return events


async def sums_at(
    tx: Transaction, house: House, places: Sequence[tuple[str, int]]
) -> dict[str, Sums]:
    """What the events of some streams up to a version of each add up to."""
    sums = {stream: Sums() for stream, _ in places}
    after = dict.fromkeys(sums, 0)
    for stream, version, known in await store.sums_before(tx, places):
        sums[stream], after[stream] = _SUMS.decode(known), version
    parts = [Part(stream, after[stream], upto) for stream, upto in places if upto > after[stream]]
    if not parts:
        return sums
    first: dict[str, int] = {}
    events: dict[str, list[tuple[str, str]]] = {}
    for stream, version, kind, data in await store.sums_of_parts(tx, parts):
        first.setdefault(stream, version)
        events.setdefault(stream, []).append((kind, data))
    for part in parts:
        missing = _missing(part, first.get(part.stream))
        if missing is not None:
            before = await archived_events(tx, house, missing)
            sums[part.stream] = sums[part.stream].plus((each.type, each.data) for each in before)
    return {stream: total.plus(events.get(stream, ())) for stream, total in sums.items()}


async def archived_events(tx: Transaction, house: House, part: Part) -> list[HistoryEvent]:
    """The archived events of a part of a stream, oldest first."""
    found = await house.the(Archive).events(
        tx, LOG.schema, stream=part.stream, after=part.after, upto=part.upto
    )
    lines = [_line_of(each) for each in found if each.type == "HoldExpired"]
    ends = await store.ends_of(tx, part.stream, lines) if lines else {}
    return [_told(each, ends) for each in found]


def _missing(part: Part, first: int | None) -> Part | None:
    """The beginning of a part that is not in the log, as far as can be seen: from the first of
    its versions up to the one before the first that is there."""
    upto = part.upto if first is None else first - 1
    return Part(part.stream, part.after, upto) if upto > part.after else None


def _told(event: Event, ends: dict[tuple[str, int], datetime.datetime]) -> HistoryEvent:
    ended_at = None
    if event.type == "HoldExpired":
        ended_at = ends.get(_line_of(event), event.recorded_at)
    return HistoryEvent(
        event.stream,
        event.version,
        event.type,
        event.data,
        event.actor,
        event.channel,
        event.correlation_id,
        event.recorded_at,
        event.position.position,
        ended_at,
    )


def _line_of(event: Event) -> tuple[str, int]:
    facts: Any = event.facts()
    return (facts["hold_id"], facts["line"])


_SUMS = msgspec.json.Decoder(Sums)
