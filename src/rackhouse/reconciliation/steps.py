"""The steps of an audit: what each phase reads next, and what it saw there."""

import datetime
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from rackhouse.inventory import (
    audit_lot_page,
    audit_quota_page,
    audit_sku_page,
    audit_stock_page,
    holds_with_memo,
    keep_log_leg,
    read_log_anew,
    read_log_leg,
)
from rackhouse.orders import (
    audit_order_page,
    audit_orders,
    audit_orders_of_holds,
    audit_placed_orders,
    missing_orders,
)
from rackhouse.platform.context import Context
from rackhouse.platform.events import START, Position
from rackhouse.platform.pacing import Pace
from rackhouse.platform.store import server_time
from rackhouse.reconciliation import store
from rackhouse.reconciliation.cases import clear, open_at, record
from rackhouse.reconciliation.rechecking import recheck
from rackhouse.reconciliation.reports import compared, place_of
from rackhouse.reconciliation.rules import Sighting
from rackhouse.reconciliation.runs import AuditRun, phase_after
from rackhouse.reconciliation.sighting import of_orders, of_stock
from rackhouse.reconciliation.uncovered import uncovered_page

__all__ = ["step"]

MEMOS_LIMIT = 300
REPORTS_LIMIT = 200
RECHECKS_LIMIT = 50
ORDER_EVENTS_LIMIT = 1000
BEGUN = "begun"
ORDER = "order:"


async def step(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """Do the next part of an audit, and write down where it came to; answers the audit as it is
    then, ended if that was the last part."""
    worked_before = pace.worked_seconds
    run = await _STEPS[run.phase](context, run, pace)
    await pace.rest()
    worked = run.worked_seconds + pace.worked_seconds - worked_before
    run = msgspec.structs.replace(run, worked_seconds=round(worked, 3))
    async with context.house.database("reconciliation").transaction() as tx:
        if run.status == "ended":
            run = msgspec.structs.replace(run, ended_at=await server_time(tx))
        await store.write_audit(tx, run)
    return run


async def _log(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """The events of stock; and the orders of the holds that they tell of."""
    if run.whole and run.place is None:
        await read_log_anew(context=context)
    looked_at = await _now(context)
    leg = await read_log_leg(context=context, pace=pace, progress=_ignore)
    sightings = await of_stock(context, leg.discrepancies)
    if not run.whole:
        orders = await audit_orders_of_holds(context=context, hold_ids=leg.hold_ids)
        sightings += await of_orders(context, orders)
    run = await _saw(context, run, sightings, looked_at)
    await keep_log_leg(context=context, leg=leg)
    run = msgspec.structs.replace(run, events=run.events + leg.events)
    return _gone_on(run, None if leg.ended else BEGUN)


async def _stock(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """The stock rows, with what stands behind them."""
    looked_at = await _now(context)
    after = None if run.place is None else _key(run.place)
    page = await audit_stock_page(context=context, after=after, pace=pace)
    run = await _saw(context, run, await of_stock(context, page.discrepancies), looked_at)
    run = msgspec.structs.replace(run, stock_rows=run.stock_rows + len(page.rows))
    return _gone_on(run, None if page.ended else msgspec.json.encode(page.end).decode())


async def _holds(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """All that holds and numbered units have been, which only an audit of everything compares with
    all of their events."""
    if not run.whole:
        return _gone_on(run, None)
    looked_at = await _now(context)
    page = await audit_sku_page(context=context, after=run.place, pace=pace)
    run = await _saw(context, run, await of_stock(context, page.discrepancies), looked_at)
    return _gone_on(run, page.end)


async def _lots(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """What is known of lots, which only an audit of everything compares with their events."""
    if not run.whole:
        return _gone_on(run, None)
    looked_at = await _now(context)
    after = None if run.place is None else _key(run.place)
    page = await audit_lot_page(context=context, after=after)
    run = await _saw(context, run, await of_stock(context, page.discrepancies), looked_at)
    return _gone_on(run, None if page.end is None else msgspec.json.encode(page.end).decode())


async def _quotas(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """The use of quotas, which only an audit of everything counts over all holds; where it is as
    it should be, the case of it is cleared."""
    if not run.whole:
        return _gone_on(run, None)
    looked_at = await _now(context)
    page = await audit_quota_page(context=context, after=run.place)
    run = await _saw(context, run, await of_stock(context, page.discrepancies), looked_at)
    return _gone_on(run, page.end)


async def _memos(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """Holds that keep the memo of an order; an audit that goes on has met the new ones in the
    log."""
    if not run.whole:
        return _gone_on(run, None)
    looked_at = await _now(context)
    found = await holds_with_memo(context=context, after=run.place, limit=MEMOS_LIMIT)
    missing = await missing_orders(context=context, hold_ids=found)
    run = await _saw(context, run, await of_orders(context, missing), looked_at)
    return _gone_on(run, found[-1] if len(found) == MEMOS_LIMIT else None)


async def _placed(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """Orders that the log tells of and that are not there; an audit that goes on meets them with
    all that changed."""
    if not run.whole:
        return _gone_on(run, None)
    looked_at = await _now(context)
    page = await audit_placed_orders(context=context, after=run.place)
    run = await _saw(context, run, await of_orders(context, page.discrepancies), looked_at)
    return _gone_on(run, None if page.ended else page.end)


async def _orders(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """All orders, or those that changed since the last audit."""
    looked_at = await _now(context)
    if run.whole:
        return await _all_orders(context, run, looked_at)
    order_ids, position, ended = await _changed_orders(context, run.orders_position)
    found = await audit_orders(context=context, order_ids=order_ids)
    run = await _saw(context, run, await of_orders(context, found), looked_at)
    run = msgspec.structs.replace(run, orders=run.orders + len(order_ids), orders_position=position)
    return _gone_on(run, None if ended else BEGUN)


async def _all_orders(context: Context, run: AuditRun, looked_at: datetime.datetime) -> AuditRun:
    if run.place is None:  # what changes from here on is for the next audit
        position = await _newest_order_event(context)
        run = msgspec.structs.replace(run, orders_position=position)
    page = await audit_order_page(context=context, after=run.place)
    run = await _saw(context, run, await of_orders(context, page.discrepancies), looked_at)
    run = msgspec.structs.replace(run, orders=run.orders + len(page.order_ids))
    return _gone_on(run, None if page.ended else page.end)


async def _sales(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """Sales that channels have reported and that could not be booked."""
    looked_at = await _now(context)
    sightings, end = await uncovered_page(context, run.place)
    run = await _saw(context, run, sightings, looked_at)
    return _gone_on(run, end)


async def _reports(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """What channels have reported of themselves, once everything about that time is known."""
    looked_at = await _now(context)
    tolerance = datetime.timedelta(seconds=context.house.settings.report_tolerance_seconds)
    async with context.house.database("reconciliation").reading() as tx:
        reports = await store.waiting_reports(
            tx, as_of_before=looked_at - tolerance, limit=REPORTS_LIMIT
        )
    sightings = [(report, await compared(context, report)) for report in reports]
    run = await _saw(context, run, [seen for _, seen in sightings if seen], looked_at)
    agreeing = [report for report, seen in sightings if seen is None]
    settled = await open_at(context, [place_of(report) for report in agreeing])
    cleared = await clear(context, settled, audit_id=run.id)
    async with context.house.database("reconciliation").transaction() as tx:
        await store.withdraw_requests(tx, agreeing)
        await store.mark_compared(tx, reports)
    run = msgspec.structs.replace(
        run, reports=run.reports + len(reports), cleared=run.cleared + cleared
    )
    return _gone_on(run, BEGUN if len(reports) == REPORTS_LIMIT else None)


async def _recheck(context: Context, run: AuditRun, pace: Pace) -> AuditRun:
    """Open cases that this audit has not met: looked at again, and cleared where they are gone."""
    looked_at = await _now(context)
    async with context.house.database("reconciliation").reading() as tx:
        cases = await store.unseen_cases(
            tx,
            seen_in=run.id,
            opened_before=run.started_at,
            after=run.place,
            limit=RECHECKS_LIMIT,
        )
    gone = []
    for case in cases:
        sightings = await recheck(context, case, pace)
        run = await _saw(context, run, sightings, looked_at)
        if case.place not in {each.place for each in sightings} or (
            run.whole and case.kind in ("quota_row", "quota_use")  # all quotas were counted
        ):
            gone.append(case)
    cleared = await clear(context, gone, audit_id=run.id)
    run = msgspec.structs.replace(run, cleared=run.cleared + cleared)
    return _gone_on(run, cases[-1].id if len(cases) == RECHECKS_LIMIT else None)


_STEPS: dict[str, Callable[[Context, AuditRun, Pace], Awaitable[AuditRun]]] = {
    "log": _log,
    "stock": _stock,
    "holds": _holds,
    "lots": _lots,
    "quotas": _quotas,
    "memos": _memos,
    "placed": _placed,
    "orders": _orders,
    "sales": _sales,
    "reports": _reports,
    "recheck": _recheck,
}


def _gone_on(run: AuditRun, place: str | None) -> AuditRun:
    """The audit further on in its phase, or in the next one, or at its end."""
    if place is not None:
        return msgspec.structs.replace(run, place=place)
    following = phase_after(run.phase)
    if following is None:
        return msgspec.structs.replace(run, status="ended", place=None)
    return msgspec.structs.replace(run, phase=following, place=None)


async def _saw(
    context: Context,
    run: AuditRun,
    sightings: Sequence[Sighting],
    looked_at: datetime.datetime,
) -> AuditRun:
    recorded = await record(
        context, sightings, audit_id=run.id, looked_at=looked_at, opened_before=run.opened
    )
    return msgspec.structs.replace(
        run, seen=run.seen + recorded.seen, opened=run.opened + recorded.opened
    )


async def _changed_orders(
    context: Context, position: str | None
) -> tuple[list[str], str | None, bool]:
    log = next(each.event_log for each in context.house.modules if each.name == "orders")
    assert log is not None
    after = START if position is None else Position.parse(position)
    async with context.house.database("orders").reading() as tx:
        page = await log.read(tx, after=after, limit=ORDER_EVENTS_LIMIT)
    streams = {event.stream for event in page.events if event.stream.startswith(ORDER)}
    order_ids = sorted(stream.removeprefix(ORDER) for stream in streams)
    if page.events:
        position = str(page.events[-1].position)
    return order_ids, position, len(page.events) < ORDER_EVENTS_LIMIT


async def _newest_order_event(context: Context) -> str:
    log = next(each.event_log for each in context.house.modules if each.name == "orders")
    assert log is not None
    async with context.house.database("orders").reading() as tx:
        return str(await log.horizon(tx))


async def _now(context: Context) -> datetime.datetime:
    async with context.house.database("reconciliation").reading() as tx:
        return await server_time(tx)


def _key(place: str) -> tuple[str, str]:
    sku, location = msgspec.json.decode(place, type=tuple[str, str])
    return (sku, location)


def _ignore(_: int) -> None:
    """Nobody watches."""
