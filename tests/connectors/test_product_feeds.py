"""Product feeds as they are fetched: from a house with a catalog, stock and promises."""

import contextlib
import csv
import datetime
import gzip
import io
import logging
import secrets
import uuid
from collections.abc import AsyncIterator
from typing import Any

import feedparser
import httpx
import pytest
from feed_fields import google_problems, meta_problems
from test_secrets_stay_secret import bearer

from houses import Shop, context_of, shop_in
from rackhouse.catalog import create_product, product_of, replace_product
from rackhouse.channels import Terms, change_channel
from rackhouse.connectors import (
    InvalidConnection,
    change_connection,
    change_secrets,
    check_connection,
    close_connection,
    open_connection,
    poll_connection,
    push_connection,
    report_of_feed,
)
from rackhouse.connectors.product_feeds import generating
from rackhouse.inventory import Line, PromiseTerms, open_promise, place_hold
from rackhouse.platform.house import House

NOW = datetime.datetime.now(datetime.UTC)
SOON = (NOW + datetime.timedelta(days=60)).replace(second=0, microsecond=0)
PICTURE = {"kind": "image", "url": "https://shop.example/bottle.jpg", "alt": "A bottle"}


class Feed:
    """A feed of a shop, and the address where it is fetched."""

    def __init__(self, shop: Shop, api: httpx.AsyncClient, connection: str, key: str) -> None:
        self.shop, self.api, self.connection, self.key = shop, api, connection, key

    async def get(self, key: str | None = None, **headers: str) -> httpx.Response:
        """Fetch it, uncompressed unless it is asked for otherwise."""
        given = {
            "accept-encoding": "identity",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        return await self.api.get(
            f"/api/v1/connections/{self.connection}/product-feed/{key or self.key}", headers=given
        )

    async def items(self) -> dict[str, dict[str, str]]:
        """What it says of the shop's own SKUs, by SKU."""
        text = (await self.get()).text
        if text.startswith("<?xml"):
            entries = feedparser.parse(text.encode()).entries
            rows = [
                {
                    name.removeprefix("g_"): value
                    for name, value in entry.items()
                    if name[:2] == "g_"
                }
                for entry in entries
            ]
        else:
            delimiter = "\t" if "\t" in text.splitlines()[0] else ","
            rows = [
                {name: value for name, value in row.items() if value}
                for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
            ]
        return {row["id"]: row for row in rows if row["id"] in self.shop.skus}


@contextlib.asynccontextmanager
async def a_feed(
    house: House, api: httpx.AsyncClient, adapter: str = "google", **settings: Any
) -> AsyncIterator[Feed]:
    context = context_of(house)
    shop = await shop_in(context, skus=2, units=3)
    (product,) = {sku.rsplit("-", 1)[0].replace("SKU", "product").lower() for sku in shop.skus}
    known = await product_of(context=context, product_id=product, only_type=None)
    draft = {
        "id": known.id,
        "type": known.type,
        "name": known.name,
        "price_minor": 1250,
        "currency": "EUR",
        "media": [PICTURE],
        "variants": [{"sku": sku, "options": {"size": sku[-1]}} for sku in shop.skus],
    }
    await replace_product(
        context=context, product_id=known.id, only_type=None, draft=draft, expected_version=None
    )
    key = secrets.token_urlsafe(32)
    connection = await open_connection(
        context=context,
        connection_id=f"feed-{uuid.uuid4().hex[:10]}",
        channel=shop.channel,
        adapter=adapter,
        name="The feed",
        settings={"link": "https://shop.example/p/{sku}", "refresh_seconds": 0, **settings},
        secrets={"address_key": key},
        enabled=True,
    )
    yield Feed(shop, api, connection.id, key)
    await close_connection(context=context, connection_id=connection.id, expected_version=None)


KINDS = [("google", {}), ("google", {"format": "tsv"}), ("meta", {})]


@pytest.mark.parametrize(("adapter", "asked"), KINDS)
async def test_a_feed_says_what_the_channel_may_sell(
    house: House, api: httpx.AsyncClient, adapter: str, asked: dict[str, str]
) -> None:
    async with a_feed(house, api, adapter, **asked) as feed:
        first, second = feed.shop.skus
        await open_promise(
            context=feed.shop.context,
            sku=second,
            terms=PromiseTerms(kind="pre_order", promised_at=SOON, cap=2),
        )
        items = await feed.items()
        problems_of = meta_problems if adapter == "meta" else google_problems
        assert [problem for item in items.values() for problem in problems_of(item, NOW)] == []
        assert items[first]["availability"].replace(" ", "_") == "in_stock"
        assert items[second]["availability"] == "preorder"
        told = datetime.datetime.fromisoformat(items[second]["availability_date"])
        assert told == SOON
        await place_hold(
            context=feed.shop.context,
            channel=feed.shop.channel,
            lines=[Line(first, 3)],
            ttl_seconds=600,
        )
        assert (await feed.items())[first]["availability"].replace(" ", "_") == "out_of_stock"


async def test_a_backorder_is_told_with_its_date(house: House, api: httpx.AsyncClient) -> None:
    async with a_feed(house, api) as feed:
        second = feed.shop.skus[1]
        await open_promise(
            context=feed.shop.context,
            sku=second,
            terms=PromiseTerms(kind="backorder", promised_at=SOON, cap=2),
        )
        item = (await feed.items())[second]
        assert item["availability"] == "backorder"
        assert google_problems(item, NOW) == []


async def test_a_channel_that_does_not_sell_has_nothing_in_stock(
    house: House, api: httpx.AsyncClient
) -> None:
    async with a_feed(house, api) as feed:
        shop = feed.shop
        terms = Terms(name="shut", kind="web_shop", locations=shop.locations, enabled=False)
        await change_channel(
            context=shop.context, channel_id=shop.channel, terms=terms, expected_version=None
        )
        found = {item["availability"] for item in (await feed.items()).values()}
        assert found == {"out_of_stock"}


async def test_who_has_it_already_is_told_so(house: House, api: httpx.AsyncClient) -> None:
    async with a_feed(house, api) as feed:
        first = await feed.get()
        assert first.headers["content-type"] == "application/rss+xml; charset=utf-8"
        tag, changed = first.headers["etag"], first.headers["last-modified"]
        for headers in (
            {"if_none_match": tag},
            {"if_none_match": f'"other", W/{tag}'},
            {"if_none_match": "*"},
            {"if_modified_since": changed},
        ):
            again = await feed.get(**headers)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        for headers in (
            {"if_none_match": '"other"', "if_modified_since": changed},
            {"if_modified_since": "Sat, 01 Jan 2022 00:00:00 GMT"},
            {"if_modified_since": "yesterday"},
        ):
            assert (await feed.get(**headers)).status_code == 200
        await place_hold(
            context=feed.shop.context,
            channel=feed.shop.channel,
            lines=[Line(feed.shop.sku, 3)],
            ttl_seconds=600,
        )
        other = await feed.get(if_none_match=tag)
        assert other.status_code == 200
        assert other.headers["etag"] != tag


async def test_it_is_compressed_for_those_who_take_that(
    house: House, api: httpx.AsyncClient
) -> None:
    async with a_feed(house, api) as feed:
        plain = await feed.get()
        url = str(plain.request.url)
        async with api.stream("GET", url, headers={"accept-encoding": "br, gzip;q=0.8"}) as packed:
            raw = b"".join([chunk async for chunk in packed.aiter_raw()])
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(raw) == plain.content
        assert packed.headers["etag"] != plain.headers["etag"]
        assert packed.headers["vary"] == "accept-encoding"
        for refused in ("gzip;q=0", "gzip; q=0.000", "br"):
            assert "content-encoding" not in (await feed.get(accept_encoding=refused)).headers
        head = await api.head(url, headers={"accept-encoding": "identity"})
        assert (head.status_code, head.content) == (200, b"")


async def test_an_address_that_is_not_quite_right_has_no_feed(
    house: House, api: httpx.AsyncClient
) -> None:
    async with a_feed(house, api) as feed:
        wrong = [
            await feed.get(key=feed.key[:-1] + ("a" if feed.key[-1] != "a" else "b")),
            await feed.get(key="x"),
            await api.get(f"/api/v1/connections/nobody/product-feed/{feed.key}"),
            await api.get(f"/api/v1/connections/N'O/product-feed/{feed.key}"),
            await api.post(f"/api/v1/connections/{feed.connection}/product-feed/{feed.key}"),
        ]
        assert {answer.status_code for answer in wrong} == {404}
        assert {answer.json()["type"] for answer in wrong} == {"/problems/product-feed-not-found"}
        assert len({answer.text for answer in wrong}) == 1


async def test_another_key_moves_the_feed_and_a_disabled_connection_has_none(
    house: House, api: httpx.AsyncClient
) -> None:
    async with a_feed(house, api) as feed:
        new = secrets.token_urlsafe(32)
        context = feed.shop.context
        await change_secrets(
            context=context, connection_id=feed.connection, secrets={"address_key": new}
        )
        assert (await feed.get()).status_code == 404
        assert (await feed.get(key=new)).status_code == 200
        await change_connection(
            context=context,
            connection_id=feed.connection,
            name="The feed",
            settings={"link": "https://shop.example/p/{sku}"},
            enabled=False,
            expected_version=None,
        )
        assert (await feed.get(key=new)).status_code == 404


async def test_a_key_that_can_be_guessed_is_refused(house: House, api: httpx.AsyncClient) -> None:
    async with a_feed(house, api) as feed:
        with pytest.raises(InvalidConnection, match="write 32 to"):
            await change_secrets(
                context=feed.shop.context,
                connection_id=feed.connection,
                secrets={"address_key": "k" * 31},
            )


async def test_the_report_tells_what_is_left_out_and_why(
    house: House, api: httpx.AsyncClient
) -> None:
    async with a_feed(house, api) as feed:
        sku = f"NAKED-{uuid.uuid4().hex}"
        draft = {
            "id": f"naked-{uuid.uuid4().hex}",
            "type": "goods",
            "name": "Without a picture",
            "price_minor": 100,
            "currency": "EUR",
            "variants": [{"sku": sku}],
        }
        await create_product(context=feed.shop.context, draft=draft)
        report = await report_of_feed(context=feed.shop.context, connection_id=feed.connection)
        reasons = {each.reason: each.count for each in report.left_out}
        assert reasons["it has no picture with an address of its own"] >= 1
        text = (await feed.get()).text
        assert sku not in text
        assert text.count("<item>") == report.items >= 2
        answer = await api.get(
            f"/api/v1/connections/{feed.connection}/product-feed", headers=await bearer(house, api)
        )
        assert answer.json()["items"] == report.items


async def test_a_feed_of_many_pages_has_each_product_once(
    house: House, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generating, "PRODUCTS_A_PAGE", 2)
    monkeypatch.setattr(generating, "PROMISES_A_PAGE", 1)
    async with a_feed(house, api) as feed, a_feed(house, api) as other:
        rows = feedparser.parse((await feed.get()).content).entries
        ids = [row.g_id for row in rows]
        assert len(ids) == len(set(ids))
        assert {*feed.shop.skus, *other.shop.skus} <= set(ids)


async def test_a_feed_is_made_anew_only_when_it_is_too_old(
    house: House, api: httpx.AsyncClient
) -> None:
    async with a_feed(house, api, refresh_seconds=3600) as feed:
        before = await feed.get()
        await feed.shop.receive(feed.shop.skus[1], 4)
        assert (await feed.get()).headers["etag"] == before.headers["etag"]


async def test_a_connection_that_is_only_fetched_is_checked_polled_and_pushed_in_peace(
    house: House, api: httpx.AsyncClient
) -> None:
    async with a_feed(house, api, "meta") as feed:
        known = {"context": feed.shop.context, "connection_id": feed.connection}
        assert (await check_connection(**known)).missing == ()
        assert await poll_connection(**known) == 0
        assert (await push_connection(**known)).changed == 0


async def test_the_key_of_the_address_is_in_no_log(
    house: House,
    api: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the fetching side
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    # As in `cli.server`, where there is no log of requests.
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "disabled", True)
    caplog.set_level(logging.DEBUG)
    async with a_feed(house, api) as feed:
        await feed.get()

        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError("the disk is full")

        monkeypatch.setattr("rackhouse.connectors.product_feeds.serving.write_feed", broken)
        assert (await feed.get()).status_code == 500
        captured = capfd.readouterr()
        assert feed.key not in captured.out + captured.err + caplog.text
