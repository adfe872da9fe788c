"""Audits: started by people or the clock, and carried on step by step.

Each step reads a part, writes down what it saw, and only then where it came to. So any process may
carry an audit on, also after a crash, and a step that is done twice opens no case twice.
"""

import datetime
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
from psycopg.errors import UniqueViolation

from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import new_id
from rackhouse.platform.pacing import Pace
from rackhouse.platform.store import server_time
from rackhouse.reconciliation import store
from rackhouse.reconciliation.errors import AuditIsRunning
from rackhouse.reconciliation.runs import PHASES, AuditRun
from rackhouse.reconciliation.steps import step

__all__ = [
    "AUDIT_PERMISSIONS",
    "AuditPlace",
    "audit_page",
    "carry_on",
    "is_due",
    "run_audit",
    "start_audit",
]

AUDIT_PERMISSIONS = frozenset(
    {
        "holds:read",
        "inventory:read",
        "inventory:write",
        "orders:read",
        "reconciliation:read",
        "reconciliation:write",
    }
)


class AuditPlace(msgspec.Struct, frozen=True):
    """Where a page of audits ended."""

    started_at: datetime.datetime
    id: str


@operation("reconciliation:write")
async def start_audit(*, context: Context, whole: bool) -> AuditRun:
    """Begin an audit, which the workers carry on: from where the last one ended, or of everything.

    Refuses with `AuditIsRunning`.
    """
    async with context.house.database("reconciliation").transaction() as tx:
        await claim(tx, context.idempotency)
        now = await server_time(tx)
        running = await store.running_audit(tx)
        if running is not None:
            raise AuditIsRunning(audit_id=running.id)
        last = await store.last_ended(tx, whole=None)
        run = _new_run(context, whole, None if last is None else last.orders_position, now)
        await store.write_audit(tx, run)
        await remember_answer(tx, context.idempotency, run, answered_at=now)
    return run


@operation("reconciliation:read")
async def audit_page(*, context: Context, before: AuditPlace | None, limit: int) -> list[AuditRun]:
    """Audits, the newest first."""
    async with context.house.database("reconciliation").reading() as tx:
        return await store.audit_page(
            tx, before=(before.started_at, before.id) if before else None, limit=limit
        )


@operation("reconciliation:write")
async def run_audit(
    *, context: Context, whole: bool, share: float, progress: Callable[[AuditRun], None]
) -> AuditRun:
    """Carry an audit out from its beginning to its end, working for a ``share`` of the time, and
    answer what it came to. One that runs already is carried on with instead.

    ``progress`` is told after each step. Refuses with `AuditIsRunning` where that one reads less
    than was asked for, or somebody else is at it.
    """
    try:
        run = await start_audit(context=context, whole=whole)
    except (AuditIsRunning, UniqueViolation):
        running = await _running(context)
        if running is None or (whole and not running.whole):
            raise
        run = running
    async with _turn(context) as ours:
        if not ours:
            raise AuditIsRunning(audit_id=run.id)
        pace = Pace(share)
        while run.status == "running":
            run = await step(_auditor(context), run, pace)
            progress(run)
    return run


async def carry_on(context: Context, *, share: float, seconds: float) -> None:
    """Carry on with the audit that runs, for so many seconds; unless somebody else is at it."""
    give_up_at = time.monotonic() + seconds
    async with _turn(context) as ours:
        run = await _running(context) if ours else None
        pace = Pace(share)
        while run is not None and run.status == "running" and time.monotonic() < give_up_at:
            run = await step(_auditor(context), run, pace)


async def is_due(context: Context) -> bool | None:
    """Whether an audit is to begin now: True for one of everything, False for one that goes on
    where the last one ended, None for none."""
    settings = context.house.settings
    async with context.house.database("reconciliation").transaction() as tx:
        now = await server_time(tx)
        if await store.running_audit(tx) is not None:
            return None
        last_whole = await store.last_ended(tx, whole=True)
        last = await store.last_ended(tx, whole=None)
    if _is_over(last_whole, settings.audit_whole_interval_seconds, now):
        return True
    return False if _is_over(last, settings.audit_interval_seconds, now) else None


def _is_over(last: AuditRun | None, interval_seconds: int, now: datetime.datetime) -> bool:
    if interval_seconds == 0:
        return False
    interval = datetime.timedelta(seconds=interval_seconds)
    return last is None or last.started_at + interval <= now


async def _running(context: Context) -> AuditRun | None:
    async with context.house.database("reconciliation").reading() as tx:
        return await store.running_audit(tx)


@asynccontextmanager
async def _turn(context: Context) -> AsyncIterator[bool]:
    """Whether it is our turn at audits; nobody else's as long as the block lasts."""
    connection = await context.house.database("reconciliation").connect()
    async with connection:
        yield await store.try_turn(Transaction(connection, begun=True))


def _auditor(context: Context) -> Context:
    """The context in which an audit reads: for whoever started it, who need not be allowed to read
    all that it compares."""
    caller = msgspec.structs.replace(
        context.caller,
        permissions=context.caller.permissions | AUDIT_PERMISSIONS,
        channel=None,
        customer_id=None,
    )
    return msgspec.structs.replace(context, caller=caller, idempotency=None)


def _new_run(
    context: Context, whole: bool, orders_position: str | None, now: datetime.datetime
) -> AuditRun:
    return AuditRun(
        id=new_id(),
        whole=whole,
        status="running",
        phase=PHASES[0],
        place=None,
        orders_position=orders_position,
        events=0,
        stock_rows=0,
        orders=0,
        reports=0,
        seen=0,
        opened=0,
        cleared=0,
        worked_seconds=0.0,
        started_by=context.caller.subject,
        started_at=now,
        ended_at=None,
    )
