"""What keeps the console to the people it is for: the session cookie, where forms may come from,
and the headers that tell browsers to load and frame nothing else."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.datastructures import Cookie

from rackhouse.console.errors import CameFromElsewhere, NotSignedIn
from rackhouse.identity import caller_of_session
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.errors import NotAuthenticated
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id

__all__ = [
    "context_of_session",
    "forget_session",
    "guard_against_forgery",
    "house_of",
    "keep_session",
    "with_security_headers",
]

COOKIE = "rackhouse_session"
CONSOLE_PERMISSION = "console:use"
HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]


def house_of(request: AnyRequest) -> House:
    """The house that the routes were made for."""
    house: House = request.state.house
    return house


async def context_of_session(house: House, request: AnyRequest) -> Context:
    """The context of a request by the person whose session cookie it carries.

    Refuses with `NotSignedIn`, also when the session is over, and with `PermissionMissing`.
    """
    try:
        caller: Caller = await caller_of_session(house=house, token=request.cookies.get(COOKIE, ""))
    except NotAuthenticated as refusal:
        raise NotSignedIn() from refusal
    caller.require(CONSOLE_PERMISSION)
    return Context(house=house, caller=caller, correlation_id=new_id())


def keep_session(house: House, response: AnyResponse, token: str) -> None:
    """Let the browser keep a session token where no script and no other site reaches it."""
    response.set_cookie(_cookie(house, token, max_age=None))


def forget_session(house: House, response: AnyResponse) -> None:
    """Let the browser forget the session token."""
    response.set_cookie(_cookie(house, "", max_age=0))


def guard_against_forgery(house: House, request: AnyRequest) -> None:
    """Refuse with `CameFromElsewhere` a form that was not sent by a page of this console.

    Every browser names the origin of a POST, unless its page asked for `no-referrer`: for that
    the pages ask for `same-origin`. Where it names none, nothing is assumed.
    """
    origin = request.headers.get("origin", "")
    own = urlsplit(house.settings.issuer)
    asked = urlsplit(origin)
    if asked.netloc and asked.netloc == request.headers.get("host"):
        return
    if (asked.scheme, asked.netloc) == (own.scheme, own.netloc):
        return
    raise CameFromElsewhere(origin=origin or "an unnamed place")


def with_security_headers(response: AnyResponse) -> AnyResponse:
    """Add the headers; a page is kept by nobody on the way, unless it says otherwise."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("cache-control", "no-store")
    return response


def _cookie(house: House, token: str, *, max_age: int | None) -> Cookie:
    return Cookie(
        COOKIE,
        value=token,
        path="/",
        max_age=max_age,
        httponly=True,
        samesite="strict",
        secure=house.settings.issuer.startswith("https:"),
    )
