"""Reading streams of stock as if nothing had ever left them for the archive: what has comes first,
as rows like those of the log."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.log import LOG
from rackhouse.platform.archive import Archive, archived_versions
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Event
from rackhouse.platform.house import House

__all__ = ["events_at", "events_of_unit", "hold_events", "stream_page", "unit_events"]

Row = tuple[Any, ...]


async def stream_page(
    tx: Transaction, house: House, stream: str, *, after: int, upto: int | None, limit: int
) -> list[Row]:
    """The events of one stream after a version and up to another, each in whole."""
    gone = (await archived_versions(tx, LOG.schema, [stream])).get(stream, 0)
    end = min(gone, after + limit, gone if upto is None else upto)
    archived = await _between(tx, house, stream, after, end) if end > after else []
    if len(archived) == limit:
        return archived
    further = max(after, gone)
    rows = await store.stream_page(
        tx, stream, after=further, upto=upto, limit=limit - len(archived)
    )
    return archived + rows


async def hold_events(
    tx: Transaction, house: House, stream: str, hold_id: str, *, after: int
) -> list[Row]:
    """What one stream tells of one hold after a version: version, type, data, channel, actor,
    recorded at."""
    rows = await store.hold_events(tx, stream, hold_id, after=after)
    gone = (await archived_versions(tx, LOG.schema, [stream])).get(stream, 0)
    if gone <= after:
        return rows
    found = await house.the(Archive).events_with(
        tx, LOG.schema, stream=stream, text=hold_id, since=await store.placed_at(tx, hold_id)
    )
    archived = [
        (each.version, each.type, each.data, each.channel, each.actor, each.recorded_at)
        for each in found
        if after < each.version <= gone and each.facts().get("hold_id") == hold_id
    ]
    return archived + rows


async def events_at(
    tx: Transaction, house: House, stream: str, versions: Sequence[int]
) -> list[Row]:
    """Some events of a stream, each in whole, oldest first."""
    rows = await store.events_at(tx, stream, versions)
    missing = sorted(set(versions) - {row[3] for row in rows})
    gone = (await archived_versions(tx, LOG.schema, [stream])) if missing else {}
    archived = [
        row
        for version in missing
        if version <= gone.get(stream, 0)
        for row in await _between(tx, house, stream, version - 1, version)
    ]
    return archived + rows


async def unit_events(tx: Transaction, house: House, streams: Sequence[str], lot: str) -> list[Row]:
    """The whole events of some streams that name units of a lot, in the order of the log."""
    archived = await _of_lot(tx, house, streams, lot)
    return [_row(each) for each in archived] + await store.unit_events(tx, streams, lot)


async def events_of_unit(
    tx: Transaction, house: House, *, sku: str, lot: str, number: int, limit: int
) -> list[Event]:
    """The newest events that name a unit, the newest first."""
    found = await store.events_of_unit(tx, sku=sku, lot=lot, number=number, limit=limit)
    archived = await _of_lot(tx, house, await store.streams_of_skus(tx, [sku]), lot)
    found += [each for each in archived if number in each.facts().get("units", ())]
    found.sort(key=lambda each: (each.recorded_at, each.position.position), reverse=True)
    return found[:limit]


async def _of_lot(tx: Transaction, house: House, streams: Iterable[str], lot: str) -> list[Event]:
    """The archived events of some streams that name units of a lot, in the order of the log."""
    text = f'"lot":{msgspec.json.encode(lot).decode()}'
    found: list[Event] = []
    for stream, gone in (await archived_versions(tx, LOG.schema, list(streams))).items():
        told = await house.the(Archive).events_with(
            tx, LOG.schema, stream=stream, text=text, since=None
        )
        found += [
            each
            for each in told
            if each.version <= gone
            and each.facts().get("lot") == lot
            and each.facts().get("units") is not None
        ]
    return sorted(found, key=lambda each: each.position)


async def _between(tx: Transaction, house: House, stream: str, after: int, upto: int) -> list[Row]:
    found = await house.the(Archive).events(tx, LOG.schema, stream=stream, after=after, upto=upto)
    return [_row(each) for each in found]


def _row(event: Event) -> Row:
    return (
        event.position.transaction_id,
        event.position.position,
        event.stream,
        event.version,
        event.type,
        event.data,
        event.actor,
        event.channel,
        event.correlation_id,
        event.recorded_at,
        event.hash,
    )
