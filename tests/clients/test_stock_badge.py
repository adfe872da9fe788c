"""The example of a live stock badge, in a real browser, on a page of another origin."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from killable_programs import Program
from playwright.async_api import Browser, Page, expect

from browsers import chromium
from houses import Shop
from rackhouse.identity import mint_token
from rackhouse.inventory import Line, place_hold
from rackhouse.platform.house import House

EXAMPLES = Path(__file__).parents[2] / "examples"
LINES_LIMIT = 60
OpenShop = Callable[..., Awaitable[Shop]]
Answers = dict[str, tuple[str, bytes]]


@contextlib.asynccontextmanager
async def shop_site(answers: Answers) -> AsyncIterator[str]:
    """A shop's own web server, of another origin than Rackhouse's; says its origin."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).split()[1].decode()
        while (await reader.readline()).strip():
            continue
        media_type, body = answers.get(path, ("text/plain", b""))
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n"
        writer.write(head.encode() + b"connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page of it."""
    context = await browser.new_context()
    yield await context.new_page()
    await context.close()


@pytest.fixture
async def badge(house: House, open_shop: OpenShop) -> AsyncIterator[tuple[Shop, Answers, str]]:
    """A shop with seven pieces, and its site with the example on it."""
    shop = await open_shop(units=7)
    token = await mint_token(
        house=house,
        roles=["channel"],
        subject="badge",
        channel=shop.channel,
        scopes=["stream:read"],
    )
    answers = {
        "/stock-badge.js": ("text/javascript", (EXAMPLES / "stock-badge.js").read_bytes()),
        "/stock-token": ("text/plain", token.encode()),
    }
    async with shop_site(answers) as origin:
        yield shop, answers, origin


def show_at(answers: Answers, program: Program, shop: Shop) -> None:
    """Put the page on the site, for one SKU."""
    text = (EXAMPLES / "stock-badge.html").read_text("utf-8")
    text = text.replace("https://rackhouse.example", program.url).replace("GIN-70", shop.sku)
    answers["/"] = ("text/html", text.encode())


async def sell(shop: Shop, pieces: int) -> None:
    lines = [Line(shop.sku, pieces)]
    await place_hold(context=shop.context, channel=shop.channel, lines=lines, ttl_seconds=600)


async def test_the_badge_shows_what_is_left_as_it_is_sold_and_survives_a_restart(
    house: House, page: Page, badge: tuple[Shop, Answers, str]
) -> None:
    shop, answers, origin = badge
    program = Program(house, allowed_origins=origin)
    await program.start()
    try:
        show_at(answers, program, shop)
        await page.goto(origin)
        shown = page.get_by_role("status")
        await expect(shown).to_have_text("in stock")
        await sell(shop, 4)
        await expect(shown).to_have_text("only 3 left")
        await program.kill()
        await expect(page.locator("body")).to_have_attribute("data-stock", "stale")
        await expect(shown).to_have_text("only 3 left")
        await sell(shop, 2)
        await program.start()
        await expect(shown).to_have_text("only 1 left", timeout=20_000)
        await expect(page.locator("body")).to_have_attribute("data-stock", "live")
        await sell(shop, 1)
        await expect(shown).to_have_text("sold out")
    finally:
        await program.kill()


async def test_the_badge_of_a_page_that_is_not_allowed_shows_nothing(
    house: House, page: Page, badge: tuple[Shop, Answers, str]
) -> None:
    shop, answers, origin = badge
    program = Program(house)
    await program.start()
    try:
        show_at(answers, program, shop)
        async with page.expect_console_message(lambda said: "stock: " in said.text):
            await page.goto(origin)
        await expect(page.get_by_role("status")).to_have_text("…")
    finally:
        await program.kill()


def test_the_example_is_short() -> None:
    files = EXAMPLES.glob("stock-badge.*")
    assert sum(len(each.read_text("utf-8").splitlines()) for each in files) <= LINES_LIMIT
