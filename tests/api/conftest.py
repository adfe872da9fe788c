"""A served API, and what it is asked with."""

from collections.abc import AsyncIterator

import httpx
import pytest

from rackhouse.identity import mint_token
from rackhouse.platform.house import House
from serving import served


@pytest.fixture(scope="session")
async def admin_token(house: House) -> str:
    """An administrator's token."""
    return await mint_token(house=house, roles=["admin"], subject="admin", ttl_seconds=7200)


@pytest.fixture(scope="session")
async def api(house: House, admin_token: str) -> AsyncIterator[httpx.AsyncClient]:
    """The API, asked by an administrator."""
    headers = {"authorization": f"Bearer {admin_token}"}
    async with served(house.settings, **headers) as client:
        yield client


@pytest.fixture(scope="session")
async def anonymous(api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The API, asked by nobody in particular."""
    async with httpx.AsyncClient(base_url=api.base_url) as client:
        yield client
