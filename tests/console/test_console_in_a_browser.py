"""The console as people use it: in a real browser, by mouse and keyboard, in light and dark."""

from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from console_sites import LIVE, Site, served_console
from playwright.async_api import Browser, Page, expect
from test_lot_pages import cask

from houses import Shop
from rackhouse.console.rendering import vendor_is_there
from rackhouse.platform.settings import Settings

OpenShop = Callable[..., Awaitable[Shop]]

needs_scripts = pytest.mark.usefixtures("scripts")
LONG = ("/docs", "/problems")
ADDRESSES = [
    "/",
    "/orders",
    "/lots",
    "/inbound",
    "/promises",
    "/quotas",
    "/waiting",
    "/map",
    "/channels",
    "/evidence",
    "/cases",
    "/collections",
    "/counts",
    "/products",
    "/docs",
    "/problems",
    "/problems/not-enough-stock",
]


async def board_of(site: Site, page: Page, shop: Shop) -> None:
    """Open the board where it shows one shop's stock, live."""
    await site.sign_in(page)
    await page.goto(f"{site.url}/?q={shop.sku}")
    await page.wait_for_selector(LIVE)


@needs_scripts
async def test_a_hold_placed_elsewhere_shows_at_once(
    site: Site, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    await board_of(site, page, shop)
    available = page.locator("#rows td.available b")
    await expect(available).to_have_text("9")
    await site.hold(shop, 2)
    await expect(available).to_have_text("7")
    await expect(page.locator("#ticker")).to_contain_text(f"held 2\u00a0× Product {shop.sku[4:14]}")
    await expect(page.locator("#holds progress").first).to_be_visible()
    await site.hold(shop, 7)
    await expect(page.locator("#rows .tag-none")).to_have_text("None left")


@needs_scripts
async def test_a_sku_that_did_not_exist_appears(
    site: Site, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1, skus=2)
    await site.sign_in(page)
    await page.goto(f"{site.url}/?location={shop.location}")
    await page.wait_for_selector(LIVE)
    await expect(page.locator("#rows tr")).to_have_count(1)
    await shop.receive(shop.skus[1], 3)
    await expect(page.locator("#rows tr")).to_have_count(2)


@needs_scripts
async def test_a_search_narrows_the_board_while_one_types(
    site: Site, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1)
    await site.sign_in(page)
    await page.get_by_label("Search by name or SKU").fill(shop.sku)
    await expect(page.locator("#rows tr")).to_have_count(1)
    await expect(page).to_have_url(f"{site.url}/?q={shop.sku}&location=")
    await page.wait_for_selector(LIVE)
    await site.hold(shop, 1)
    await expect(page.locator("#rows .tag-none")).to_be_visible()


@needs_scripts
async def test_the_keyboard_reaches_everything_and_keeps_its_place(
    site: Site, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    await board_of(site, page, shop)
    await page.keyboard.press("Tab")
    await expect(page.get_by_text("Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    link = page.locator("#rows a")
    for _ in range(10):
        await page.keyboard.press("Tab")
        if await link.evaluate("link => link === document.activeElement"):
            break
    await expect(link).to_be_focused()
    await site.hold(shop, 1)
    await expect(page.locator("#rows td.available b")).to_have_text("4")
    await expect(link).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/stock/{shop.sku}")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Product")


@needs_scripts
async def test_whoever_pauses_sees_no_change_until_they_go_on(
    site: Site, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    await board_of(site, page, shop)
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#connection")).to_have_text("Paused")
    async with page.expect_event("console", lambda message: message.text == "swallowed"):
        await page.evaluate(
            "document.body.addEventListener('htmx:sseBeforeMessage',"
            " () => console.log('swallowed'))"
        )
        await site.hold(shop, 1)
    await expect(page.locator("#rows td.available b")).to_have_text("5")
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#rows td.available b")).to_have_text("4")


async def test_a_form_of_the_console_is_not_taken_for_one_from_elsewhere(
    site: Site, page: Page
) -> None:
    await site.sign_in(page)
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url(f"{site.url}/signin")
    await page.goto(site.url)
    await page.wait_for_url(f"{site.url}/signin*")


@needs_scripts
async def test_a_service_that_stops_is_noticed_and_does_not_wait_for_browsers(
    settings: Settings, page: Page
) -> None:
    async with served_console(settings) as stopping:
        await stopping.sign_in(page)
        await page.wait_for_selector(LIVE)
    await expect(page.locator("#connection")).to_have_text("Reconnecting")


async def test_the_board_can_be_read_without_scripts(
    site: Site, browser: Browser, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await site.sign_in(page)
    await page.get_by_label("Search by name or SKU").fill(shop.sku)
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator("#rows td.available b")).to_have_text("5")
    await expect(page.locator("#connection")).to_have_text("Not live")
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    site: Site, browser: Browser, open_shop: OpenShop, scheme: str, width: int
) -> None:
    shop = await open_shop(units=5)
    await site.hold(shop, 4)
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = await context.new_page()
    await page.goto(f"{site.url}/signin?code=used-before")
    await expect_sound(page)
    await site.sign_in(page)
    lot = await cask(shop)
    for address in (*ADDRESSES, f"/stock/{shop.sku}", f"{lot}?number=1", "/stock/NOTHING"):
        await page.goto(site.url + address)
        if address in ("/", "/map", "/channels") and vendor_is_there():
            await page.wait_for_selector(LIVE)
        if address in LONG and (scheme, width) != ("light", 1280):  # axe takes a minute for them
            await expect_no_sideways_scrolling(page)
        else:
            await expect_sound(page)
    await context.close()


async def expect_sound(page: Page) -> None:
    """No violation of WCAG or good practice that axe knows, and no sideways scrolling."""
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    await expect_no_sideways_scrolling(page)


async def expect_no_sideways_scrolling(page: Page) -> None:
    """Nothing is wider than the screen."""
    overflow = "document.scrollingElement.scrollWidth - window.innerWidth"
    assert await page.evaluate(overflow) <= 0, page.url


@needs_scripts
@pytest.mark.slow
async def test_a_demo_drop_sells_out_before_everybody_s_eyes(
    settings: Settings, site: Site, browser: Browser, page: Page
) -> None:
    """Also for somebody whose browser is connected to another process than the one that runs it."""
    async with served_console(settings) as another:
        await another.sign_in(page)
        await page.wait_for_selector(LIVE)
        context = await browser.new_context()
        starter = await context.new_page()
        await site.sign_in(starter)
        await starter.wait_for_selector(LIVE)
        await starter.get_by_role("button", name="Run a demo drop").click()
        await page.wait_for_selector(".drop-running")
        await page.get_by_role("button", name="Run a demo drop").click()
        await expect(page.get_by_role("alert")).to_contain_text("running already")
        await expect(page.locator(".score-main dd")).to_have_text("0", timeout=60_000)
        for watching in (page, starter):
            await watching.wait_for_selector(".drop-done", timeout=60_000)
            await expect(watching.locator(".verdict tr").first).to_contain_text("40 of 40")
            await expect(watching.locator(".score-oversold dd")).to_have_text("0")
            assert await watching.locator(".verdict .tag-none").all_inner_texts() == []
        await starter.reload()
        await starter.wait_for_selector(".drop-done")
        await context.close()
