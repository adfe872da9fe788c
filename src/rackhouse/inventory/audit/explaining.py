"""Explaining: which events say what a figure should be, and of many holds which one differs."""

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.findings import Discrepancy, figures_of
from rackhouse.inventory.audit.log_checking import happened, recorded
from rackhouse.inventory.reaching_back import hold_events, stream_page
from rackhouse.inventory.store.parameters import whole_row
from rackhouse.platform.house import House
from rackhouse.platform.pacing import Pace

__all__ = ["explained"]

PAGE_EVENTS = 2_000
VERSIONS_LIMIT = 20
NONE = (0, 0)

Place = tuple[str, str, str]
Pieces = dict[Place, tuple[int, int]]
"""Held and committed, by hold, lot and allotment."""


async def explained(house: House, found: Discrepancy, pace: Pace) -> list[Discrepancy]:
    """A discrepancy with the events that explain it; one of many holds as one for each hold that
    differs, or as one of the row's parts where all holds are what their events say."""
    if found.hold_id is not None:
        return [await _with_events(house, found, found.hold_id)]
    if found.kind == "hold_pieces":
        return await _by_hold(house, found, pace) or [
            msgspec.structs.replace(found, kind="buckets")
        ]
    if found.kind == "stock_row_missing":
        return [await _with_last_event(house, found)]
    return [found]


async def _by_hold(house: House, found: Discrepancy, pace: Pace) -> list[Discrepancy]:
    told: Pieces = {}
    stream = f"{found.sku}@{found.location}"
    version = await _read_on(house, stream, 0, None, told, pace)
    async with house.database("inventory").snapshot() as tx:
        last = await store.stream_version(tx, stream)
        live: Pieces = {
            (hold_id, lot, allotment): (held, committed)
            for hold_id, lot, allotment, held, committed in await store.live_pieces(
                tx, (found.sku, found.location)
            )
        }
    await _read_on(house, stream, version, last, told, pace)
    differing = sorted(
        {
            place[0]
            for place in told.keys() | live.keys()
            if told.get(place, NONE) != live.get(place, NONE)
        }
    )
    return [
        await _with_events(house, _of_hold(found, each, _sum_of(live, each)), each)
        for each in differing
    ]


async def _read_on(
    house: House, stream: str, after: int, upto: int | None, told: Pieces, pace: Pace
) -> int:
    """Let the events of a stream between two versions change what holds have."""
    while upto is None or after < upto:
        async with house.database("inventory").reading() as tx:
            rows = await stream_page(tx, house, stream, after=after, upto=upto, limit=PAGE_EVENTS)
        for _, _, _, version, type_name, data, *_ in rows:
            after = version
            _tell(told, type_name, data)
        await pace.rest()
        if len(rows) < PAGE_EVENTS:
            break
    return after


def _tell(told: Pieces, type_name: str, data: str) -> None:
    fact = happened(type_name, data)
    hold_id = getattr(fact, "hold_id", None)
    if hold_id is None:
        return
    for (lot, allotment, _), _, more_held, more_committed in fact.parts():
        place = (hold_id, lot, allotment)
        held, committed = told.get(place, NONE)
        now = (held + more_held, committed + more_committed)
        if now == NONE:
            told.pop(place, None)
        else:
            told[place] = now


def _of_hold(found: Discrepancy, hold_id: str, live: tuple[int, int]) -> Discrepancy:
    return msgspec.structs.replace(
        found,
        finding=f"the pieces of the hold {hold_id} are not what its events say",
        found={"held": live[0], "committed": live[1]},
        hold_id=hold_id,
    )


async def _with_events(house: House, found: Discrepancy, hold_id: str) -> Discrepancy:
    async with house.database("inventory").reading() as tx:
        stream = f"{found.sku}@{found.location}"
        events = await hold_events(tx, house, stream, hold_id, after=0)
    told: Pieces = {}
    for _, type_name, data, *_ in events:
        _tell(told, type_name, data)
    held, committed = _sum_of(told, hold_id)
    return msgspec.structs.replace(
        found,
        expected={"held": held, "committed": committed},
        versions=tuple(version for version, *_ in events[-VERSIONS_LIMIT:]),
    )


async def _with_last_event(house: House, found: Discrepancy) -> Discrepancy:
    async with house.database("inventory").snapshot() as tx:
        async with tx.pipeline():
            pending = await store.send_last_events(tx, [(found.sku, found.location)])
        ((_, _, version, data, _),) = await pending.all(whole_row)
    return msgspec.structs.replace(
        found,
        finding=f"{version} events tell of it, and there is no row",
        expected=figures_of(recorded(data)),
        versions=(version,),
    )


def _sum_of(pieces: Pieces, hold_id: str) -> tuple[int, int]:
    own = [figures for place, figures in pieces.items() if place[0] == hold_id]
    return (sum(held for held, _ in own), sum(committed for _, committed in own))
