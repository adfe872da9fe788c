"""Houses of their own for what is changed by hand, and audits of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from houses import Shop, context_of, migrated_database, shop_in
from rackhouse.inventory import Line
from rackhouse.modules import MODULES
from rackhouse.orders import Order, place_order
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from rackhouse.reconciliation import AuditRun, Case, case_page, run_audit

__all__ = ["audited", "cases_of", "doctor", "order", "shop_of", "spoilt_house"]

FULL_SPEED = 1.0
STOCK = {"inventory": "inventory", "orders": "orders"}


@asynccontextmanager
async def spoilt_house(settings: Settings, server_url: str, **further: Any) -> AsyncIterator[House]:
    """A house whose rows may be changed by hand."""
    alone = Settings(
        data=settings.data,
        database_url=migrated_database(server_url),
        rate_limit_per_second=0,
        **further,
    )
    async with House(alone, MODULES) as house:
        await migrate(house)
        yield house


async def shop_of(house: House, **stock: int) -> Shop:
    """A shop in a house."""
    return await shop_in(context_of(house), **stock)


async def doctor(shop: Shop, statement: str, **values: Any) -> int:
    """Change rows by hand; says how many."""
    facts = {"sku": shop.sku, "at": shop.location, "stream": f"{shop.sku}@{shop.location}"}
    async with shop.house.database("inventory").transaction() as tx:
        return await tx.run(statement, {**facts, **values})  # type: ignore[arg-type]


async def order(shop: Shop, quantity: int = 1, complete: str = "reserve") -> Order:
    """An order."""
    return await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        hold_id=None,
        customer_id=None,
        external_id=None,
        ttl_seconds=None,
        complete=complete,
    )


async def audited(context: Context, *, whole: bool = False) -> AuditRun:
    """An audit from its beginning to its end."""
    return await run_audit(context=context, whole=whole, share=FULL_SPEED, progress=lambda _: None)


async def cases_of(shop: Shop, status: str | None = "open") -> list[Case]:
    """The cases about one shop's SKU or its channel, the oldest first."""
    found = await case_page(
        context=shop.context, before=None, status=status, kind=None, sku=None, limit=200
    )
    return [
        each for each in reversed(found) if each.sku == shop.sku or each.channel == shop.channel
    ]
