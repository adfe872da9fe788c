"""Lots: what is written down of each, against its events. It decides what may be sold."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.findings import Discrepancy
from rackhouse.inventory.commands.command import TERMS
from rackhouse.inventory.errors import LotNotFound
from rackhouse.inventory.events import EVENT_TYPES, LotRecalled, LotReinstated, lot_stream
from rackhouse.inventory.parts import events_of
from rackhouse.inventory.rules.lots import LotFacts, RecordedLot, turns_at
from rackhouse.inventory.store import HistoryEvent, Part
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House
from rackhouse.platform.store import server_time

__all__ = ["LotPageAudit", "audit_lot_page", "recheck_lot", "rewrite_lot"]

PAGE_LOTS = 200
LAST_VERSION = 2**62
FACTS = (*LotFacts.__struct_fields__, "recalled", "recall_reason", "version")


class LotPageAudit(msgspec.Struct, frozen=True):
    """What was found of some lots, and where the next page goes on if there is one."""

    discrepancies: list[Discrepancy]
    end: tuple[str, str] | None


@operation("inventory:read")
async def audit_lot_page(*, context: Context, after: tuple[str, str] | None) -> LotPageAudit:
    """Compare the next lots after one, in order of SKU and lot, with their events."""
    async with context.house.database("inventory").snapshot() as tx:
        page = await store.lot_page(
            tx, sku=None, status=None, after=after or ("", ""), limit=PAGE_LOTS
        )
        lots = [lot for lot, _ in page]
        found = await _compared(tx, context.house, lots)
    end = (lots[-1].sku, lots[-1].lot) if len(lots) == PAGE_LOTS else None
    return LotPageAudit(found, end)


@operation("inventory:read")
async def recheck_lot(*, context: Context, sku: str, lot: str) -> list[Discrepancy]:
    """The same for one lot."""
    async with context.house.database("inventory").snapshot() as tx:
        known = await store.recorded_lot(tx, sku, lot)
        return await _compared(tx, context.house, [] if known is None else [known])


@operation("inventory:write")
async def rewrite_lot(*, context: Context, sku: str, lot: str) -> None:
    """Give a lot what its events say of it; again changes nothing. Sales of its SKU wait meanwhile.
    Refuses with `LotNotFound` where there is none, or no event tells of it.
    """
    async with context.house.database("inventory").transaction() as tx:
        keys = await store.stock_locations(tx, [sku])
        await store.take_turns(tx, [(sku, TERMS), *keys], [])
        known = await store.recorded_lot(tx, sku, lot)
        told = None
        if known is not None:
            told = _replayed(known, await _events(tx, context.house, [known]))
        if told is None:
            raise LotNotFound(sku=sku, lot=lot)
        await store.write_lot(tx, told, turns_at(told, await server_time(tx)))


async def _compared(
    tx: Transaction, house: House, lots: Sequence[RecordedLot]
) -> list[Discrepancy]:
    events = await _events(tx, house, lots)
    found: list[Discrepancy] = []
    for lot in lots:
        told = _replayed(lot, events)
        differing = [] if told is None else _differing(lot, told)
        if told is not None and differing:
            found.append(
                Discrepancy(
                    kind="lot_row",
                    sku=lot.sku,
                    location="",
                    finding=f"the lot {lot.lot} differs from its events in {', '.join(differing)}",
                    expected=_figures(told),
                    found=_figures(lot),
                    lot=lot.lot,
                )
            )
    return found


async def _events(
    tx: Transaction, house: House, lots: Iterable[RecordedLot]
) -> dict[str, list[HistoryEvent]]:
    parts = [Part(lot_stream(lot.sku, lot.lot), 0, LAST_VERSION) for lot in lots]
    return await events_of(tx, house, parts)


def _replayed(lot: RecordedLot, events: dict[str, list[HistoryEvent]]) -> RecordedLot | None:
    """The lot as its events tell of it. What was told of its status to its stock stays as it is."""
    of_lot = events.get(lot_stream(lot.sku, lot.lot))
    if not of_lot:
        return None
    facts: dict[str, Any] = {"recalled": False, "recall_reason": None}
    for each in of_lot:
        event: Any = msgspec.json.decode(each.data, type=EVENT_TYPES[each.type])
        if isinstance(event, LotRecalled):
            facts |= {"recalled": True, "recall_reason": event.reason}
        elif isinstance(event, LotReinstated):
            facts |= {"recalled": False, "recall_reason": None}
        else:
            told = msgspec.structs.asdict(event)
            known = {name: told[name] for name in LotFacts.__struct_fields__}
            facts |= msgspec.structs.asdict(msgspec.convert(known, LotFacts))
    return msgspec.structs.replace(lot, version=of_lot[-1].version, **facts)


def _differing(lot: RecordedLot, told: RecordedLot) -> list[str]:
    return [name for name in FACTS if getattr(lot, name) != getattr(told, name)]


def _figures(lot: RecordedLot) -> dict[str, int]:
    figures = {"recalled": int(lot.recalled), "numbered": lot.numbered, "version": lot.version}
    return {name: count for name, count in figures.items() if count is not None}
