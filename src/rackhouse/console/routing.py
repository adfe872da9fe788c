"""The routes of the console, and what becomes of its refusals."""

from typing import Any

import structlog
from litestar import Request, Response, Router
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from rackhouse.console.board import get_board
from rackhouse.console.case_pages import (
    get_case_page,
    get_cases_page,
    post_audit,
    post_case_decision,
)
from rackhouse.console.channel_pages import (
    get_channel_page,
    get_channels_page,
    post_outlet_step,
    post_troubles_retry,
)
from rackhouse.console.channel_told import told_route
from rackhouse.console.collection_pages import (
    get_collection_page,
    get_collections_page,
    post_collection_matches,
    post_collection_step,
    post_new_collection,
)
from rackhouse.console.coming import post_condition_of_pieces
from rackhouse.console.count_pages import (
    get_count_page,
    get_counts_page,
    post_count_of_location,
    post_count_step,
)
from rackhouse.console.errors import NotSignedIn
from rackhouse.console.evidence_page import get_evidence_page, post_verification
from rackhouse.console.inbound_page import get_inbound_page, post_inbound_step
from rackhouse.console.kept_back import post_safety
from rackhouse.console.live import live_route
from rackhouse.console.lot_page import get_lot, post_recall, post_reinstatement
from rackhouse.console.lots_page import get_lots_page
from rackhouse.console.map_page import get_map, map_route
from rackhouse.console.order_pages import get_order_page, get_orders_page
from rackhouse.console.problem_pages import get_problem, get_problems
from rackhouse.console.promise_page import get_promise_page
from rackhouse.console.quota_page import get_quotas_page, post_quota, post_quota_end
from rackhouse.console.reference import get_reference
from rackhouse.console.rendering import STATIC, VENDOR_FILES, fragment, vendor_is_there, whole_page
from rackhouse.console.running import post_drop
from rackhouse.console.security import with_security_headers
from rackhouse.console.signin import get_signin, post_signin, post_signout
from rackhouse.console.sku_page import get_sku
from rackhouse.console.waiting_page import get_waiting_page, post_waiting_leave
from rackhouse.platform.errors import MalformedRequest, Refusal
from rackhouse.platform.house import House
from rackhouse.platform.http import status_of

__all__ = ["routes"]

YEAR_SECONDS = 31_536_000
PAGES = (
    get_board,
    get_sku,
    post_safety,
    post_condition_of_pieces,
    get_inbound_page,
    post_inbound_step,
    get_promise_page,
    get_orders_page,
    get_order_page,
    get_quotas_page,
    post_quota,
    post_quota_end,
    get_map,
    get_channels_page,
    get_channel_page,
    post_outlet_step,
    post_troubles_retry,
    get_waiting_page,
    post_waiting_leave,
    get_evidence_page,
    post_verification,
    get_lots_page,
    get_lot,
    post_recall,
    post_reinstatement,
    post_drop,
    get_cases_page,
    get_case_page,
    post_case_decision,
    post_audit,
    get_collections_page,
    post_new_collection,
    get_collection_page,
    post_collection_step,
    post_collection_matches,
    get_counts_page,
    get_count_page,
    post_count_of_location,
    post_count_step,
    get_signin,
    post_signin,
    post_signout,
    get_reference,
    get_problems,
    get_problem,
)

AnyRequest = Request[Any, Any, Any]

_log = structlog.get_logger(__name__)


def routes(house: House) -> list[ControllerRouterHandler]:
    """Everything that the console serves. Each address but the sign-in, the API reference and the
    problems is for people who are signed in."""
    if not vendor_is_there():
        _log.warning(
            "console_is_not_live",
            missing=VENDOR_FILES,
            remedy="run scripts/fetch_console_assets.py",
        )

    def give_house(request: AnyRequest) -> None:
        request.state.house = house

    pages = Router(
        "/",
        route_handlers=PAGES,
        before_request=give_house,
        exception_handlers={
            NotSignedIn: _to_signin,
            Refusal: _refused,
            ValidationException: _malformed,
            Exception: _failed,
        },
        after_request=with_security_headers,
    )
    files = create_static_files_router(
        path="/static",
        directories=[STATIC],
        name="console-static",
        cache_control=CacheControlHeader(max_age=YEAR_SECONDS, public=True, immutable=True),
        after_request=with_security_headers,
    )
    return [pages, live_route(house), map_route(house), told_route(house), files]


def _to_signin(request: AnyRequest, _: NotSignedIn) -> Response[None]:
    """Send people to the sign-in; a fragment can not do that, so the whole page is to go there."""
    if "hx-request" in request.headers:
        return Response(None, status_code=204, headers={"hx-redirect": "/signin"})
    return with_security_headers(Redirect("/signin", status_code=303))


def _refused(request: AnyRequest, refusal: Refusal) -> Response[str]:
    status = status_of(type(refusal))
    if "hx-request" in request.headers:
        text = fragment("refused_fragment.html", refusal=refusal)
        return Response(text, status_code=status, media_type="text/html; charset=utf-8")
    return with_security_headers(whole_page("refused.html", status=status, refusal=refusal))


def _malformed(request: AnyRequest, error: ValidationException) -> Response[str]:
    fields = error.extra if isinstance(error.extra, list) else []
    field = str(fields[0].get("key", "query")) if fields else "query"
    return _refused(request, MalformedRequest(field=field, problem="not an accepted value"))


def _failed(request: AnyRequest, error: Exception) -> Response[str]:
    if isinstance(error, HTTPException):
        return with_security_headers(
            whole_page("failed.html", status=error.status_code, problem=error.detail)
        )
    _log.exception("console_fault", path=request.url.path, exc_info=error)
    problem = "Something failed that should not. It was logged; nothing is known to be changed."
    return with_security_headers(whole_page("failed.html", status=500, problem=problem))
