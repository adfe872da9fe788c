"""The page of tamper evidence: what was signed of each log, and comparing the logs with it."""

from typing import Any

from litestar import Request, Response, get, post

from rackhouse.console.forms import context_of_form
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.notary import (
    Verification,
    archived_page,
    checkpoint_page,
    latest_checkpoints,
    verify_logs,
)
from rackhouse.platform.context import Context

__all__ = ["get_evidence_page", "post_verification"]

CHECKPOINTS_SHOWN = 20
FILES_SHOWN = 200
SECONDS_LIMIT = 10.0

AnyRequest = Request[Any, Any, Any]


@get("/evidence")
async def get_evidence_page(request: AnyRequest) -> Response[str]:
    """The newest checkpoint of each log, those that were signed last, and what was archived."""
    house = house_of(request)
    context = await context_of_session(house, request)
    return await _shown(context, None)


@post("/evidence", status_code=200)
async def post_verification(request: AnyRequest) -> Response[str]:
    """Compare every log with its chain and its checkpoints, for `SECONDS_LIMIT` at most."""
    context = await context_of_form(request)
    report = await verify_logs(context=context, log=None, saved=(), seconds_limit=SECONDS_LIMIT)
    return await _shown(context, report)


async def _shown(context: Context, report: Verification | None) -> Response[str]:
    return whole_page(
        "evidence.html",
        newest=await latest_checkpoints(context=context),
        signed=await checkpoint_page(
            context=context, log=None, before=None, limit=CHECKPOINTS_SHOWN
        ),
        archived=await archived_page(context=context, log=None, after=None, limit=FILES_SHOWN),
        report=report,
        may_verify="logs:verify" in context.caller.permissions,
    )
