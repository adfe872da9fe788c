"""Answers: how handlers answer a browser, and what every answer tells it to beware of."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from examples.storefront.house import House
from examples.storefront.live import LiveStock
from examples.storefront.rendering import rendered
from examples.storefront.settings import Settings
from examples.storefront.visitors import Visitor, visitor_cookie
from rackhouse_client import (
    Busy,
    Invalid,
    NotAuthenticated,
    NotFound,
    Problem,
    RackhouseError,
    RateLimited,
    ServerFault,
    Unanswered,
)

__all__ = [
    "POLICY",
    "FormRefused",
    "Guarded",
    "Shop",
    "content_policy",
    "page",
    "see",
    "shop_of",
    "told_apart",
]

_log = logging.getLogger("storefront")

AWAY_SECONDS = 5
POLICY = "content-security-policy"
VIEWER_STYLE = "sha256-PXtZZkJMMyc18o/DN1ZEFOJ2qEGq95IQbVaJFMOXOb0="
HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), xr-spatial-tracking=(self)",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

AnyRequest = Request[Any, Any, Any]


class FormRefused(Exception):
    """The form did not come from a page that this visitor was shown."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """What every handler needs."""

    settings: Settings
    house: House
    live: LiveStock


def shop_of(request: AnyRequest) -> tuple[Shop, Visitor]:
    """The shop, and who asks."""
    shop: Shop = request.app.state.shop
    return shop, Visitor.of(request, shop.settings)


def page(
    request: AnyRequest,
    template: str,
    *,
    status: int = 200,
    cookies: Iterable[Cookie] = (),
    headers: dict[str, str] | None = None,
    **facts: object,
) -> Response[str]:
    """A page for this visitor, kept by nobody on the way."""
    shop, visitor = shop_of(request)
    fresh = [visitor_cookie(shop.settings, visitor)] if visitor.is_new else []
    facts = {"here": request.url.path, "message": None, **facts}
    return Response(
        rendered(template, visitor=visitor, settings=shop.settings, **facts),
        status_code=status,
        media_type="text/html; charset=utf-8",
        headers={"cache-control": "no-store", **(headers or {})},
        cookies=[*fresh, *cookies],
    )


def see(request: AnyRequest, address: str, cookies: Iterable[Cookie] = ()) -> Response[None]:
    """Look there now; loading that page again sends nothing twice."""
    shop, visitor = shop_of(request)
    fresh = [visitor_cookie(shop.settings, visitor)] if visitor.is_new else []
    headers = {"location": address, "cache-control": "no-store"}
    return Response(None, status_code=303, headers=headers, cookies=[*fresh, *cookies])


def told_apart() -> dict[Any, Callable[[AnyRequest, Any], Response[Any]]]:
    """What to answer to what goes wrong, by its kind."""
    return {
        NotFound: _not_there,
        Invalid: _not_there,
        RackhouseError: _away,
        FormRefused: _form_refused,
        HTTPException: _refused,
        Exception: _fault,
    }


def _not_there(request: AnyRequest, _: Exception) -> Response[str]:
    return page(request, "not_there.html", status=404)


def _refused(request: AnyRequest, refusal: HTTPException) -> Response[str]:
    if refusal.status_code in (404, 405):
        return page(request, "not_there.html", status=refusal.status_code)
    return page(request, "refused.html", status=refusal.status_code)


def _form_refused(request: AnyRequest, _: Exception) -> Response[str]:
    return page(request, "refused.html", status=403)


def _away(request: AnyRequest, error: Exception) -> Response[str]:
    """The house does not answer, or refuses the shop itself: it is not the visitor's fault."""
    kinds = (Unanswered, Busy, RateLimited, ServerFault, NotAuthenticated)
    _log.warning("%s: %s", request.url.path, error)
    number = error.correlation_id if isinstance(error, Problem) else None
    headers = {"retry-after": str(AWAY_SECONDS)} if isinstance(error, kinds) else {}
    if request.method == "GET":
        headers["refresh"] = str(AWAY_SECONDS)
    return page(request, "away.html", status=503, headers=headers, number=number)


def _fault(request: AnyRequest, error: Exception) -> Response[str]:
    """Something failed that should not."""
    _log.error("%s failed", request.url.path, exc_info=error)
    return page(request, "away.html", status=500, number=None)


def content_policy(settings: Settings, *, with_model: bool = False) -> str:
    """What a page may load: what is the shop's own, and pictures from where media come from.

    The component that shows models needs more, on pages that have one: it puts one style of its own
    into its shadow tree, compiles a decoder from the bytes that it brings, and makes pictures of
    what a model has in it.
    """
    media = " ".join(settings.media_origins)
    scripts, styles, blobs = "script-src 'self'", "style-src 'self'", ""
    if with_model:
        scripts, blobs = f"{scripts} 'wasm-unsafe-eval'", " blob: data:"
        styles = f"{styles} '{VIEWER_STYLE}'"
    return (
        f"default-src 'none'; {scripts}; {styles}; connect-src 'self' {media}{blobs}; "
        f"img-src 'self' {media}{blobs}; media-src 'self' {media}; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors 'none'"
    )


class Guarded:
    """Adds the headers that tell browsers to load, run and frame nothing else."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        headers = HEADERS | {POLICY: content_policy(settings)}
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer with the headers that it does not have itself."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message["headers"])
                there = {name for name, _ in own}
                own += [pair for pair in self._headers if pair[0] not in there]
                message["headers"] = own
            await send(message)

        await self._app(scope, receive, answer if scope["type"] == ScopeType.HTTP else send)
