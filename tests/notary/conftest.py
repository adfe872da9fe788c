"""Houses of their own with some history, to be tampered with."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tampered_towns import Town, hold

from houses import Shop, context_of, migrated_database, shop_in
from rackhouse.modules import MODULES
from rackhouse.notary import sign_checkpoints
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings

RECEIPTS = 7
HOLDS = 3


@dataclass(frozen=True)
class Prepared:
    """A closed database to be copied, and the names of what is in it."""

    settings: Settings
    shop: dict[str, Any]


@pytest.fixture(scope="module")
async def prepared(server_url: str, settings: Settings) -> Prepared:
    """A house with a history of which everything is signed."""
    url = migrated_database(server_url)
    own = msgspec.structs.replace(settings, database_url=url, database_urls={})
    async with House(own, MODULES) as house:
        await migrate(house)
        shop = await shop_in(context_of(house))
        for number in range(RECEIPTS):
            await shop.receive(shop.sku, number + 1)
        for _ in range(HOLDS):
            await hold(shop)
        await sign_checkpoints(context=shop.context, log=None)
        await sign_checkpoints(context=shop.context, log=None)
    names = {"channel": shop.channel, "locations": shop.locations, "skus": shop.skus}
    return Prepared(own, names)


@pytest.fixture
async def open_town(server_url: str, prepared: Prepared) -> AsyncIterator[Callable[..., Any]]:
    """Opens towns, each a copy of the prepared one."""
    houses: list[House] = []
    copies: list[str] = []

    async def open_one(**settings: Any) -> Town:
        url = _copy(server_url, str(prepared.settings.database_url))
        copies.append(url)
        own = msgspec.structs.replace(prepared.settings, database_url=url, **settings)
        house = await House(own, MODULES).open()
        houses.append(house)
        return Town(house, Shop(house, context_of(house), **prepared.shop), url)

    yield open_one
    await asyncio.gather(*(house.close() for house in houses))
    for url in copies:  # a hundred copies would make the server's end a long one
        _drop(server_url, url)


@pytest.fixture
async def town(open_town: Callable[..., Any]) -> Town:
    """One town."""
    opened: Town = await open_town()
    return opened


def _copy(server_url: str, template: str) -> str:
    name = f"test_{uuid.uuid4().hex[:12]}"
    copy = sql.SQL("create database {} template {}")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(copy.format(sql.Identifier(name), _name_of(template)))
    return make_conninfo(server_url, dbname=name)


def _drop(server_url: str, url: str) -> None:
    drop = sql.SQL("drop database {} with (force)")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(drop.format(_name_of(url)))


def _name_of(url: str) -> sql.Identifier:
    return sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
