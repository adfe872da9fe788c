"""Counting a shelf and deciding a case as people do it: with a phone in one hand."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from console_sites import Site, served_console
from playwright.async_api import Browser, Page, expect

from houses import Shop, context_of, migrated_database, shop_in
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from rackhouse.reconciliation import run_audit

OpenShop = Callable[..., Awaitable[Shop]]


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    """A page as wide as a phone."""
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    yield await context.new_page()
    await context.close()


async def expect_usable(page: Page) -> None:
    """Axe finds nothing, nothing is wider than the screen, and a thumb hits every button."""
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert await page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth") <= 0
    for button in await page.get_by_role("main").get_by_role("button").all():
        box = await button.bounding_box()
        assert box is None or box["height"] >= 32, await button.text_content()


@pytest.fixture
async def spoilt(settings: Settings, server_url: str) -> AsyncIterator[tuple[Site, Shop]]:
    """A site whose only shop has five pieces more in its row than its events tell of."""
    alone = Settings(data=settings.data, database_url=migrated_database(server_url))
    async with House(alone, MODULES) as house:
        await migrate(house)
        shop = await shop_in(context_of(house), units=9)
        async with house.database("inventory").transaction() as tx:
            await tx.run("update inventory.stock set on_hand = on_hand + 5")
        await run_audit(context=shop.context, whole=True, share=1.0, progress=lambda _: None)
        async with served_console(alone) as site:
            yield site, shop


async def test_a_shelf_is_counted_and_posted_on_a_phone(
    site: Site, phone: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=13)
    await site.sign_in(phone)
    await phone.goto(f"{site.url}/counts")
    await phone.get_by_label("Where").fill(shop.location)
    await phone.get_by_role("button", name="Open it").click()
    await expect(phone.get_by_role("heading", level=1)).to_contain_text(shop.location)
    await expect_usable(phone)
    await phone.locator("input[name=line-0]").fill("12")
    await phone.get_by_role("button", name="Write it down").click()
    await expect(phone.locator("#so-far-0")).to_contain_text("12 counted")
    await phone.get_by_role("button", name="Look at the differences").click()
    await expect(phone.locator("#so-far-0")).to_contain_text("13 expected")
    await expect_usable(phone)
    await phone.get_by_label("Why are there any?").fill("broken")
    await phone.get_by_role("button", name="Post them").click()
    await expect(phone.locator(".lede")).to_contain_text("Posted")
    assert await shop.levels() == {shop.location: (12, 0, 0)}


async def test_a_case_is_understood_and_decided_on_a_phone(
    spoilt: tuple[Site, Shop], phone: Page
) -> None:
    site, shop = spoilt
    await site.sign_in(phone)
    await phone.goto(f"{site.url}/cases")
    await expect_usable(phone)
    await phone.get_by_role("main").locator(".cases a").click()
    await expect(phone.get_by_role("main")).to_contain_text("14 on hand")
    await expect_usable(phone)
    await phone.get_by_label("Why?").fill("Counted it: nine")
    await phone.get_by_role("button", name="Accept the proposal").click()
    await expect(phone.get_by_role("main")).to_contain_text("Accepted by console:")
    await expect_usable(phone)
    assert await shop.levels() == {shop.location: (9, 0, 0)}
