"""The map of who sells what, as it comes from the server."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx

from houses import Shop
from rackhouse.channels import Terms, change_channel, open_channel
from rackhouse.console.channel_map import ROWS_SHOWN, MapQuery
from rackhouse.console.map_page import follow_map
from rackhouse.console.sales_view import SalesView
from rackhouse.console.stock_view import StockView
from rackhouse.inventory import (
    Line,
    Portion,
    allot,
    confirm_hold,
    place_hold,
    set_channel_buffer,
)
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]
PATIENCE_SECONDS = 30


async def till(shop: Shop) -> str:
    """A second channel on the same shelves."""
    name = f"till-{uuid.uuid4().hex[:8]}"
    terms = Terms(name=name, kind="pos", locations=shop.locations, enabled=True)
    await open_channel(context=shop.context, channel_id=name, terms=terms)
    return name


async def sell(shop: Shop, quantity: int, channel: str | None = None) -> None:
    """Sell some pieces."""
    held = await place_hold(
        context=shop.context,
        channel=channel or shop.channel,
        lines=[Line(shop.sku, quantity)],
        ttl_seconds=600,
    )
    await confirm_hold(context=shop.context, hold_id=held.id)


async def until_sold(shop: Shop, pieces: int, channel: str | None = None) -> None:
    """Wait until this process has heard that so much was sold in the last hour."""
    sales = await shop.house.the(SalesView).open()
    view = await shop.house.the(StockView).open()
    news = asyncio.Event()
    leave = view.watch(news.set)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sales.hour_of_sku(shop.sku, channel or shop.channel) < pieces:
            await news.wait()
            news.clear()
    leave()


async def until_stocked(shop: Shop) -> None:
    """Wait until this process has heard of the stock of every SKU."""
    view = await shop.house.the(StockView).open()
    news = asyncio.Event()
    leave = view.watch(news.set)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not all(view.version_of((sku, shop.location)) for sku in shop.skus):
            await news.wait()
            news.clear()
    leave()


def cells_of(text: str, shop: Shop) -> list[str]:
    """The cells of the row of a shop's SKU."""
    row = text.split(f"/stock/{shop.sku}")[1].split("</tr>")[0]
    return row.split("<td")[1:]


async def test_each_channel_is_shown_with_what_it_could_sell_and_has_sold(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=20)
    other = await till(shop)
    portion = Portion(sku=shop.sku, location=shop.location, quantity=6)
    await allot(context=shop.context, channel=other, portions=[portion])
    await set_channel_buffer(
        context=shop.context, channel=shop.channel, sku=shop.sku, location=None, quantity=3
    )
    await sell(shop, 2)
    await sell(shop, 1, other)
    await until_sold(shop, 2)
    await until_sold(shop, 1, other)
    page = (await operator.get("/map", params={"location": shop.location})).text
    busy, quiet = cells_of(page, shop)
    assert ">2<span" in busy and "<b>9</b>" in busy and "set apart" not in busy
    assert ">1<span" in quiet and "<b>17</b>" in quiet and "5 set apart" in quiet
    channels = page.split("<tbody>")[1].split("</tbody>")[0]
    assert channels.index(f"/channels/{shop.channel}") < channels.index(f"/channels/{other}")
    assert f"{shop.location} <b>9</b>" in channels and f"{shop.location} <b>17</b>" in channels
    assert "1 held or sold" in channels


async def test_one_channel_is_shown_alone(operator: httpx.AsyncClient, open_shop: OpenShop) -> None:
    shop = await open_shop(units=4)
    other = await till(shop)
    await until_stocked(shop)
    page = (await operator.get("/map", params={"channel": other})).text
    assert len(cells_of(page, shop)) == 1 and "1 channel<" in page


async def test_a_channel_that_is_disabled_sells_nothing(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=4)
    terms = Terms(name="Closed", kind="pos", locations=shop.locations, enabled=False)
    await change_channel(
        context=shop.context, channel_id=shop.channel, terms=terms, expected_version=None
    )
    await until_stocked(shop)
    page = (await operator.get("/map", params={"channel": shop.channel})).text
    assert "Disabled" in page and "<b>4</b>" not in page


async def test_a_long_map_comes_in_pages_and_can_be_searched(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1, skus=ROWS_SHOWN + 1)
    for sku in shop.skus[1:]:
        await shop.receive(sku, 1)
    await until_stocked(shop)
    asked = {"location": shop.location}
    first = (await operator.get("/map", params=asked)).text
    assert first.count('href="/stock/') == ROWS_SHOWN and "page 1 of 2" in first
    second = (await operator.get("/map", params={**asked, "page": 2})).text
    assert second.count('href="/stock/') == 1 and 'rel="prev"' in second
    found = (await operator.get("/map", params={**asked, "q": shop.skus[7]})).text
    assert "1 product<" in found
    none = (await operator.get("/map", params={**asked, "q": "no such thing"})).text
    assert "Nothing is called that" in none


async def test_many_channels_come_in_pages(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1)
    for _ in range(7):
        await till(shop)
    page = (await operator.get("/map", params={"location": shop.location})).text
    assert "8 channels, page 1 of 2" in page and "side=2" in page
    page = (await operator.get("/map", params={"location": shop.location, "side": 2})).text
    assert "page 2 of 2" in page and "Busier channels" in page


async def test_where_nobody_sells_the_map_says_so(operator: httpx.AsyncClient) -> None:
    page = (await operator.get("/map", params={"location": "nowhere"})).text
    assert "No channel sells like that" in page
    assert (await operator.get("/map", params={"page": 0})).status_code == 422


async def test_whoever_may_not_read_stock_is_shown_no_map(sign_in: SignIn) -> None:
    counter = await sign_in("counter")
    assert (await counter.get("/map")).status_code == 403


async def next_with(updates: AsyncIterator[str], words: str) -> str:
    """The next update that has some words in it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for text in updates:
            if words in text:
                return text
    raise AssertionError(f"the stream ended without {words}")


async def test_a_sale_is_sent_to_whoever_looks(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    await until_stocked(shop)
    following = await follow_map(shop.context, MapQuery(location=shop.location))
    updates = following.updates()
    first = await anext(updates)
    assert first.startswith('<div id="map" class="map" hx-swap-oob="true">')
    assert "<b>9</b>" in cells_of(first, shop)[0]
    await sell(shop, 2)
    text = await next_with(updates, f"/stock/{shop.sku}")
    (cell,) = cells_of(text, shop)
    assert "is-changed" in cell and "<b>7</b>" in cell and '<div id="map"' not in text
    following.leave()


async def test_a_channel_that_opens_appears(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    await until_stocked(shop)
    following = await follow_map(shop.context, MapQuery(location=shop.location))
    updates = following.updates()
    assert len(cells_of(await anext(updates), shop)) == 1
    other = await till(shop)
    text = await next_with(updates, f"/channels/{other}")
    assert '<div id="map"' in text and len(cells_of(text, shop)) == 2
    following.leave()


async def test_what_was_sold_before_somebody_looked_is_counted_from_the_log(
    open_shop: OpenShop, settings: Settings
) -> None:
    shop = await open_shop(units=30)
    other = await till(shop)
    await sell(shop, 1)
    await sell(shop, 3, other)
    async with House(settings, MODULES) as new_house:
        sales = await new_house.the(SalesView).open()
        view = await new_house.the(StockView).open()
        news = asyncio.Event()
        view.watch(news.set)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while sales.hour_of_sku(shop.sku) < 4:
                await news.wait()  # a sale that was not settled when the log was read is heard of
                news.clear()
        for channel, pieces in ((shop.channel, 1), (other, 3)):
            assert sales.hour_of_channel(channel) == sales.day_of_channel(channel) == pieces
            assert sales.hour_of_place(channel, shop.location) == pieces
            assert sum(sales.by_minute(channel)) == pieces
            assert sales.hour_of_sku(shop.sku, channel) == pieces
