"""The console as it is served, and somebody who is signed in to it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from rackhouse.api.app import App, build_app
from rackhouse.console import routes
from rackhouse.identity import new_signin_code, use_signin_code
from rackhouse.platform.house import House

ORIGIN = "http://console.test"

SignIn = Callable[..., Awaitable[httpx.AsyncClient]]


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
