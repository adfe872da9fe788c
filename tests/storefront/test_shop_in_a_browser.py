"""The example shop as people use it: with the keyboard alone, in two windows, without scripts."""

import os
import re

import pytest
from axe_playwright_python.async_playwright import Axe
from open_shops import OpenShop, bought_by_all
from playwright.async_api import Locator, Page, expect
from shop_windows import Windows

from examples.storefront.rendering import viewer_is_there

TABS_MAX = 60


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus, as somebody without a mouse does."""
    for _ in range(TABS_MAX):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("each => each === document.activeElement"):
            return
    pytest.fail(f"Tab does not lead to {wanted}")


async def no_complaints(page: Page) -> None:
    """Ask axe; contrast, names, order and landmarks are among what it looks at."""
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


async def say_the_age(page: Page, year: str = "1980") -> None:
    for label, text in (("Day", "4"), ("Month", "5"), ("Year", year)):
        await page.get_by_label(label, exact=True).fill(text)
    await page.get_by_role("button", name="Open the cellar").press("Enter")


async def test_browse_filter_hold_and_pay_with_the_keyboard_alone(
    shop: OpenShop, windows: Windows
) -> None:
    goods = shop.goods
    page = await windows.open()
    await page.goto(shop.url)
    await tab_to(page, page.get_by_role("link", name="Skip to the content"))
    await tab_to(page, page.get_by_label("Search the shop"))
    await page.keyboard.type(goods.mark)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/shop?*")
    await no_complaints(page)
    shelf = page.get_by_role("checkbox", name=re.compile("Apparel"))
    await tab_to(page, shelf)
    await page.keyboard.press("Space")
    await page.wait_for_url("**type=apparel*")
    await expect(page.locator("#cards .card")).to_have_count(1)
    await expect(shelf).to_be_focused()
    await tab_to(page, page.get_by_role("link", name=f"Fine {goods.coat}"))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/products/*")
    await no_complaints(page)
    await tab_to(page, page.get_by_role("radio", name=re.compile("^S ")))
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name=re.compile("^M "))).to_be_checked()
    await tab_to(page, page.get_by_role("button", name="Hold it"))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/bag")
    await expect(page.locator(".lines .left")).to_have_text(re.compile(r"yours for \d+:\d\d"))
    await no_complaints(page)
    await tab_to(page, page.get_by_role("button", name="Keep for"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_role("link", name="To the checkout"))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/checkout")
    await no_complaints(page)
    await tab_to(page, page.get_by_role("button", name="Pay"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It is yours.")
    await no_complaints(page)


async def test_the_last_one_sells_out_live_in_the_other_window(
    shop: OpenShop, windows: Windows
) -> None:
    product = await shop.goods.last_ones("parka", 1)
    one = await windows.open(color_scheme="dark")
    other = await windows.open(color_scheme="dark", viewport={"width": 390, "height": 844})
    for window in (one, other):
        await window.goto(f"{shop.url}/products/{product}")
        await expect(window.get_by_text("Live", exact=True)).to_be_visible()
    badge = other.locator(".about > .badge")
    await expect(badge).to_have_text("Only 1 left")
    await one.get_by_role("button", name="Hold it").click()
    await one.wait_for_url("**/bag")
    await expect(badge).to_have_text("In somebody’s bag: may come back")
    await expect(other.locator("#add")).to_be_disabled()
    await one.get_by_role("link", name="To the checkout").click()
    await one.get_by_role("button", name="Pay").dblclick()
    await expect(one.get_by_role("heading", level=1)).to_have_text("Thank you. It is yours.")
    await expect(badge).to_have_text("Sold out")
    await no_complaints(other)
    assert await bought_by_all(shop, product) == 1


async def test_what_is_given_back_can_be_had_again_at_once(
    shop: OpenShop, windows: Windows
) -> None:
    product = await shop.goods.last_ones("cape", 1)
    one, other = await windows.open(), await windows.open()
    await one.goto(f"{shop.url}/products/{product}")
    await one.get_by_role("button", name="Hold it").click()
    await one.wait_for_url("**/bag")
    await other.goto(f"{shop.url}/products/{product}")
    await expect(other.locator("#add")).to_be_disabled()
    await expect(other.get_by_text("Live", exact=True)).to_be_visible()
    await one.get_by_role("button", name="back").click()
    await expect(one.get_by_text("There is nothing in it.")).to_be_visible()
    await expect(other.locator("#add")).to_be_enabled()
    await expect(other.locator(".about > .badge")).to_have_text("Only 1 left")


async def test_everything_can_be_read_narrowed_and_bought_without_scripts(
    shop: OpenShop, windows: Windows
) -> None:
    goods = shop.goods
    page = await windows.open(java_script_enabled=False)
    await page.goto(f"{shop.url}/shop?q={goods.mark}")
    await page.get_by_role("checkbox", name="Can be had now").check()
    await page.get_by_role("button", name="Show results").click()
    await expect(page.get_by_role("checkbox", name="Can be had now")).to_be_checked()
    await expect(page.get_by_text("In stock").first).to_be_visible()
    await page.goto(f"{shop.url}/products/{goods.tasting}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("The cellar is for adults.")
    await say_the_age(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Fine {goods.tasting}")
    await expect(page.get_by_role("link", name=f"Fine {goods.bottle}")).to_be_visible()
    await page.get_by_role("button", name="Hold it").click()
    await expect(page.locator(".lines .left")).to_contain_text("minutes left")
    await page.get_by_role("link", name="To the checkout").click()
    await page.get_by_role("button", name="Pay").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It is yours.")


async def test_the_age_is_asked_in_a_way_that_everybody_can_answer(
    shop: OpenShop, windows: Windows
) -> None:
    page = await windows.open()
    await page.goto(f"{shop.url}/products/{shop.goods.bottle}")
    await say_the_age(page, year="20")
    await expect(page.get_by_role("alert")).to_contain_text("no date of birth")
    await no_complaints(page)
    await say_the_age(page)
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Fine {shop.goods.bottle}")
    await no_complaints(page)


@pytest.fixture(scope="session")
def viewer() -> None:
    """The component that shows models; without it the shop shows pictures only."""
    if not viewer_is_there():
        remedy = "run scripts/fetch_shop_assets.py first"
        if os.environ.get("CI") == "true":
            pytest.fail(remedy)
        pytest.skip(remedy)


@pytest.mark.usefixtures("viewer")
async def test_where_nothing_draws_a_model_the_picture_stays_and_nothing_is_loaded_for_it(
    shop: OpenShop, windows: Windows
) -> None:
    page = await windows.open(viewport={"width": 480, "height": 640})
    await page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    await page.goto(f"{shop.url}/products/{shop.goods.bottle}")
    await say_the_age(page)
    await page.get_by_role("button", name="Turn it around in 3D").click()
    await expect(page.get_by_text("This browser can not show it in 3D.")).to_be_visible()
    await expect(page.locator("#picture img")).to_be_visible()
    assert not any("model-viewer" in each for each in loaded)
    assert all(each.startswith(shop.url) for each in loaded)
