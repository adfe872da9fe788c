"""Product feeds as a social shop fetches them that breaks off, asks twice and asks for what it no
longer has; in the end it shows what the house says."""

import contextlib
import datetime
import random

import httpx
import pytest
from fed import SOON, Feed, a_feed
from feed_fields import google_problems, meta_problems

from rackhouse.inventory import (
    Line,
    NotEnoughStock,
    PromiseChanges,
    PromiseTerms,
    availability,
    change_promise,
    close_promise,
    open_promise,
    place_hold,
    promise_of,
    release_hold,
)
from rackhouse.inventory.promise_errors import (
    PromiseAlreadyOpen,
    PromiseIsClosed,
    PromiseNotFound,
)
from rackhouse.platform.house import House
from rackhouse.simulators import Faults, SocialShopSimulator

STEPS = 50
TRIES_LIMIT = 100
BAD_LINE = {"duplicates": 0.1, "reorderings": 0.1, "failures": 0.05}
KINDS = [("google", "xml"), ("google", "tsv"), ("meta", "csv")]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("adapter", "format_"), KINDS)
async def test_a_social_shop_shows_what_the_house_says_after_a_stretch_of_life(
    house: House, api: httpx.AsyncClient, adapter: str, format_: str, seed: int
) -> None:
    asked = {} if adapter == "meta" else {"format": format_}
    async with a_feed(house, api, adapter, **asked) as feed:
        social = fetching(feed, Faults(**BAD_LINE, seed=seed))
        await live(feed, social, seed)
        for _ in range(TRIES_LIMIT):
            if await social.fetch():
                break
        assert social.held is not None
        assert feed.items_in(social.held.content) == await feed.items()
        await assert_as_the_house_says(feed, social, adapter)


@pytest.mark.parametrize("adapter", ["google", "meta"])
async def test_a_fetch_that_breaks_off_leaves_what_was_held_whole(
    house: House, api: httpx.AsyncClient, adapter: str
) -> None:
    async with a_feed(house, api, adapter) as feed:
        social = fetching(feed, Faults(failures=0.9, duplicates=0.3, seed=3))
        for number in range(TRIES_LIMIT):
            await feed.shop.receive(feed.shop.sku, 1)
            before = social.held
            if not await social.fetch() and before is not None and number > 10:
                assert social.held is not None
                assert feed.items_in(social.held.content).keys() == set(feed.shop.skus)
            if social.broken_off > 10 and social.held is not None:
                break
        assert social.broken_off > 10
        assert social.held is not None


def fetching(feed: Feed, faults: Faults) -> SocialShopSimulator:
    base = str(feed.api.base_url).rstrip("/")
    address = f"{base}/api/v1/connections/{feed.connection}/product-feed/{feed.key}"
    return SocialShopSimulator(address, faults)


async def live(feed: Feed, social: SocialShopSimulator, seed: int) -> None:
    """Goods come and are set aside, promises are made, moved and ended, and the feed is fetched."""
    luck, shop, held = random.Random(seed), feed.shop, list[str]()
    for _ in range(STEPS):
        sku = luck.choice(shop.skus)
        match luck.choice(["fetch"] * 4 + ["come", "hold", "hold", "free", "promise", "end"]):
            case "fetch":
                await social.fetch()
            case "come":
                await shop.receive(sku, luck.randint(1, 2))
            case "hold":
                with contextlib.suppress(NotEnoughStock):
                    hold = await place_hold(
                        context=shop.context,
                        channel=shop.channel,
                        lines=[Line(sku, luck.randint(1, 3))],
                        ttl_seconds=600,
                    )
                    held.append(hold.id)
            case "free" if held:
                await release_hold(
                    context=shop.context,
                    hold_id=held.pop(),
                    lines=None,
                    reason="changed their mind",
                )
            case "promise":
                await promised(feed, sku, SOON + datetime.timedelta(days=luck.randint(0, 30)))
            case "end":
                with contextlib.suppress(PromiseNotFound):
                    await close_promise(
                        context=shop.context, sku=sku, reason="enough", expected_version=None
                    )


async def promised(feed: Feed, sku: str, at: datetime.datetime) -> None:
    """A SKU is promised for a date, or its promise is moved there."""
    context = feed.shop.context
    try:
        terms = PromiseTerms(kind="pre_order", promised_at=at, cap=50)
        await open_promise(context=context, sku=sku, terms=terms)
    except PromiseAlreadyOpen:
        changes = PromiseChanges(promised_at=at, reason="the maker says so")
        with contextlib.suppress(PromiseIsClosed):
            await change_promise(context=context, sku=sku, changes=changes, expected_version=None)


async def assert_as_the_house_says(feed: Feed, social: SocialShopSimulator, adapter: str) -> None:
    assert social.held is not None
    shown = feed.items_in(social.held.content)
    assert shown.keys() == set(feed.shop.skus)
    problems_of = meta_problems if adapter == "meta" else google_problems
    now = datetime.datetime.now(datetime.UTC)
    assert [each for item in shown.values() for each in problems_of(item, now)] == []
    for sku, item in shown.items():
        told = await availability(context=feed.shop.context, id=sku, channel=feed.shop.channel)
        figures = told.skus[0]
        wanted = "in_stock" if figures.available > 0 else "out_of_stock"
        if figures.available <= 0 and figures.promised is not None and figures.promised.available:
            wanted = "preorder"
            promise = (await promise_of(context=feed.shop.context, sku=sku)).promise
            date = datetime.datetime.fromisoformat(item["availability_date"])
            assert date == promise.promised_at
        assert item["availability"].replace(" ", "_") == wanted
