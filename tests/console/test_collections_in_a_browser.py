"""A collection is gathered by keyboard, without a script."""

import uuid
from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from console_sites import Site
from playwright.async_api import Browser, Page, expect

from houses import Shop
from rackhouse.curation import collection_of

OpenShop = Callable[..., Awaitable[Shop]]


async def expect_usable(page: Page) -> None:
    """Axe finds nothing, and nothing is wider than the screen."""
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert await page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth") <= 0


async def test_a_collection_is_ordered_by_keyboard_without_a_script_on_a_phone(
    site: Site, browser: Browser, open_shop: OpenShop
) -> None:
    shops = [await open_shop() for _ in range(2)]
    first, second = (f"product-{each.sku[4:14]}" for each in shops)
    name = f"c-{uuid.uuid4().hex[:10]}"
    context = await browser.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    page = await context.new_page()
    await site.sign_in(page)
    await page.goto(f"{site.url}/collections")
    await page.get_by_label("Its id").fill(name)
    await page.get_by_label("Its title").fill("By hand")
    await page.keyboard.press("Enter")
    await page.get_by_label("Ids of products to add").fill(f"{first} {second}")
    await page.get_by_role("button", name="Add them").press("Enter")
    await expect(page.locator(".members li")).to_have_count(2)
    await page.get_by_role("button", name="up", exact=False).nth(1).press("Enter")
    await expect(page.locator(".members li").first).to_contain_text(second)
    await page.get_by_role("button", name="Save").press("Enter")
    await expect(page.locator("h1 .tag")).to_have_text("Open")
    kept = await collection_of(context=shops[0].context, collection_id=name)
    assert kept.members == (second, first)
    await context.close()


async def test_the_page_of_a_collection_is_for_everybody(
    site: Site, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    await site.sign_in(page)
    await page.goto(f"{site.url}/collections")
    await page.get_by_label("Its id").fill(f"c-{uuid.uuid4().hex[:10]}")
    await page.get_by_label("Its title").fill("For all")
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("Ids of products to add").fill(f"product-{shop.sku[4:14]} no-such")
    await page.get_by_role("button", name="Add them").click()
    await expect(page.get_by_text("Not in the catalog")).to_be_visible()
    await expect_usable(page)
    await page.get_by_role("button", name="no-such: take out").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("h1 .tag")).to_have_text("Open")
    await page.set_viewport_size({"width": 360, "height": 740})
    await expect_usable(page)


@pytest.mark.usefixtures("scripts")
async def test_what_a_rule_brings_in_is_shown_while_it_is_typed(
    site: Site, page: Page, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    mark = shop.sku[4:14]
    await site.sign_in(page)
    await page.goto(f"{site.url}/collections")
    await page.get_by_label("Its id").fill(f"c-{mark}")
    await page.get_by_label("Its title").fill("By rule")
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("Products come in by rule").check()
    await page.get_by_label("Words").fill(f"product-{mark}")
    await expect(page.locator("#matches li")).to_have_count(1, timeout=30_000)
    await page.get_by_label("Filter, such as").fill("regoin:Islay")
    await expect(page.locator("#matches .problem")).to_contain_text("did you mean region?")
