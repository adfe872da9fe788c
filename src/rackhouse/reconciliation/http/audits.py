"""Audits over HTTP."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery
from rackhouse.reconciliation import auditing
from rackhouse.reconciliation.auditing import AuditPlace
from rackhouse.reconciliation.errors import AuditIsRunning
from rackhouse.reconciliation.runs import AuditRun

__all__ = ["ENDPOINTS", "AuditAnswer", "audit_answer"]


class AuditBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an audit is to read."""

    whole: Annotated[
        bool,
        Meta(description="Read everything from the start, not only what came since the last one."),
    ] = False


class AuditAnswer(msgspec.Struct, frozen=True):
    """An audit: what it has read so far, how many discrepancies it saw, and how many cases came
    and went. ``worked_seconds`` is without rests."""

    id: str
    whole: bool
    status: str
    phase: str
    events: int
    stock_rows: int
    orders: int
    reports: int
    seen: int
    opened: int
    cleared: int
    worked_seconds: float
    started_by: str
    started_at: datetime.datetime
    ended_at: datetime.datetime | None


def audit_answer(run: AuditRun) -> AuditAnswer:
    """An audit as the API shows it."""
    return AuditAnswer(*(getattr(run, name) for name in AuditAnswer.__struct_fields__))


async def post_audit(call: Call) -> AuditRun:
    return await auditing.start_audit(context=call.context, whole=call.body.whole)


async def get_audits(call: Call) -> Answer:
    query: PageQuery = call.query
    found = await auditing.audit_page(
        context=call.context, before=query.after(AuditPlace), limit=query.limit + 1
    )
    page = Page.of(found, query.limit, lambda run: AuditPlace(run.started_at, run.id))
    return Answer(200, Page([audit_answer(each) for each in page.items], page.next_cursor))


def _begun(run: AuditRun) -> Answer:
    return Answer(202, audit_answer(run))


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/reconciliation/audits",
        handler=post_audit,
        present=_begun,
        permission="reconciliation:write",
        summary="Begin an audit, which the workers carry out",
        body=AuditBody,
        body_optional=True,
        answers={202: AuditAnswer},
        refusals=(AuditIsRunning,),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/reconciliation/audits",
        handler=get_audits,
        permission="reconciliation:read",
        summary="Audits, the newest first",
        query=PageQuery,
        answers={200: Page[AuditAnswer]},
    ),
]
