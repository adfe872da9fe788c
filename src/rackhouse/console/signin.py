"""Signing in with a code that works once, and signing out."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from rackhouse.console.rendering import whole_page
from rackhouse.console.security import (
    forget_session,
    guard_against_forgery,
    house_of,
    keep_session,
)
from rackhouse.identity import SigninCodeUnusable, use_signin_code
from rackhouse.platform.house import House
from rackhouse.platform.http import status_of

__all__ = ["get_signin", "post_signin", "post_signout"]

CODE_LENGTH_LIMIT = 200
LINK_LENGTH_LIMIT = 2000

AnyRequest = Request[Any, Any, Any]
Code = Annotated[str | None, Parameter(max_length=LINK_LENGTH_LIMIT)]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/signin")
async def get_signin(request: AnyRequest, code: Code = None) -> Response[str]:
    """Use the code of a link, or explain how to get one."""
    if code is None:
        return whole_page("signin.html", problem=None)
    return await _signed_in(house_of(request), code)


@post("/signin", status_code=200)
async def post_signin(request: AnyRequest, data: Form) -> Response[str]:
    """Use a code that somebody typed or pasted; the whole link will do."""
    house = house_of(request)
    guard_against_forgery(house, request)
    return await _signed_in(house, data.get("code", "").rpartition("code=")[2].strip())


@post("/signout")
async def post_signout(request: AnyRequest) -> Redirect:
    """Forget who is signed in on this browser."""
    house = house_of(request)
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
