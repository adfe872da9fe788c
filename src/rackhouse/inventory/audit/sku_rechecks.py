"""Looking at one SKU again: what channels do without, and its numbered units."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from rackhouse.inventory import store
from rackhouse.inventory.audit.findings import Discrepancy
from rackhouse.inventory.audit.log_checking import LogCheck, LoggedEvent, key_of_stream
from rackhouse.inventory.audit.telling import ToldSku
from rackhouse.inventory.reaching_back import stream_page, unit_events
from rackhouse.inventory.rules import Key
from rackhouse.inventory.store.parameters import whole_row
from rackhouse.inventory.units import UnitMove
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction

__all__ = ["buffers_of", "by_number", "differing_units", "recheck_kept_back", "recheck_units"]

PAGE_EVENTS = 2_000

Units: TypeAlias = Mapping[tuple[str, int], UnitMove]


@operation("inventory:read")
async def recheck_units(*, context: Context, sku: str, lot: str) -> list[Discrepancy]:
    """Compare the numbered units of a lot with all events that name them, as of one moment."""
    told = ToldSku(0, 1)
    async with context.house.database("inventory").snapshot() as tx:
        rows = await store.unit_places(tx, sku, [lot])
        streams = await store.streams_of_skus(tx, [sku])
        for transaction_id, position, stream, _, type_name, data, *_ in await unit_events(
            tx, context.house, streams, lot
        ):
            key = key_of_stream(stream)
            if key is not None:
                told.tell(key, (transaction_id, position), type_name, data)
    differing = list(_differing(told.units(), by_number(rows)))
    if not differing:
        return []
    number, one, other = differing[0]
    others = f", as are {len(differing) - 1} others" if len(differing) > 1 else ""
    return [
        Discrepancy(
            kind="units",
            sku=sku,
            location=(one or other or rows[0]).location,
            finding=f"number {number} of the lot {lot} is {_named(other)}, and by its events "
            f"{_named(one)}{others}",
            lot=lot,
        )
    ]


@operation("inventory:read")
async def recheck_kept_back(*, context: Context, sku: str, location: str) -> list[Discrepancy]:
    """Compare what channels do without of one stock with all events that say so, as of one
    moment."""
    key, check = (sku, location), LogCheck()
    async with context.house.database("inventory").snapshot() as tx:
        rows = None
        while rows is None or len(rows) == PAGE_EVENTS:
            after = check.told(key).stock.version if check.knows(key) else 0
            rows = await stream_page(
                tx, context.house, f"{sku}@{location}", after=after, upto=None, limit=PAGE_EVENTS
            )
            for row in rows:
                check.read(LoggedEvent(*row))
        there = {channel: count for (*_, channel), count in (await buffers_of(tx, [key])).items()}
    told = check.kept_back(key)
    differing = sorted(
        channel
        for channel in told.keys() | there.keys()
        if told.get(channel, (0, 0))[0] != there.get(channel, 0)
    )
    if not differing:
        return []
    return [
        Discrepancy(
            kind="kept_back",
            sku=sku,
            location=location,
            finding=f"its events say otherwise what {', '.join(differing)} leaves to the others",
            expected={channel: told.get(channel, (0, 0))[0] for channel in differing},
            found={channel: there.get(channel, 0) for channel in differing},
            versions=tuple(sorted(told[each][1] for each in differing if each in told)),
        )
    ]


async def buffers_of(
    tx: Transaction, keys: Iterable[Key | None]
) -> dict[tuple[str, str, str], int]:
    """What channels do without in some stock."""
    async with tx.pipeline():
        pending = await store.send_buffers(tx, [key for key in keys if key is not None])
    return {
        (sku, location, channel): quantity
        for sku, location, channel, quantity in await pending.all(whole_row)
    }


def by_number(rows: Iterable[UnitMove]) -> Units:
    return {(row.lot, row.number): row for row in rows}


def _differing(told: Units, there: Units) -> Iterator[tuple[int, UnitMove | None, UnitMove | None]]:
    """The units that are not what their events say, each as these say and as it is."""
    for unit in differing_units(told, there):
        yield unit[1], told.get(unit), there.get(unit)


def differing_units(told: Units, there: Units) -> list[tuple[str, int]]:
    units = sorted(told.keys() | there.keys())
    return [unit for unit in units if told.get(unit) != there.get(unit)]


def _named(unit: UnitMove | None) -> str:
    if unit is None:
        return "nowhere"
    whose = f" for the hold {unit.hold_id}" if unit.hold_id else ""
    what = [unit.state, unit.condition, *([unit.allotment] if unit.allotment else [])]
    return f"{', '.join(what)} at {unit.location}{whose}"
