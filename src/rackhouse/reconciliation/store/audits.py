"""Statements about audits."""

import datetime
from typing import Any

import msgspec

from rackhouse.platform.database import Transaction
from rackhouse.reconciliation.runs import AuditRun

__all__ = [
    "audit_of",
    "audit_page",
    "last_ended",
    "running_audit",
    "try_turn",
    "write_audit",
]


async def try_turn(session: Transaction) -> bool:
    """Be the only one to work at audits for as long as the session lasts, unless somebody else is.
    It is no transaction: that would be cut off while the log is read."""
    return await session.one(
        bool, "select pg_try_advisory_lock(hashtextextended('reconciliation.audit', 1))"
    )


async def running_audit(tx: Transaction) -> AuditRun | None:
    """The audit that runs."""
    return await tx.maybe(
        AuditRun,
        """
        select id::text, whole, status, phase, place, orders_position, events, stock_rows, orders,
            reports, seen, opened, cleared, worked_seconds, started_by, started_at, ended_at
        from reconciliation.audit where status = 'running'
        """,
    )


async def audit_of(tx: Transaction, audit_id: str) -> AuditRun | None:
    """An audit."""
    return await tx.maybe(
        AuditRun,
        """
        select id::text, whole, status, phase, place, orders_position, events, stock_rows, orders,
            reports, seen, opened, cleared, worked_seconds, started_by, started_at, ended_at
        from reconciliation.audit where id = %(id)s
        """,
        {"id": audit_id},
    )


async def last_ended(tx: Transaction, *, whole: bool | None) -> AuditRun | None:
    """The audit that ended last, of a kind or of any."""
    return await tx.maybe(
        AuditRun,
        """
        select id::text, whole, status, phase, place, orders_position, events, stock_rows, orders,
            reports, seen, opened, cleared, worked_seconds, started_by, started_at, ended_at
        from reconciliation.audit
        where status = 'ended' and whole = coalesce(%(whole)s::boolean, whole)
        order by started_at desc, id desc limit 1
        """,
        {"whole": whole},
    )


async def audit_page(
    tx: Transaction, *, before: tuple[datetime.datetime, str] | None, limit: int
) -> list[AuditRun]:
    """Audits, the newest first, before a (time, id)."""
    return await tx.all(
        AuditRun,
        """
        select id::text, whole, status, phase, place, orders_position, events, stock_rows, orders,
            reports, seen, opened, cleared, worked_seconds, started_by, started_at, ended_at
        from reconciliation.audit
        where (%(started_at)s::timestamptz is null
               or (started_at, id) < (%(started_at)s::timestamptz, %(id)s::uuid))
        order by started_at desc, id desc limit %(limit)s
        """,
        {
            "started_at": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )


async def write_audit(tx: Transaction, run: AuditRun) -> None:
    """Write an audit as it is now."""
    row: dict[str, Any] = msgspec.structs.asdict(run)
    await tx.run(
        """
        insert into reconciliation.audit
            (id, whole, status, phase, place, orders_position, events, stock_rows, orders,
             reports, seen, opened, cleared, worked_seconds, started_by, started_at, ended_at)
        values (%(id)s, %(whole)s, %(status)s, %(phase)s, %(place)s, %(orders_position)s,
            %(events)s, %(stock_rows)s, %(orders)s, %(reports)s, %(seen)s, %(opened)s,
            %(cleared)s, %(worked_seconds)s, %(started_by)s, %(started_at)s, %(ended_at)s)
        on conflict (id) do update
        set status = excluded.status, phase = excluded.phase, place = excluded.place,
            orders_position = excluded.orders_position, events = excluded.events,
            stock_rows = excluded.stock_rows, orders = excluded.orders,
            reports = excluded.reports, seen = excluded.seen, opened = excluded.opened,
            cleared = excluded.cleared, worked_seconds = excluded.worked_seconds,
            ended_at = excluded.ended_at
        """,
        row,
    )
