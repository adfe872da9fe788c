"""Signing in with a code that works once, and signing out."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from rackhouse.console.rendering import whole_page
from rackhouse.console.security import forget_session, guard_against_forgery, keep_session
from rackhouse.identity import SigninCodeUnusable, use_signin_code
from rackhouse.platform.house import House
from rackhouse.platform.http import status_of

__all__ = ["get_signin", "post_signin", "post_signout"]

CODE_LENGTH_LIMIT = 200

AnyRequest = Request[Any, Any, Any]


@get("/signin")
async def get_signin(house: House, code: str | None = None) -> Response[str]:
    """Use the code of a link, or explain how to get one."""
    return (
        whole_page("signin.html", problem=None) if code is None else await _signed_in(house, code)
    )


@post("/signin", status_code=200)
async def post_signin(
    request: AnyRequest,
    house: House,
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[str]:
    """Use a code that somebody typed or pasted; the whole link will do."""
    guard_against_forgery(house, request)
    return await _signed_in(house, data.get("code", "").rpartition("code=")[2].strip())


@post("/signout")
async def post_signout(request: AnyRequest, house: House) -> Redirect:
    """Forget who is signed in on this browser."""
    guard_against_forgery(house, request)
    redirect = Redirect("/signin", status_code=303)
    forget_session(house, redirect)
    return redirect


async def _signed_in(house: House, code: str) -> Response[str]:
    """A page that goes on to the board by itself: after a redirect, a browser that came from
    another site would not send the new cookie yet."""
    try:
        token = await use_signin_code(house=house, code=code[:CODE_LENGTH_LIMIT])
    except SigninCodeUnusable as refusal:
        return whole_page("signin.html", status=status_of(type(refusal)), problem=str(refusal))
    response = whole_page("signed_in.html")
    keep_session(house, response, token)
    return response
