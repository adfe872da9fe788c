"""Every hold and every numbered unit, also those that are over: what they were is told by all
events of their SKU, which are read once more, SKU by SKU.

What differs is looked at again by itself, as of one moment, and through the archive where events
have left the log.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.findings import Discrepancy
from rackhouse.inventory.audit.holds import figures, fits_status, recheck_hold
from rackhouse.inventory.audit.log_checking import key_of_stream
from rackhouse.inventory.audit.sku_rechecks import (
    buffers_of,
    by_number,
    differing_units,
    recheck_kept_back,
    recheck_units,
)
from rackhouse.inventory.audit.telling import ToldSku
from rackhouse.inventory.rules import Allocation, Key, key_of
from rackhouse.inventory.store.parameters import whole_row
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.pacing import Pace

__all__ = ["SkuPageAudit", "audit_sku_page"]

PAGE_EVENTS = 2_000
TOLD_EVENTS = 100_000
SKUS_LIMIT = 100
HOLDS_LIMIT = 500


class SkuPageAudit(msgspec.Struct, frozen=True):
    """What was found of some SKUs, and where the next page goes on if there is one."""

    discrepancies: list[Discrepancy]
    end: str | None


class Part(msgspec.Struct, frozen=True):
    """The holds of a SKU, of which there may be too many to be told at once; and how many events
    it has."""

    sku: str
    part: int
    parts: int
    events: int = 0


@operation("inventory:read")
async def audit_sku_page(*, context: Context, after: str | None, pace: Pace) -> SkuPageAudit:
    """Compare the holds and units of the next SKUs with all of their events."""
    parts, ended = await _next_parts(context, after)
    found: list[Discrepancy] = []
    for each in parts:
        found += await _Reading(context, each, pace).compared()
    end = None if ended else msgspec.json.encode(parts[-1]).decode()
    return SkuPageAudit(found, end)


class _Reading:
    """One part of a SKU: told from the log, and compared."""

    def __init__(self, context: Context, part: Part, pace: Pace) -> None:
        self._context = context
        self._database = context.house.database("inventory")
        self._part = part
        self._pace = pace
        self._told = ToldSku(part.part, part.parts)
        self._versions: dict[str, int] = {}
        self._whole = True

    async def compared(self) -> list[Discrepancy]:
        """What differs."""
        async with self._database.reading() as tx:
            streams = await store.streams_of_skus(tx, [self._part.sku])
        self._versions = dict.fromkeys(streams, 0)
        if self._part.events > PAGE_EVENTS:
            await self._read_ahead()
        buffers: list[Key] = []
        lots: list[str] = []
        async with self._database.snapshot() as tx:
            await self._catch_up(tx)
            hold_ids = sorted(self._told.holds())
            differing = await self._differing_holds(tx, hold_ids[:HOLDS_LIMIT])
            if self._part.part == 0:
                buffers = await self._differing_buffers(tx)
                lots = await self._differing_lots(tx)
        await self._pace.rest()
        found = await self._of_holds(differing)
        for start in range(HOLDS_LIMIT, len(hold_ids), HOLDS_LIMIT):
            async with self._database.snapshot() as tx:
                await self._catch_up(tx)
                some = hold_ids[start : start + HOLDS_LIMIT]
                differing = await self._differing_holds(tx, some)
            await self._pace.rest()
            found += await self._of_holds(differing)
        for sku, location in buffers:
            found += await recheck_kept_back(context=self._context, sku=sku, location=location)
            await self._pace.rest()
        for lot in lots:
            found += await recheck_units(context=self._context, sku=self._part.sku, lot=lot)
            await self._pace.rest()
        return found

    async def _of_holds(self, differing: Mapping[str, Sequence[Key]]) -> list[Discrepancy]:
        found: list[Discrepancy] = []
        for hold_id, keys in differing.items():
            of_hold = await recheck_hold(context=self._context, hold_id=hold_id, keys=keys)
            found += [each for each in of_hold if each.sku == self._part.sku]
            await self._pace.rest()
        return found

    async def _read_ahead(self) -> None:
        """Read what is long, page by page, so that no moment has to be kept for all of it."""
        for stream in self._versions:
            more = True
            while more:
                async with self._database.reading() as tx:
                    more = await self._read_on(tx, stream)
                await self._pace.rest()

    async def _read_on(self, tx: Transaction, stream: str) -> bool:
        """Read on in a stream; says whether more may follow. Where its first events have left the
        log, not all is told."""
        rows = await store.stream_page(
            tx, stream, after=self._versions[stream], upto=None, limit=PAGE_EVENTS
        )
        key = key_of_stream(stream)
        assert key is not None
        for transaction_id, position, _, version, type_name, data, *_ in rows:
            if version != self._versions[stream] + 1:
                self._whole = False
            self._told.tell(key, (transaction_id, position), type_name, data)
            self._versions[stream] = version
        return len(rows) == PAGE_EVENTS

    async def _catch_up(self, tx: Transaction) -> None:
        for stream in self._versions:
            while await self._read_on(tx, stream):
                pass

    async def _differing_holds(
        self, tx: Transaction, hold_ids: Sequence[str]
    ) -> dict[str, list[Key]]:
        """Those of some holds that differ, with the stock of which they have or should have
        pieces."""
        if not hold_ids:
            return {}
        async with tx.pipeline():
            pending = await store.send_allocations(tx, hold_ids)
            holds = await store.send_holds(tx, hold_ids)
        rows = await pending.all(store.read_allocation)
        by_hold: dict[str, list[Allocation]] = {}
        known = [store.read_hold(row, by_hold) for row in await holds.all(whole_row)]
        status_of = {hold.id: hold.status for hold in known}
        there: dict[str, dict[Key, list[Allocation]]] = {}
        for row in rows:
            if row.sku == self._part.sku:
                there.setdefault(row.hold_id, {}).setdefault(key_of(row), []).append(row)
        told = self._told.holds()
        differing: dict[str, list[Key]] = {}
        for hold_id in hold_ids:
            one, other = told.get(hold_id, {}), there.get(hold_id, {})
            keys = sorted(one.keys() | other.keys())
            if not _is_as_told(one, other) or not _fits(other, status_of.get(hold_id)):
                differing[hold_id] = keys
        return differing

    async def _differing_buffers(self, tx: Transaction) -> list[Key]:
        """The stock of which channels do without something else than its events say."""
        there = await buffers_of(tx, [key_of_stream(stream) for stream in self._versions])
        told = self._told.kept_back
        places = told.keys() | there.keys() if self._whole else told.keys()
        return sorted({place[:2] for place in places if told.get(place, 0) != there.get(place, 0)})

    async def _differing_lots(self, tx: Transaction) -> list[str]:
        """The lots of which a unit is not what its events say."""
        told = self._told.units()
        rows = await store.unit_places(tx, self._part.sku, None)
        there = by_number(rows)
        if not self._whole:
            there = {unit: move for unit, move in there.items() if unit in told}
        return sorted({lot for lot, *_ in differing_units(told, there)})


async def _next_parts(context: Context, after: str | None) -> tuple[list[Part], bool]:
    """What is read next, and whether nothing follows it."""
    place = Part("", 0, 1) if after is None else msgspec.json.decode(after, type=Part)
    if place.part + 1 < place.parts:
        return [msgspec.structs.replace(place, part=place.part + 1)], False
    async with context.house.database("inventory").reading() as tx:
        rows = await store.skus_with_events(tx, after=place.sku, limit=SKUS_LIMIT)
    taken, events = 0, 0
    for _, count in rows:
        events += count
        if taken and events > TOLD_EVENTS:
            break
        taken += 1
    ended = len(rows) < SKUS_LIMIT and taken == len(rows)
    parts = [Part(sku, 0, max(1, -(-count // TOLD_EVENTS)), count) for sku, count in rows[:taken]]
    return parts, ended and all(each.parts == 1 for each in parts)


Pieces: TypeAlias = Mapping[Key, Sequence[Allocation]]
"""What a hold has of each stock."""


def _is_as_told(told: Pieces, there: Pieces) -> bool:
    return all(
        figures(told.get(key, ())) == figures(there.get(key, ()))
        for key in told.keys() | there.keys()
    )


def _fits(there: Pieces, status: str | None) -> bool:
    """Whether there is a hold for its pieces, and of which they can be."""
    return status is not None and all(
        fits_status(each, status) for pieces in there.values() for each in pieces
    )
