"""Doctored rows: what nobody could do through Rackhouse, done by hand in the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from houses import Shop, context_of, migrated_database, shop_in
from rackhouse.inventory import Hold, Line, place_hold
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings

__all__ = ["doctor", "held_in", "house_of_its_own", "opened_in"]


@asynccontextmanager
async def house_of_its_own(settings: Settings, server_url: str) -> AsyncIterator[House]:
    """A house whose rows may be spoilt."""
    alone = Settings(
        data=settings.data, database_url=migrated_database(server_url), rate_limit_per_second=0
    )
    async with House(alone, MODULES) as house:
        await migrate(house)
        yield house


async def opened_in(house: House, **stock: int) -> Shop:
    """A shop in a house."""
    return await shop_in(context_of(house), **stock)


async def doctor(shop: Shop, statement: str, **values: Any) -> int:
    """Change rows by hand; says how many."""
    facts = {"sku": shop.sku, "at": shop.location, "stream": f"{shop.sku}@{shop.location}"}
    async with shop.house.database("inventory").transaction() as tx:
        return await tx.run(statement, {**facts, **values})  # type: ignore[arg-type]


async def held_in(shop: Shop, quantity: int = 1, **further: Any) -> Hold:
    """A hold."""
    return await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        ttl_seconds=600,
        **further,
    )
