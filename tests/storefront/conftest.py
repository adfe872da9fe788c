"""An open shop for the tests of this folder, and browsers to visit it with."""

from collections.abc import AsyncIterator

import httpx
import pytest
from open_shops import OpenShop, served_shop, settings_of, stock_up
from playwright.async_api import Browser
from shop_windows import Windows

from browsers import chromium
from houses import context_of
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings
from serving import served


@pytest.fixture(scope="session")
async def house_url(settings: Settings, house: House) -> AsyncIterator[str]:
    """The address of a house."""
    async with served(settings) as api:
        yield str(api.base_url).rstrip("/")


@pytest.fixture(scope="session")
async def shop(house: House, house_url: str) -> AsyncIterator[OpenShop]:
    """A shop beside it."""
    goods = await stock_up(context_of(house))
    async with served_shop(await settings_of(goods, house_url)) as url:
        yield OpenShop(url, goods)


@pytest.fixture
async def visitor(shop: OpenShop) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts and pictures: it keeps cookies and follows nothing by itself."""
    async with httpx.AsyncClient(base_url=shop.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def windows(browser: Browser) -> AsyncIterator[Windows]:
    """Opens windows of people who do not know each other; a script that fails fails the test."""
    opened = Windows(browser)
    yield opened
    await opened.close()
    assert not opened.faults
