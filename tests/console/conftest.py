"""The console as it is served, and somebody who is signed in to it."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from console_sites import Site, served_console
from playwright.async_api import Browser, Page

from browsers import chromium
from rackhouse.api.app import App, build_app
from rackhouse.console import routes
from rackhouse.console.rendering import vendor_is_there
from rackhouse.identity import new_signin_code, use_signin_code
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings

ORIGIN = "http://console.test"

SignIn = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture(scope="session")
def scripts() -> None:
    """The scripts of others that the console uses; without them it does not update by itself."""
    if not vendor_is_there():
        remedy = "run scripts/fetch_console_assets.py first"
        if os.environ.get("CI") == "true":
            pytest.fail(remedy)
        pytest.skip(remedy)


@pytest.fixture(scope="session")
def app(house: House) -> App:
    """The API and the console of the test house."""
    return build_app(house, further_routes=routes(house))


@pytest.fixture
async def stranger(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody is signed in."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=ORIGIN, headers={"origin": ORIGIN}
    ) as client:
        yield client


@pytest.fixture
async def sign_in(house: House, stranger: httpx.AsyncClient) -> SignIn:
    """Signs somebody in who has some roles."""

    async def signed_in(*roles: str) -> httpx.AsyncClient:
        code = await new_signin_code(house=house, roles=roles)
        stranger.cookies.set("rackhouse_session", await use_signin_code(house=house, code=code))
        return stranger

    return signed_in


@pytest.fixture
async def operator(sign_in: SignIn) -> httpx.AsyncClient:
    """A browser in which an operator is signed in."""
    return await sign_in("operator")


@pytest.fixture(scope="session")
async def site(settings: Settings, house: House) -> AsyncIterator[Site]:
    """The console served for real, on the database of the test house."""
    async with served_console(settings) as site:
        yield site


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page of a browser in which nobody is signed in; a script that fails fails the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    await context.close()
    assert not faults
