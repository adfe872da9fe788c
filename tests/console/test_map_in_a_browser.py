"""The map and the channels as people see them: live, in a real browser."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from console_sites import LIVE, Site
from playwright.async_api import Browser, Page, expect
from test_channel_pages import pushed
from test_map_page import sell, till

from houses import Shop
from rackhouse.outlets import pause_outlet

OpenShop = Callable[..., Awaitable[Shop]]
PATIENCE_MILLISECONDS = 30_000

needs_scripts = pytest.mark.usefixtures("scripts")


@pytest.fixture
async def reader(browser: Browser) -> AsyncIterator[Page]:
    """A page in which no script runs."""
    context = await browser.new_context(java_script_enabled=False)
    yield await context.new_page()
    await context.close()


async def map_of_shop(site: Site, page: Page, shop: Shop) -> None:
    """Open the map where it shows one shop's location, live."""
    await site.sign_in(page)
    await page.goto(f"{site.url}/map?location={shop.location}")
    await page.wait_for_selector(LIVE, timeout=PATIENCE_MILLISECONDS)


@needs_scripts
async def test_a_sale_in_a_second_window_is_seen_on_the_map_without_a_reload(
    site: Site, browser: Browser, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    other = await till(shop)
    await map_of_shop(site, page, shop)
    context = await browser.new_context(color_scheme="dark")
    second = await context.new_page()
    await map_of_shop(site, second, shop)
    cells = page.locator(".matrix tbody td b")
    await expect(cells).to_have_text(["9", "9"], timeout=PATIENCE_MILLISECONDS)
    link = page.locator(".matrix tbody a")
    await link.focus()
    await sell(shop, 2, other)
    for window in (page, second):
        await expect(window.locator(".matrix tbody td b")).to_have_text(
            ["7", "7"], timeout=PATIENCE_MILLISECONDS
        )
        sold = window.locator(f'.map-channels tr:has(a[href="/channels/{other}"]) td').nth(4)
        await expect(sold).to_have_text("2", timeout=PATIENCE_MILLISECONDS)
        await expect(window.locator("#map-picture .line-sold")).to_have_count(
            1, timeout=PATIENCE_MILLISECONDS
        )
    await expect(link).to_be_focused()
    for window in (page, second):
        found = await Axe().run(window)
        assert found.violations_count == 0, found.generate_report()
    await context.close()


@needs_scripts
async def test_a_pause_shows_on_the_channel_s_page_and_in_the_list(
    site: Site, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    outlet = await pushed(shop)
    await site.sign_in(page)
    await page.goto(f"{site.url}/channels/{shop.channel}")
    await page.wait_for_selector(LIVE, timeout=PATIENCE_MILLISECONDS)
    await expect(page.get_by_role("button", name="Pause Shelf display")).to_be_visible()
    await pause_outlet(context=shop.context, outlet_id=outlet.id, reason="the display moves")
    await expect(page.get_by_role("button", name="Resume Shelf display")).to_be_visible(
        timeout=PATIENCE_MILLISECONDS
    )
    await expect(page.locator("#told-history")).to_contain_text(
        "Paused (the display moves)", ignore_case=True
    )
    await expect(page.locator(".lag-picture.large .line")).to_have_count(1)
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def test_the_map_can_be_read_without_scripts(
    site: Site, reader: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    await site.sign_in(reader)
    await reader.goto(f"{site.url}/map?location={shop.location}")
    await expect(reader.locator(".map-channels tbody tr")).to_have_count(1)
    await expect(reader.locator("#connection")).to_have_text("Not live")
    await reader.get_by_label("Search by name or SKU").fill("no such thing")
    await reader.get_by_role("button", name="Search").click()
    await expect(reader.locator(".matrix .empty")).to_contain_text("Nothing is called that")
