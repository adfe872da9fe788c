"""Products as people edit them: by keyboard, on a phone, without scripts, two at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from console_sites import Site
from playwright.async_api import Browser, Page, expect

from houses import Shop
from rackhouse.catalog import product_of
from rackhouse.catalog.rules import Product

OpenShop = Callable[..., Awaitable[Shop]]

PATIENCE_MILLISECONDS = 30_000
needs_scripts = pytest.mark.usefixtures("scripts")


@pytest.fixture
async def plain_phone(browser: Browser) -> AsyncIterator[Page]:
    """A page as wide as a phone, in the dark, without scripts."""
    context = await browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme="dark", java_script_enabled=False
    )
    yield await context.new_page()
    await context.close()


async def expect_sound(page: Page) -> None:
    """Axe finds nothing, and nothing is wider than the screen."""
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    overflow = "document.scrollingElement.scrollWidth - window.innerWidth"
    assert await page.evaluate(overflow) <= 0, page.url


async def product_in(shop: Shop) -> Product:
    return await product_of(
        context=shop.context, product_id=f"product-{shop.sku[4:14]}", only_type=None
    )


async def test_a_product_is_mended_on_a_phone_without_scripts(
    site: Site, plain_phone: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    page = plain_phone
    await site.sign_in(page)
    await page.goto(f"{site.url}/products/{(await product_in(shop)).id}")
    await page.get_by_label("Brand").fill("Kept as typed")
    await page.get_by_label("Weight").fill("heavy")
    await page.get_by_role("button", name="Save").first.click()
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("Weight", timeout=PATIENCE_MILLISECONDS)
    await alert.get_by_role("link", name="Weight").click()
    await expect(page.locator("#f-attributes-weight_g-wrong")).to_contain_text(
        "whole number", timeout=PATIENCE_MILLISECONDS
    )
    await expect(page.get_by_label("Brand")).to_have_value(
        "Kept as typed", timeout=PATIENCE_MILLISECONDS
    )
    await page.get_by_label("Weight").fill("450")
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_role("status")).to_have_text("Saved.", timeout=PATIENCE_MILLISECONDS)
    product = await product_in(shop)
    assert (product.brand, product.attributes) == ("Kept as typed", {"weight_g": 450})


@needs_scripts
async def test_the_list_follows_what_is_typed_and_the_keyboard_opens_a_product(
    site: Site, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    product = await product_in(shop)
    await site.sign_in(page)
    await page.goto(f"{site.url}/products")
    await expect(page.locator("#narrow")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    search = page.get_by_label("Words to look for")
    await search.focus()
    await page.keyboard.type(product.name)
    await expect(page.locator(".product-list li")).to_have_count(1, timeout=PATIENCE_MILLISECONDS)
    await expect(search).to_be_focused(timeout=PATIENCE_MILLISECONDS)
    await expect(page.locator(".product-stock")).to_have_text(
        "3 available", timeout=PATIENCE_MILLISECONDS
    )
    link = page.get_by_role("link", name=product.name)
    for _ in range(10):
        await page.keyboard.press("Tab")
        if await link.evaluate("link => link === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        product.name, timeout=PATIENCE_MILLISECONDS
    )
    await page.get_by_label("Brand").focus()
    await page.keyboard.type("By keyboard")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Saved.", timeout=PATIENCE_MILLISECONDS)


async def test_two_windows_are_brought_together(
    site: Site, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    address = f"{site.url}/products/{(await product_in(shop)).id}"
    await site.sign_in(page)
    await page.goto(address)
    other = await page.context.new_page()
    await other.goto(address)
    for window, brand, tag in ((other, "Theirs", "theirs"), (page, "Mine", "")):
        await window.get_by_label("Brand").fill(brand)
        await window.get_by_label("Tags").fill(tag)
        await window.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(
        "changed meanwhile", timeout=PATIENCE_MILLISECONDS
    )
    await expect_sound(page)
    await page.get_by_role("group", name="Brand").get_by_label("Yours").check()
    await page.get_by_role("button", name="Save what I chose").click()
    await expect(page.get_by_role("status")).to_have_text("Saved.", timeout=PATIENCE_MILLISECONDS)
    product = await product_in(shop)
    assert (product.brand, product.tags) == ("Mine", ("theirs",))


async def test_axe_finds_nothing_on_a_phone_in_what_is_found_and_what_is_wrong(
    site: Site, browser: Browser, open_shop: OpenShop
) -> None:
    product = await product_in(await open_shop())
    context = await browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme="dark", reduced_motion="reduce"
    )
    page = await context.new_page()
    await site.sign_in(page)
    await page.goto(f"{site.url}/types/goods")
    await page.locator("summary").first.click()
    await expect_sound(page)
    await page.goto(f"{site.url}/products/{product.id}")
    await page.get_by_label("Bundle of").first.fill(product.name)
    await page.get_by_role("button", name="Find for Bundle of").first.click()
    await expect(page.locator(".found")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    await expect_sound(page)
    await page.get_by_label("Year").fill("soon")
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_role("alert")).to_be_focused(timeout=PATIENCE_MILLISECONDS)
    await expect_sound(page)
    await context.close()
