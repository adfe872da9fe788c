"""Cases over HTTP."""

import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery
from rackhouse.reconciliation import cases, deciding
from rackhouse.reconciliation.cases import CasePlace
from rackhouse.reconciliation.corrections import Correction
from rackhouse.reconciliation.errors import (
    CaseIsDecided,
    CaseNotFound,
    CorrectionOfSomethingElse,
    DeltaOrCounted,
)
from rackhouse.reconciliation.events import Evidence
from rackhouse.reconciliation.rules import Case

__all__ = ["ENDPOINTS", "CaseAnswer", "case_answer"]

Status = Literal["open", "accepted", "edited", "rejected", "cleared"]
Reason = Annotated[str, Meta(min_length=1, max_length=200, description="Why, in a few words.")]


class DecisionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a case is decided so."""

    reason: Reason


class EditBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done instead of what is proposed, and why."""

    correction: Correction
    reason: Reason


class CaseAnswer(msgspec.Struct, frozen=True):
    """A discrepancy: what should be and what is, the events that explain it, what is proposed, and
    what was decided. ``being_decided`` is set while a decision is carried out."""

    id: str
    kind: str
    status: str
    finding: str
    sku: str | None
    location: str | None
    lot: str | None
    quota: str | None
    channel: str | None
    hold_id: str | None
    order_id: str | None
    expected: dict[str, int]
    found: dict[str, int]
    evidence: tuple[Evidence, ...]
    proposal: Correction
    correction: Correction | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime.datetime | None
    opened_at: datetime.datetime
    being_decided: bool
    version: int


class CasesQuery(PageQuery, frozen=True, kw_only=True):
    """Which cases to list."""

    status: Annotated[Status | None, Meta(description="Only in this status.")] = None
    kind: Annotated[str | None, Meta(description="Only of this kind.")] = None
    sku: Annotated[str | None, Meta(description="Only about this SKU.")] = None


def case_answer(case: Case) -> CaseAnswer:
    """A case as the API shows it."""
    facts = {name: getattr(case, name, None) for name in CaseAnswer.__struct_fields__}
    return CaseAnswer(**(facts | {"being_decided": case.deciding is not None}))  # type: ignore[arg-type]


async def get_cases(call: Call) -> Answer:
    query: CasesQuery = call.query
    found = await cases.case_page(
        context=call.context,
        before=query.after(CasePlace),
        status=query.status,
        kind=query.kind,
        sku=query.sku,
        limit=query.limit + 1,
    )
    page = Page.of(found, query.limit, lambda case: CasePlace(case.opened_at, case.id))
    return Answer(200, Page([case_answer(each) for each in page.items], page.next_cursor))


async def get_case(call: Call) -> Answer:
    return _shown(await cases.case_of(context=call.context, case_id=call.path["case_id"]))


async def post_case_acceptance(call: Call) -> Case:
    return await deciding.accept_case(
        context=call.context, case_id=call.path["case_id"], reason=call.body.reason
    )


async def post_case_edit(call: Call) -> Case:
    body: EditBody = call.body
    return await deciding.edit_case(
        context=call.context,
        case_id=call.path["case_id"],
        correction=body.correction,
        reason=body.reason,
    )


async def post_case_rejection(call: Call) -> Case:
    return await deciding.reject_case(
        context=call.context, case_id=call.path["case_id"], reason=call.body.reason
    )


def _shown(case: Case) -> Answer:
    return Answer(200, case_answer(case))


_OF_CASE = (CaseNotFound, CaseIsDecided)
_STEPS = (
    ("accept", post_case_acceptance, DecisionBody, "Carry out what is proposed", ()),
    (
        "edit",
        post_case_edit,
        EditBody,
        "Carry out another correction than what is proposed",
        (CorrectionOfSomethingElse, DeltaOrCounted),
    ),
    ("reject", post_case_rejection, DecisionBody, "Close a case and correct nothing", ()),
)

ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/api/v1/reconciliation/cases",
        handler=get_cases,
        permission="reconciliation:read",
        summary="Discrepancies, the newest first",
        query=CasesQuery,
        answers={200: Page[CaseAnswer]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/reconciliation/cases/{case_id}",
        handler=get_case,
        permission="reconciliation:read",
        summary="A discrepancy with the events that explain it",
        answers={200: CaseAnswer},
        refusals=(CaseNotFound,),
    ),
    *(
        Endpoint(
            method="POST",
            path=f"/api/v1/reconciliation/cases/{{case_id}}/{step}",
            handler=handler,
            present=_shown,
            permission="reconciliation:write",
            summary=summary,
            body=body,
            answers={200: CaseAnswer},
            refusals=(*_OF_CASE, *further),
        )
        for step, handler, body, summary, further in _STEPS
    ),
]
