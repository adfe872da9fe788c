"""Cases: opened for what an audit sees, and cleared by what it sees no more."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.ids import is_uuid, new_id
from rackhouse.platform.store import server_time
from rackhouse.reconciliation import rules, store
from rackhouse.reconciliation.errors import CaseNotFound
from rackhouse.reconciliation.events import LOG, CaseCleared, CaseEvent, CaseOpened
from rackhouse.reconciliation.rules import Case, Sighting

__all__ = [
    "CasePlace",
    "Recorded",
    "case_of",
    "case_page",
    "clear",
    "happen",
    "open_at",
    "open_cases",
    "record",
]

CASES_OF_AN_AUDIT_LIMIT = 1000


class CasePlace(msgspec.Struct, frozen=True):
    """Where a page of cases ended."""

    opened_at: datetime.datetime
    id: str


class Recorded(msgspec.Struct, frozen=True):
    """How many discrepancies were seen, and how many cases were opened for them."""

    seen: int
    opened: int


@operation("reconciliation:read")
async def case_of(*, context: Context, case_id: str) -> Case:
    """A case; refuses with `CaseNotFound`."""
    found = None
    if is_uuid(case_id):
        async with context.house.database("reconciliation").reading() as tx:
            found = await store.case_of(tx, case_id)
    if found is None:
        raise CaseNotFound(case_id=case_id)
    return found


@operation("reconciliation:read")
async def case_page(
    *,
    context: Context,
    before: CasePlace | None,
    status: str | None,
    kind: str | None,
    sku: str | None,
    limit: int,
) -> list[Case]:
    """Cases, the newest first."""
    async with context.house.database("reconciliation").reading() as tx:
        return await store.case_page(
            tx,
            before=(before.opened_at, before.id) if before else None,
            status=status,
            kind=kind,
            sku=sku,
            limit=limit,
        )


@operation("reconciliation:read")
async def open_cases(*, context: Context) -> int:
    """How many cases are open."""
    async with context.house.database("reconciliation").reading() as tx:
        return await store.count_open(tx)


async def record(
    context: Context,
    sightings: Sequence[Sighting],
    *,
    audit_id: str,
    looked_at: datetime.datetime,
    opened_before: int,
) -> Recorded:
    """Open a case for each discrepancy that has none, `CASES_OF_AN_AUDIT_LIMIT` in an audit."""
    if not sightings:
        return Recorded(0, 0)
    opened = 0
    async with context.house.database("reconciliation").transaction() as tx:
        await store.take_turn(tx)
        now = await server_time(tx)
        known = await store.newest_at(tx, {each.place for each in sightings})
        for sighting in sightings:
            case = known.get(sighting.place)
            event = rules.seen(case, sighting, audit_id=audit_id, looked_at=looked_at)
            if isinstance(event, CaseOpened):
                if opened_before + opened >= CASES_OF_AN_AUDIT_LIMIT:
                    continue
                opened += 1
                case = await _open(tx, context, sighting.place, event, now)
            elif case is not None and event is not None:
                case = await happen(tx, context, case, event, now=now, seen_in=audit_id)
            elif case is not None and case.status == "open":
                await store.mark_seen(tx, [case.id], seen_in=audit_id)
            if case is not None:
                known[sighting.place] = case
    return Recorded(len(sightings), opened)


async def open_at(context: Context, places: Sequence[str]) -> list[Case]:
    """The open cases at some places."""
    async with context.house.database("reconciliation").reading() as tx:
        found = await store.newest_at(tx, places)
    return [case for case in found.values() if case.status == "open"]


async def clear(context: Context, cases: Sequence[Case], *, audit_id: str) -> int:
    """Clear open cases whose discrepancy is gone; says how many."""
    cleared = 0
    async with context.house.database("reconciliation").transaction() as tx:
        await store.take_turn(tx)
        now = await server_time(tx)
        for each in cases:
            case = await store.case_of(tx, each.id)
            if case is not None and case == each and case.deciding is None:
                event = CaseCleared(audit_id)
                await happen(tx, context, case, event, now=now, seen_in=audit_id)
                cleared += 1
    return cleared


async def happen(
    tx: Transaction,
    context: Context,
    case: Case,
    event: CaseEvent,
    *,
    now: datetime.datetime,
    seen_in: str | None = None,
) -> Case:
    """Let something happen to a case; the caller has the turn."""
    after = rules.apply(case, event, actor=context.caller.subject, now=now)
    await store.write_case(tx, after, seen_in=seen_in or case.audit_id)
    recorded = NewEvent(f"case:{case.id}", after.version, event, context, case.channel)
    await LOG.append(tx, [recorded], now)
    return after


async def _open(
    tx: Transaction, context: Context, place: str, event: CaseOpened, now: datetime.datetime
) -> Case:
    case = rules.opened(new_id(), place, event, now=now)
    await store.write_case(tx, case, seen_in=event.audit_id)
    recorded = NewEvent(f"case:{case.id}", case.version, event, context, case.channel)
    await LOG.append(tx, [recorded], now)
    return case
