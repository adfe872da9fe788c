"""The pages of cases: what is not what it should be, why, and what somebody decides."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from rackhouse.console.case_wording import KINDS, figures_in_words, happening_of, in_words
from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, guard_against_forgery, house_of
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.house import House
from rackhouse.reconciliation import (
    AdjustStock,
    Case,
    CasePlace,
    Correction,
    CountStock,
    CoverSale,
    DismissSale,
    accept_case,
    audit_page,
    case_of,
    case_page,
    edit_case,
    reject_case,
    start_audit,
)

__all__ = ["get_case_page", "get_cases_page", "post_audit", "post_case_decision"]

CASES_SHOWN = 40
STATUSES = ("open", "accepted", "edited", "rejected", "cleared")
DECIDES = "reconciliation:write"
PLACE_LENGTH_LIMIT = 200
REASON_LENGTH_LIMIT = 200

AnyRequest = Request[Any, Any, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Place = Annotated[str | None, Parameter(max_length=PLACE_LENGTH_LIMIT)]


@get("/cases")
async def get_cases_page(
    request: AnyRequest,
    status: Annotated[str, Parameter(pattern="^(open|accepted|edited|rejected|cleared)$")] = "open",
    before: Place = None,
) -> Response[str]:
    """Cases in one status, the newest first, and the last audit."""
    house = house_of(request)
    context = await context_of_session(house, request)
    found = await case_page(
        context=context,
        before=_place(before),
        status=status,
        kind=None,
        sku=None,
        limit=CASES_SHOWN + 1,
    )
    audits = await audit_page(context=context, before=None, limit=1)
    shown = found[:CASES_SHOWN]
    return whole_page(
        "cases.html",
        cases=shown,
        kinds=KINDS,
        names=await _names(house, shown),
        wanted=status,
        statuses=STATUSES,
        audit=audits[0] if audits else None,
        older=_older(status, shown[-1]) if len(found) > CASES_SHOWN else None,
        may_audit=DECIDES in context.caller.permissions,
    )


@post("/audits")
async def post_audit(request: AnyRequest, data: Form) -> Redirect:
    """Begin an audit, which the workers carry out."""
    house = house_of(request)
    context = await context_of_session(house, request)
    guard_against_forgery(house, request)
    await start_audit(context=context, whole=data.get("whole") == "yes")
    return Redirect("/cases", status_code=303)


@get("/cases/{case_id:str}")
async def get_case_page(
    request: AnyRequest, case_id: Annotated[str, Parameter(max_length=100)]
) -> Response[str]:
    """One case: what should be, what is, the events that explain it, and what may be done."""
    house = house_of(request)
    context = await context_of_session(house, request)
    case = await case_of(context=context, case_id=case_id)
    names = await _names(house, [case])
    channels = await house.the(Names).of_channels()
    return whole_page(
        "case.html",
        case=case,
        kind=KINDS.get(case.kind, case.kind),
        names=names,
        expected=figures_in_words(case.expected),
        found=figures_in_words(case.found),
        happenings=[happening_of(each, names, channels) for each in case.evidence],
        proposal=in_words(case.proposal, names),
        correction=None if case.correction is None else in_words(case.correction, names),
        may_decide=DECIDES in context.caller.permissions,
        may_adjust=case.sku is not None and case.location is not None,
        may_dismiss=isinstance(case.proposal, CoverSale),
    )


@post("/cases/{case_id:str}")
async def post_case_decision(
    request: AnyRequest, case_id: Annotated[str, Parameter(max_length=100)], data: Form
) -> Redirect:
    """Accept, edit or reject a case."""
    house = house_of(request)
    context = await context_of_session(house, request)
    guard_against_forgery(house, request)
    reason = data.get("reason", "").strip()
    if not 1 <= len(reason) <= REASON_LENGTH_LIMIT:
        raise MalformedRequest(field="reason", problem="say why, in 200 characters at most")
    match data.get("decision"):
        case "accept":
            await accept_case(context=context, case_id=case_id, reason=reason)
        case "reject":
            await reject_case(context=context, case_id=case_id, reason=reason)
        case "dismiss":
            case = await case_of(context=context, case_id=case_id)
            correction: Correction = _dismissed(case)
            await edit_case(context=context, case_id=case_id, correction=correction, reason=reason)
        case "edit":
            case = await case_of(context=context, case_id=case_id)
            correction = _edited(case, data)
            await edit_case(context=context, case_id=case_id, correction=correction, reason=reason)
        case _:
            raise MalformedRequest(field="decision", problem="accept, edit or reject")
    return Redirect(f"/cases/{case_id}", status_code=303)


def _dismissed(case: Case) -> DismissSale:
    if not isinstance(case.proposal, CoverSale):
        raise MalformedRequest(field="decision", problem="there is no reported sale here")
    return DismissSale(case.proposal.channel, case.proposal.order_id)


def _edited(case: Case, data: Mapping[str, str]) -> Correction:
    """What somebody wants to be done instead: to the stock that the case is about."""
    if case.sku is None or case.location is None:
        raise MalformedRequest(field="decision", problem="there is no stock to correct here")
    action = data.get("action")
    if action == "count":
        return CountStock(case.sku, case.location)
    try:
        pieces = int(data.get("pieces", ""))
    except ValueError as error:
        raise MalformedRequest(field="pieces", problem="write a whole number") from error
    if action == "by":
        return AdjustStock(case.sku, case.location, delta=pieces, lot=case.lot or "")
    if action == "to" and pieces >= 0:
        return AdjustStock(case.sku, case.location, counted=pieces, lot=case.lot or "")
    raise MalformedRequest(field="action", problem="by, to or count; never to fewer than none")


async def _names(house: House, cases: list[Case]) -> dict[str, str]:
    skus = {case.sku for case in cases if case.sku is not None}
    for case in cases:
        skus |= {
            each.stream.rpartition("@")[0] for each in case.evidence if each.log == "inventory"
        }
        skus |= {
            line["sku"]
            for each in case.evidence
            if each.type in ("OrderPlaced", "SaleNotCovered")
            for line in each.facts["lines"]
        }
        for correction in (case.proposal, case.correction):
            sku = getattr(correction, "sku", None)
            skus |= {sku} if sku is not None else set()
    return await house.the(Names).of_skus(skus)


def _place(text: str | None) -> CasePlace | None:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=CasePlace)
    except msgspec.MsgspecError:
        return None


def _older(status: str, last: Case) -> str:
    place = msgspec.json.encode(CasePlace(last.opened_at, last.id)).decode()
    return "?" + urlencode({"status": status, "before": place})
