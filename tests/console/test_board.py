"""The board as it comes from the server, with nothing running in the browser."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import msgspec

from houses import Shop
from rackhouse.console.board import PAGE_ROWS
from rackhouse.console.stock_view import StockView
from rackhouse.inventory import (
    Adjust,
    Line,
    Stock,
    adjust_stock,
    confirm_hold,
    place_hold,
    recorded_stock,
)

OpenShop = Callable[..., Awaitable[Shop]]

PATIENCE_SECONDS = 10


async def hold(shop: Shop, quantity: int) -> str:
    """Set some pieces aside for ten minutes."""
    held = await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        ttl_seconds=600,
    )
    return held.id


async def until_heard(shop: Shop) -> StockView:
    """Wait until this process has heard all that was committed so far."""
    view = await shop.house.the(StockView).open()
    news = asyncio.Event()
    leave = view.watch(news.set)
    expected = await recorded_stock(context=shop.context, skus=list(shop.skus), locations=None)
    while not _heard(view, expected):
        await asyncio.wait_for(news.wait(), PATIENCE_SECONDS)
        news.clear()
    leave()
    return view


def _heard(view: StockView, expected: list[Stock]) -> bool:
    known = set(view.sorted_keys())
    keys = [(row.sku, row.location) for row in expected]
    return known.issuperset(keys) and view.rows(keys) == [_told(row) for row in expected]


def _told(row: Stock) -> Stock:
    """Of a row, what its events tell."""
    return msgspec.structs.replace(row, details=0, head=None)


def rows_in(text: str) -> str:
    """The table of stock on a board, without the figures of a drop that may stand above it."""
    start = text.index('<tbody id="rows"')
    return text[start : text.index("</tbody>", start)]


async def test_the_board_shows_stock_by_sku_and_location(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=12)
    await confirm_hold(context=shop.context, hold_id=await hold(shop, 3))
    await hold(shop, 2)
    await until_heard(shop)
    text = (await operator.get("/", params={"q": shop.sku})).text
    row = rows_in(text)
    assert shop.sku in row and shop.location in row and "Product" in row
    for label, figure in (("On hand", 12), ("Held", 2), ("Committed", 3)):
        assert f'<span class="label">{label}</span> {figure}</td>' in row
    assert "<b>7</b>" in row


async def test_what_is_low_or_gone_is_said_in_words(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=10)
    await hold(shop, 9)
    await until_heard(shop)
    assert ">Low</span>" in (await operator.get("/", params={"q": shop.sku})).text
    await hold(shop, 1)
    await until_heard(shop)
    assert ">None left</span>" in (await operator.get("/", params={"q": shop.sku})).text


async def test_every_word_of_a_search_must_be_in_the_name_or_the_sku(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1)
    await until_heard(shop)
    mark = shop.sku.split("-")[1]
    assert "1 row<" in (await operator.get("/", params={"q": f"PRODUCT {mark}"})).text
    assert "0 rows<" in (await operator.get("/", params={"q": f"gin {mark}"})).text


async def test_a_location_narrows_the_board(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=4, locations=2)
    await shop.receive(shop.sku, 5, shop.locations[1])
    await until_heard(shop)
    text = (await operator.get("/", params={"location": shop.locations[1], "q": shop.sku})).text
    rows = rows_in(text)
    assert shop.locations[1] in rows and shop.locations[0] not in rows


async def test_a_long_board_comes_in_pages(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1, skus=PAGE_ROWS + 1)
    for sku in shop.skus[1:]:
        await shop.receive(sku, 1)
    await until_heard(shop)
    first = (await operator.get("/", params={"location": shop.location})).text
    assert rows_in(first).count('<th scope="row"') == PAGE_ROWS and 'rel="next"' in first
    second = (await operator.get("/", params={"location": shop.location, "page": 2})).text
    assert rows_in(second).count('<th scope="row"') == 1 and 'rel="prev"' in second


async def test_a_search_in_the_browser_gets_the_table_alone(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/", headers={"hx-request": "true"})
    assert answer.text.lstrip().startswith('<div id="stock">') and "<html" not in answer.text
    assert answer.headers["vary"] == "hx-request"


async def test_the_view_is_the_snapshot_and_the_events_since(
    open_shop: OpenShop, operator: httpx.AsyncClient
) -> None:
    shop = await open_shop(units=20)
    view = await until_heard(shop)
    totals = view.totals()
    await confirm_hold(context=shop.context, hold_id=await hold(shop, 5))
    correction = Adjust(sku=shop.sku, location=shop.location, delta=-2)
    await adjust_stock(context=shop.context, adjustments=[correction], reason="broken")
    await until_heard(shop)
    recorded = await recorded_stock(context=shop.context, skus=[shop.sku], locations=None)
    assert view.rows([(shop.sku, shop.location)]) == [_told(row) for row in recorded]
    now = view.totals()
    assert (now.on_hand - totals.on_hand, now.committed - totals.committed) == (-2, 5)


async def test_the_totals_are_the_sums_of_all_rows(open_shop: OpenShop) -> None:
    shop = await open_shop(units=3)
    await hold(shop, 3)
    view = await until_heard(shop)
    rows = view.rows(view.sorted_keys())
    totals = view.totals()
    assert totals.rows == len(rows)
    assert totals.available == sum(row.available for row in rows)
    assert totals.none_left == sum(row.available == 0 for row in rows)


async def test_holds_run_down_with_the_time_at_which_they_end(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=2)
    await hold(shop, 2)
    text = (await operator.get("/")).text
    assert "<progress" in text and "data-expires-at=" in text
