"""Houses, callers and shops for tests to start from."""

import asyncio
import functools
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rackhouse.catalog import create_product
from rackhouse.channels import Terms, open_channel
from rackhouse.inventory import Line, availability, open_location, receive_stock
from rackhouse.modules import MODULES
from rackhouse.platform.context import Caller, Context, permissions_in_use
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings

__all__ = ["Shop", "context_of", "fresh_database", "migrated_database", "shop_in"]


def fresh_database(server_url: str) -> str:
    """The URL of a new, empty database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    return make_conninfo(server_url, dbname=name)


def migrated_database(server_url: str) -> str:
    """The URL of a new database of a house: a copy, for to migrate each would take longer."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    copied = sql.SQL("create database {} template {}")
    with psycopg.connect(server_url, autocommit=True) as connection:
        names = sql.Identifier(name), sql.Identifier(_migrated_once(server_url))
        connection.execute(copied.format(*names))
    return make_conninfo(server_url, dbname=name)


@functools.cache
def _migrated_once(server_url: str) -> str:
    """The name of the database that is copied."""
    url = fresh_database(server_url)

    async def migrated() -> None:
        with TemporaryDirectory() as folder:
            settings = Settings(data=Path(folder), database_url=url)
            async with House(settings, MODULES) as house:
                await migrate(house)

    with ThreadPoolExecutor(1) as thread:  # a fixture may be in an event loop already
        thread.submit(asyncio.run, migrated()).result()
    name: str = conninfo_to_dict(url)["dbname"]
    return name


def context_of(house: House, **caller: object) -> Context:
    """The context of a request; the caller may do everything unless told otherwise."""
    everything = frozenset({*permissions_in_use(), "stream:read"})
    facts = {"subject": "test", "permissions": everything, **caller}
    return Context(house=house, caller=Caller(**facts), correlation_id=new_id())


@dataclass(frozen=True)
class Shop:
    """A product with some stock, sold through one channel from its own locations."""

    house: House
    context: Context
    channel: str
    locations: tuple[str, ...]
    skus: tuple[str, ...]

    @property
    def sku(self) -> str:
        """The first SKU."""
        return self.skus[0]

    @property
    def location(self) -> str:
        """The location that serves first."""
        return self.locations[0]

    async def receive(self, sku: str, quantity: int, location: str | None = None) -> None:
        """Take pieces in."""
        await receive_stock(
            context=self.context,
            location=location or self.location,
            lines=[Line(sku, quantity)],
            reference=None,
        )

    async def levels(self, sku: str | None = None) -> dict[str, tuple[int, int, int]]:
        """On hand, held and committed by location, as they are now."""
        found = await availability(context=self.context, id=sku or self.sku)
        return {
            each.location: (each.on_hand, each.held, each.committed)
            for each in found.skus[0].locations
        }


async def shop_in(context: Context, *, units: int = 0, skus: int = 1, locations: int = 1) -> Shop:
    """Open a shop with fresh ids."""
    mark = uuid.uuid4().hex[:10]
    names = tuple(f"SKU-{mark}-{index}" for index in range(skus))
    places = tuple(f"place-{mark}-{index}" for index in range(locations))
    draft = {
        "id": f"product-{mark}",
        "type": "goods",
        "name": f"Product {mark}",
        "price_minor": 1250,
        "currency": "EUR",
        "attributes": {},
        "variants": [
            {"sku": sku, "options": {"number": str(index)}} for index, sku in enumerate(names)
        ],
    }
    await create_product(context=context, draft=draft)
    for place in places:
        await open_location(context=context, location=place, name=place, kind="warehouse")
    terms = Terms(name=mark, kind="web_shop", locations=places, enabled=True)
    await open_channel(context=context, channel_id=f"channel-{mark}", terms=terms)
    shop = Shop(context.house, context, f"channel-{mark}", places, names)
    if units:
        await shop.receive(shop.sku, units)
    return shop
