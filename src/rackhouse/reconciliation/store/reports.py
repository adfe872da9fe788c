"""Statements about what channels report, and what they are asked to take."""

import datetime
from collections.abc import Iterable, Sequence

import msgspec

from rackhouse.platform.database import Transaction
from rackhouse.reconciliation.figures import Report, RequestedFigure

__all__ = [
    "mark_compared",
    "request_figure",
    "requested_figures",
    "waiting_reports",
    "withdraw_requests",
    "write_reports",
]


async def write_reports(tx: Transaction, reports: Sequence[Report]) -> None:
    """Write what a channel reported; of each SKU what it read last counts."""
    await tx.run(
        """
        insert into reconciliation.report as known
            (channel, sku, available, as_of, received_at, compared)
        select channel, sku, available, as_of, clock_timestamp(), false
        from jsonb_to_recordset(%(reports)s::jsonb) as new (
            channel text, sku text, available bigint, as_of timestamptz)
        order by channel, sku
        on conflict (channel, sku) do update
        set available = excluded.available, as_of = excluded.as_of,
            received_at = excluded.received_at, compared = false
        where known.as_of < excluded.as_of
        """,
        {"reports": msgspec.json.encode(reports).decode()},
    )


async def waiting_reports(
    tx: Transaction, *, as_of_before: datetime.datetime, limit: int
) -> list[Report]:
    """Reports that were not compared yet, of a time before one, the oldest first."""
    return await tx.all(
        Report,
        """
        select channel, sku, available, as_of from reconciliation.report
        where not compared and as_of < %(before)s
        order by as_of, channel, sku limit %(limit)s
        """,
        {"before": as_of_before, "limit": limit},
    )


async def mark_compared(tx: Transaction, reports: Iterable[Report]) -> None:
    """Remember that reports were compared, unless newer ones came since."""
    await tx.run(
        """
        update reconciliation.report r set compared = true
        from jsonb_to_recordset(%(reports)s::jsonb) as done (
            channel text, sku text, as_of timestamptz)
        where r.channel = done.channel and r.sku = done.sku and r.as_of = done.as_of
        """,
        {"reports": msgspec.json.encode(list(reports)).decode()},
    )


async def request_figure(
    tx: Transaction,
    *,
    channel: str,
    sku: str,
    available: int,
    case_id: str,
    now: datetime.datetime,
) -> None:
    """Ask a channel to take a figure."""
    await tx.run(
        """
        insert into reconciliation.request (channel, sku, available, case_id, requested_at)
        values (%(channel)s, %(sku)s, %(available)s, %(case_id)s, %(now)s)
        on conflict (channel, sku) do update
        set available = excluded.available, case_id = excluded.case_id,
            requested_at = excluded.requested_at
        """,
        {
            "channel": channel,
            "sku": sku,
            "available": available,
            "case_id": case_id,
            "now": now,
        },
    )


async def requested_figures(
    tx: Transaction, channel: str, *, after: str, limit: int
) -> list[RequestedFigure]:
    """What a channel is asked to take, in the order of SKUs, after one."""
    return await tx.all(
        RequestedFigure,
        """
        select sku, available, case_id::text, requested_at from reconciliation.request
        where channel = %(channel)s and sku > %(after)s order by sku limit %(limit)s
        """,
        {"channel": channel, "after": after, "limit": limit},
    )


async def withdraw_requests(tx: Transaction, reports: Iterable[Report]) -> None:
    """Ask no more for what channels have reported as it should be."""
    await tx.run(
        """
        delete from reconciliation.request r
        using jsonb_to_recordset(%(reports)s::jsonb) as done (channel text, sku text)
        where r.channel = done.channel and r.sku = done.sku
        """,
        {"reports": msgspec.json.encode(list(reports)).decode()},
    )
