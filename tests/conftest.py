"""What every test may ask for: a real PostgreSQL, a migrated house, and callers.

``RACKHOUSE_TEST_DATABASE_URL`` runs the suite on a server of your own (its user must be able to
create databases); ``RACKHOUSE_TEST_DATABASES=per-module`` gives each module a database of its own.
"""

import functools
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from rackhouse.catalog import create_product
from rackhouse.channels import Terms, open_channel
from rackhouse.inventory import Line, availability, open_location, receive_stock
from rackhouse.modules import MODULES
from rackhouse.platform.context import Caller, Context, permissions_in_use
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: the one that was named, or the embedded one."""
    named = os.environ.get("RACKHOUSE_TEST_DATABASE_URL")
    if named:
        yield named
        return
    from rackhouse.platform.postgres import start_postgres

    folder = Path(tempfile.mkdtemp(prefix="rackhouse-tests-"))
    folder.chmod(0o755)
    server = start_postgres(data_directory=folder)
    yield server.url
    server.stop()
    shutil.rmtree(folder)


def fresh_database(server_url: str) -> str:
    """The URL of a new, empty database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    return make_conninfo(server_url, dbname=name)


@pytest.fixture(scope="session")
def settings(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a house of its own for this test session."""
    apart = os.environ.get("RACKHOUSE_TEST_DATABASES") == "per-module"
    return Settings(
        data=Path(tmp_path_factory.mktemp("data")),
        database_url=fresh_database(server_url),
        database_urls={each.name: fresh_database(server_url) for each in MODULES} if apart else {},
        rate_limit_per_second=0,
    )


@pytest.fixture(scope="session")
async def house(settings: Settings) -> AsyncIterator[House]:
    """A migrated house. Tests use fresh ids; nothing is cleaned between them."""
    async with House(settings, MODULES) as house:
        await migrate(house)
        yield house


def context_of(house: House, **caller: object) -> Context:
    """The context of a request; the caller may do everything unless told otherwise."""
    facts = {"subject": "test", "permissions": frozenset(permissions_in_use()), **caller}
    return Context(house=house, caller=Caller(**facts), correlation_id=new_id())


@pytest.fixture
def context(house: House) -> Context:
    """The context of an administrator's request."""
    return context_of(house)


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


@pytest.fixture
def open_shop(context: Context) -> Callable[..., Awaitable[Shop]]:
    """Opens a shop with fresh ids."""
    return functools.partial(shop_in, context)
