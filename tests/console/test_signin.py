"""Signing in and out, and who is kept out."""

from collections.abc import Awaitable, Callable

import httpx
import msgspec
import pytest
from litestar import Response

from rackhouse.console.security import keep_session
from rackhouse.identity import new_signin_code
from rackhouse.modules import MODULES
from rackhouse.platform.house import House


@pytest.mark.parametrize("path", ["/", "/stock/ANYTHING", "/?q=rum"])
async def test_whoever_is_not_signed_in_is_sent_to_the_sign_in(
    stranger: httpx.AsyncClient, path: str
) -> None:
    answer = await stranger.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")


async def test_a_fragment_sends_the_whole_page_to_the_sign_in(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/signin")


async def test_a_session_that_somebody_made_up_is_no_session(stranger: httpx.AsyncClient) -> None:
    stranger.cookies.set("rackhouse_session", "made.up.token")
    assert (await stranger.get("/")).status_code == 303


async def test_the_live_stream_of_a_stranger_says_so_and_ends(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/console/live")
    assert "event: signedout" in answer.text and "event: update" not in answer.text


async def test_the_sign_in_says_how_to_get_a_link(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/signin")
    assert answer.status_code == 200 and "rackhouse signin" in answer.text


async def test_a_link_signs_in_once(house: House, stranger: httpx.AsyncClient) -> None:
    link = f"/signin?code={await new_signin_code(house=house, roles=['operator'])}"
    first = await stranger.get(link)
    assert first.status_code == 200 and 'http-equiv="refresh"' in first.text
    assert (await stranger.get("/")).status_code == 200
    again = await stranger.get(link)
    assert again.status_code == 401 and "was used already" in again.text
    assert "set-cookie" not in again.headers


async def test_a_pasted_link_signs_in_too(house: House, stranger: httpx.AsyncClient) -> None:
    code = await new_signin_code(house=house, roles=["operator"])
    pasted = {"code": f" http://elsewhere.test/signin?code={code} "}
    assert (await stranger.post("/signin", data=pasted)).status_code == 200
    assert (await stranger.get("/")).status_code == 200


@pytest.mark.parametrize("code", ["", "nonsense", "x" * 5000])
async def test_a_wrong_code_is_answered_by_the_same_page(
    stranger: httpx.AsyncClient, code: str
) -> None:
    answer = await stranger.post("/signin", data={"code": code})
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text and 'name="code"' in answer.text


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    house: House, stranger: httpx.AsyncClient
) -> None:
    code = await new_signin_code(house=house, roles=["operator"])
    cookie = (await stranger.get(f"/signin?code={code}")).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
    assert "secure" not in cookie


async def test_the_cookie_travels_encrypted_where_the_service_does(house: House) -> None:
    settings = msgspec.structs.replace(house.settings, public_url="https://rack.example")
    response: Response[None] = Response(None)
    keep_session(House(settings, MODULES), response, "token")
    assert [cookie.secure for cookie in response.cookies] == [True]


async def test_signing_out_forgets_the_session(operator: httpx.AsyncClient) -> None:
    answer = await operator.post("/signout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")
    assert "max-age=0" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("path", ["/console/drop", "/signout", "/signin"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_form_from_elsewhere_is_refused(
    operator: httpx.AsyncClient, path: str, origin: str
) -> None:
    answer = await operator.post(path, headers={"origin": origin}, data={"code": "any"})
    assert answer.status_code == 403 and "not from this console" in answer.text


async def test_the_public_address_is_an_origin_of_the_console(
    house: House, stranger: httpx.AsyncClient
) -> None:
    answer = await stranger.post("/signout", headers={"origin": house.settings.issuer})
    assert answer.status_code == 303


async def test_an_auditor_may_watch_a_drop_but_not_run_it(
    sign_in: Callable[..., Awaitable[httpx.AsyncClient]],
) -> None:
    auditor = await sign_in("auditor")
    assert "Run a demo drop" not in (await auditor.get("/")).text
    answer = await auditor.post("/console/drop")
    assert answer.status_code == 403 and "This needs the permission" in answer.text
