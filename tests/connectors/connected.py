"""A channel of ours that is connected to a simulated one, and what is made to happen in both."""

import contextlib
import random
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from houses import Shop, context_of, shop_in
from rackhouse.connectors import (
    ChannelNotReached,
    Connection,
    open_connection,
    poll_connection,
    push_connection,
    pushing,
    read_connection,
    retry_troubles,
    troubles,
)
from rackhouse.connectors.tending import tend
from rackhouse.connectors.working import working
from rackhouse.inventory import HoldHasEnded, Line, NotEnoughStock, availability
from rackhouse.orders import Order, order_page, place_order, uncovered_sales
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.simulators import (
    NONE,
    Faults,
    MarketplaceSimulator,
    ShopifySimulator,
    Simulator,
    SoldOut,
    SquareSimulator,
    WooSimulator,
    serving,
)

__all__ = ["SECRETS", "Connected", "assert_both_agree", "connected", "simulated"]

TRIES_LIMIT = 60


@dataclass
class Connected:
    """Both sides, and the line between them."""

    shop: Shop
    simulator: Simulator
    connection: Connection

    @property
    def context(self) -> Context:
        """An administrator's context."""
        return self.shop.context

    async def tend(self) -> None:
        """What the worker does for the connection now and then; what failed is tried again."""
        await retry_troubles(
            context=self.context, connection_id=self.connection.id, kind=None, trouble_id=None
        )
        known = await read_connection(context=self.context, connection_id=self.connection.id)
        async with working(self.context, known) as work:
            await tend(work, until=float("inf"))

    async def deliver(self) -> int:
        """Let arrive what the channel has told."""
        return await self.simulator.deliveries.send_all()

    async def settle(self) -> None:
        """Deliver, ask, push, until nothing is left to do."""
        for _ in range(TRIES_LIMIT):
            try:
                await self.deliver()
                await poll_connection(context=self.context, connection_id=self.connection.id)
                await self.tend()
                pushed = await push_connection(
                    context=self.context, connection_id=self.connection.id
                )
                await self.deliver()
                await self.tend()
            except ChannelNotReached:
                continue
            if not pushed.changed and not await self.troubles():
                return
        raise AssertionError(f"it does not come to rest: {await self.troubles()}")

    async def tend_figures_once(self) -> None:
        """Set the channel's figures once: read, book, compare, set, and no second look."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(pushing, "TRIES_LIMIT", 1)
            with contextlib.suppress(ChannelNotReached):
                await push_connection(context=self.context, connection_id=self.connection.id)

    async def troubles(self) -> list[Any]:
        """What the channel told and could not be carried out."""
        return await troubles(
            context=self.context, connection_id=self.connection.id, after=("", ""), limit=200
        )

    async def orders(self) -> list[Order]:
        """All orders of our channel."""
        return await order_page(
            context=self.context,
            before=None,
            channel=self.shop.channel,
            customer_id=None,
            external_id=None,
            status=None,
            limit=10_000,
        )

    async def available(self, sku: str) -> int:
        """What our channel may sell."""
        found = await availability(context=self.context, id=sku, channel=self.shop.channel)
        return found.skus[0].available

    async def uncovered(self) -> list[Any]:
        """Sales that there is no stock for."""
        return await uncovered_sales(
            context=self.context, channel=self.shop.channel, after=None, limit=1000
        )

    async def buy_here(self, sku: str, quantity: int) -> None:
        """Somebody buys by another way than the connected channel."""
        with contextlib.suppress(NotEnoughStock, HoldHasEnded):
            await place_order(
                context=self.context,
                channel=self.shop.channel,
                lines=[Line(sku, quantity)],
                hold_id=None,
                customer_id=None,
                external_id=f"here-{uuid.uuid4().hex}",
                ttl_seconds=None,
                complete="hand_over",
            )

    async def live(self, seed: int, steps: int) -> None:
        """A stretch of life on both sides: sales, refunds, shipments, cancellations, goods coming
        in, with deliveries and turns of the worker in between."""
        luck = random.Random(seed)
        theirs = self.simulator.shop
        for _ in range(steps):
            sku = luck.choice(self.shop.skus)
            orders = [each for each in theirs.orders.values() if each.cancelled_at is None]
            match luck.choice(["sell"] * 6 + ["ship", "cancel", "refund", "here", "come", "tend"]):
                case "sell":
                    with contextlib.suppress(SoldOut):
                        theirs.sell((sku, luck.randint(1, 3)))
                case "ship" if orders:
                    theirs.ship(luck.choice(orders).id)
                case "cancel" if orders:
                    theirs.cancel(luck.choice(orders).id)
                case "refund" if orders:
                    self._refund(luck.choice(orders))
                case "here":
                    await self.buy_here(sku, luck.randint(1, 2))
                case "come":
                    await self.shop.receive(sku, luck.randint(1, 5))
                case "tend":
                    await self.deliver()
                    await self.tend()

    def _refund(self, order: Any) -> None:
        line = order.lines[0]
        done = sum(each.quantity for each in order.refunds if each.line == line.id)
        if done < line.quantity:
            self.simulator.shop.refund(order.id, line.item.sku, 1)


SECRETS = {
    "marketplace": {"token": "market-token-1", "signing_key": "market-key-1"},
    "square": {"access_token": "EAAA-token-1", "signature_key": "square-key-1"},
    "woocommerce": {
        "consumer_key": "ck_key-1",
        "consumer_secret": "cs_secret-1",
        "webhook_secret": "woo-signs-1",
    },
    "shopify": {"access_token": "shpat_token-1", "client_secret": "shpss_secret-1"},
}


def simulated(adapter: str, faults: Faults = NONE, **given: Any) -> Simulator:
    """The simulator of an adapter's channel."""
    kinds = {
        "marketplace": MarketplaceSimulator,
        "shopify": ShopifySimulator,
        "square": SquareSimulator,
        "woocommerce": WooSimulator,
    }
    if adapter == "shopify":
        given = {"points_a_second": 50_000.0, **given}
    return kinds[adapter](faults=faults, **SECRETS[adapter], **given)


def settings_of(adapter: str, url: str, inbox: str) -> dict[str, Any]:
    """How a connection to a simulator is set up."""
    if adapter == "square":
        return {"url": url, "locations": ["L0SIMULATED"], "notification_url": inbox}
    if adapter == "shopify":
        return {"shop": "simulated.myshopify.com", "url": url}
    if adapter in ("marketplace", "woocommerce"):
        return {"url": url, "requests_per_second": 1000}
    return {"url": url}


@contextlib.asynccontextmanager
async def connected(
    house: House,
    api: httpx.AsyncClient,
    adapter: str,
    simulator: Simulator | None = None,
    *,
    units: int = 20,
    skus: int = 2,
    settings: dict[str, Any] | None = None,
) -> AsyncIterator[Connected]:
    """A shop with stock, connected to a simulated channel that sells the same, and at rest."""
    simulator = simulator or simulated(adapter)
    context = context_of(house)
    shop = await shop_in(context, skus=skus)
    for sku in shop.skus:
        if units:
            await shop.receive(sku, units)
        simulator.shop.add_item(sku)
    async with serving(simulator) as url:
        connection_id = f"line-{uuid.uuid4().hex[:10]}"
        base = str(api.base_url).rstrip("/")
        inbox = f"{base}/api/v1/connections/{connection_id}/inbox"
        connection = await open_connection(
            context=context,
            connection_id=connection_id,
            channel=shop.channel,
            adapter=adapter,
            name="Simulated",
            settings={**settings_of(adapter, url, inbox), **(settings or {})},
            secrets=SECRETS[adapter],
            enabled=True,
        )
        simulator.deliveries.address = inbox
        both = Connected(shop, simulator, connection)
        for _ in range(TRIES_LIMIT):
            await both.tend()
            if all(simulator.shop.figure(sku) == units for sku in shop.skus):
                break
        await both.settle()
        yield both


async def assert_both_agree(both: Connected) -> None:
    """Each sale of theirs is an order of ours, once, and the figures are the same."""
    theirs = both.simulator.shop
    orders = [each for each in await both.orders() if not str(each.external_id).startswith("here")]
    by_number = {each.external_id: each for each in orders}
    assert len(by_number) == len(orders)
    uncovered = {each.external_id for each in await both.uncovered()}
    for number, sale in theirs.orders.items():
        order = by_number.get(number)
        if order is None:
            off = sale.cancelled_at is not None
            refunded = sum(each.quantity for each in sale.refunds)
            assert off or number in uncovered or refunded == sum(x.quantity for x in sale.lines)
        elif sale.cancelled_at is not None:
            assert order.status in ("cancelled", "returned")
    assert by_number.keys() <= theirs.orders.keys()
    for sku in both.shop.skus:
        assert theirs.figure(sku) == await both.available(sku)
        levels = await both.shop.levels(sku)
        assert all(held + sold <= on_hand for on_hand, held, sold in levels.values())
