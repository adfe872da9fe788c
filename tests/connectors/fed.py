"""A shop whose goods are shown in a product feed, and the address where that is fetched."""

import contextlib
import csv
import datetime
import io
import secrets
import uuid
from collections.abc import AsyncIterator
from typing import Any

import feedparser
import httpx

from houses import Shop, context_of, shop_in
from rackhouse.catalog import product_of, replace_product
from rackhouse.connectors import close_connection, open_connection
from rackhouse.platform.house import House

__all__ = ["NOW", "SOON", "Feed", "a_feed"]

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
        return self.items_in((await self.get()).content)

    def items_in(self, content: bytes) -> dict[str, dict[str, str]]:
        """What a file says of the shop's own SKUs, by SKU."""
        text = content.decode()
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
