"""Quotas: what several SKUs share, who has taken how much of it, and changing them."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from rackhouse.console.forms import context_of_form, pieces_in, words_in
from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.inventory import (
    Per,
    PlaceInLine,
    QuotaTerms,
    QuotaUse,
    end_quota,
    quota_uses,
    quotas,
    set_quota,
    waiting_list,
)
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MalformedRequest

__all__ = ["get_quotas_page", "limits_of", "post_quota", "post_quota_end"]

QUOTAS_SHOWN = 25
USES_SHOWN = 5
WAITING_SHOWN = 100
SKUS_LIMIT = 100
CHANGES = "inventory:write"
HANDLE = re.compile("[a-z0-9][a-z0-9._-]{0,63}")

AnyRequest = Request[Any, Any, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Id = Annotated[str, Parameter(max_length=100)]


class _Shown(msgspec.Struct, frozen=True):
    terms: QuotaTerms
    uses: list[QuotaUse]


@get("/quotas")
async def get_quotas_page(
    request: AnyRequest, after: Annotated[str, Parameter(max_length=100)] = ""
) -> Response[str]:
    """The quotas that count, each with who has taken the most."""
    house = house_of(request)
    context = await context_of_session(house, request)
    found = await quotas(context=context, after=after, sku=None, limit=QUOTAS_SHOWN + 1)
    shown = [await _with_uses(context, each) for each in found[:QUOTAS_SHOWN]]
    return whole_page(
        "quotas.html",
        quotas=shown,
        further=shown[-1].terms.id if len(found) > QUOTAS_SHOWN else None,
        names=await house.the(Names).of_skus({sku for each in shown for sku in each.terms.skus}),
        may_change=CHANGES in context.caller.permissions,
    )


@post("/quotas")
async def post_quota(request: AnyRequest, data: Form) -> Redirect:
    """Set a quota."""
    context = await context_of_form(request)
    quota, skus = data.get("id", "").strip(), data.get("skus", "").split()
    if HANDLE.fullmatch(quota) is None:
        problem = "small letters, digits, dots and hyphens, 64 at most, such as spring-release"
        raise MalformedRequest(field="id", problem=problem)
    if not 1 <= len(skus) <= SKUS_LIMIT:
        raise MalformedRequest(field="skus", problem=f"write 1 to {SKUS_LIMIT} SKUs")
    cap = pieces_in(data, "cap")
    if cap == 0:
        raise MalformedRequest(field="cap", problem="write how many pieces at most, 1 or more")
    await set_quota(
        context=context,
        quota=quota,
        name=words_in(data, "name") or quota,
        cap=cap,
        per=_counted(data),
        skus=skus,
        expected_version=None,
    )
    return Redirect("/quotas", status_code=303)


@post("/quotas/{quota:str}/end")
async def post_quota_end(request: AnyRequest, quota: Id) -> Redirect:
    """Let a quota count no more."""
    context = await context_of_form(request)
    await end_quota(context=context, quota=quota, expected_version=None)
    return Redirect("/quotas", status_code=303)


async def limits_of(context: Context, sku: str) -> dict[str, Any]:
    """What the page of a SKU shows of its quotas and of who waits for it."""
    found = await quotas(context=context, after="", sku=sku, limit=QUOTAS_SHOWN)
    waiting: list[PlaceInLine] = []
    if "holds:read" in context.caller.permissions:
        waiting, _ = await waiting_list(
            context=context,
            after=0,
            sku=sku,
            channel=None,
            customer_id=None,
            status="waiting",
            limit=WAITING_SHOWN + 1,
        )
    return {
        "quotas": [await _with_uses(context, each) for each in found],
        "waiting": waiting[:WAITING_SHOWN],
        "more_waiting": len(waiting) > WAITING_SHOWN,
    }


def _counted(data: Mapping[str, str]) -> Per:
    match data.get("per"):
        case "everyone":
            return "everyone"
        case "customer":
            return "customer"
    raise MalformedRequest(field="per", problem="everyone or customer")


async def _with_uses(context: Context, terms: QuotaTerms) -> _Shown:
    uses = await quota_uses(context=context, quota=terms.id, limit=USES_SHOWN)
    return _Shown(terms, uses)
